import Foundation
import Recipe
import TestFiles
import Testing
import Text

/// Damaged files: an error of one line, or a tokenizer that works.
@Suite struct TokenizerFuzzTests {
  private static let text = "Hello 123 [MASK] <s>strip word▁x</s> é日🙂\r\n  'll <think>"

  private func tries(_ bytes: [UInt8]) throws {
    do {
      let tokenizer = try Tokenizer(json: Data(bytes))
      let ids = tokenizer.encode(Self.text, addSpecial: true)
      _ = tokenizer.decode(ids, skipSpecial: true)
      _ = tokenizer.decodeBytes(ids + [-1, Int32.max, 3], skipSpecial: false)
      #expect(ids.allSatisfy { $0 >= 0 && $0 <= tokenizer.largestID })
    } catch let error as TokenizerError {
      #expect(!error.description.contains("\n"))
    }
  }

  /// Bytes changed, removed, put in.
  @Test(arguments: Fixtures.tokenizerFamilies)
  func damagedBytes(_ name: String) throws {
    let original = Array(
      try Data(contentsOf: Fixtures.folder("tokenizers/families/\(name)/tokenizer.json")))
    var generator = SplitMix64(seed: name.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
    for _ in 0..<25 {
      var bytes = original
      for _ in 0..<(1 + generator.next() % 3) {
        // Half of them at the beginning, where everything but the vocabulary is.
        let reach = generator.next() % 2 == 0 ? bytes.count : min(bytes.count, 3000)
        let place = Int(generator.next() % UInt64(reach))
        switch generator.next() % 3 {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
        case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int(generator.next() % 40)))
        default: bytes.insert(contentsOf: Array("9[{,\"\\(+*".utf8).shuffled(using: &generator), at: place)
        }
      }
      try tries(bytes)
    }
  }

  /// Whole values replaced, so that the file stays JSON and gets further.
  @Test(arguments: Fixtures.tokenizerFamilies)
  func damagedValues(_ name: String) throws {
    let original = try JSONParser.parse(
      Array(try Data(contentsOf: Fixtures.folder("tokenizers/families/\(name)/tokenizer.json"))))
    var generator = SplitMix64(seed: name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
    for _ in 0..<40 {
      try tries(Array(JSONWriter.text(mutated(original, &generator)).utf8))
    }
  }

  private func mutated(_ value: JSONValue, _ generator: inout SplitMix64) -> JSONValue {
    switch value {
    case .object(var object) where !object.members.isEmpty:
      let index = Int(generator.next() % UInt64(object.members.count))
      let member = object.members[index]
      switch generator.next() % 12 {
      case 0: object.members.remove(at: index)
      case 1: return replacement(&generator)
      default:
        object.members[index] = JSONObject.Member(key: member.key, value: mutated(member.value, &generator))
      }
      return .object(object)
    case .array(var list) where !list.isEmpty:
      let index = Int(generator.next() % UInt64(list.count))
      switch generator.next() % 12 {
      case 0: list.remove(at: index)
      case 1: list.append(list[index])
      default: list[index] = mutated(list[index], &generator)
      }
      return .array(list)
    default: return replacement(&generator)
    }
  }

  private func replacement(_ generator: inout SplitMix64) -> JSONValue {
    let values: [JSONValue] = [
      .null, .bool(true), .bool(false), .integer(-1), .integer(0), .integer(4_000_000), .integer(Int.max),
      .number(-1e300),
      .string(""), .string("▁"), .string("(a+)+$"), .string("\\s*"), .string("é"), .string("Fuse"), .array([]),
      .object(JSONObject([(String, JSONValue)]())),
    ]
    return values[Int(generator.next() % UInt64(values.count))]
  }
}
