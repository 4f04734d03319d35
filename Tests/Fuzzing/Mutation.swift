import Recipe
import Text

/// Damage to a file: to its bytes, or to a JSON document's values, so that it gets further.
package struct Mutation {
  package var generator: SplitMix64

  package init(seed: UInt64, kind: Int) { generator = SplitMix64(seed: seed, stream: UInt64(kind)) }

  /// Text that means something to one of the readers, and numbers at the ends of their ranges.
  private static let words: [[UInt8]] =
    [
      "0", "1", "-1", "255", "256", "65536", "4294967296", "9223372036854775807", "-9223372036854775808", "1e308",
      "1e999", "0.5",
      "true", "null", "{", "}", "[", "]", "\"", "\\", ",", ":", "\n", "\r\n", "\u{0}", "é", "🙂", "\\ud800", "\\u0000",
      "(", ")*",
      "[^", "\\p{L}", "(?i:", "{%", "%}", "{{", "}}", "F16", "BF16", "../", "/", "__metadata__", "▁", "<0x41>",
    ].map { Array($0.utf8) } + [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80]]

  package mutating func below(_ bound: Int) -> Int { generator.below(max(1, bound)) }

  /// One to four changes.
  package mutating func bytes(_ original: [UInt8], reach: Int? = nil) -> [UInt8] {
    var bytes = original
    for _ in 0...below(4) where !bytes.isEmpty {
      let place = below(min(reach ?? bytes.count, bytes.count))
      let end = min(bytes.count, place + 1 + below(40))
      switch below(8) {
      case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
      case 1: bytes[place] ^= 1 << UInt8(below(8))
      case 2: bytes.removeSubrange(place..<end)
      case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 4: bytes.replaceSubrange(place..<end, with: Self.words[below(Self.words.count)])
      case 5: bytes.insert(contentsOf: bytes[place..<end], at: below(bytes.count))
      case 6 where below(8) == 0: bytes.removeLast(below(bytes.count))
      default: bytes.insert(contentsOf: Self.words[below(Self.words.count)], at: place)
      }
    }
    return bytes
  }

  /// One to three values changed somewhere in the document.
  package mutating func json(_ original: JSONValue) -> JSONValue {
    var value = original
    for _ in 0...below(3) { value = changed(value) }
    return value
  }

  private mutating func changed(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(var object) where !object.members.isEmpty:
      let index = below(object.members.count)
      let member = object.members[index]
      switch below(14) {
      case 0: object.members.remove(at: index)
      case 1: object.members.append(member)
      case 2: object.members[index] = .init(key: object.members[below(object.members.count)].key, value: member.value)
      case 3: object.members[index] = .init(key: member.key, value: object.members[below(object.members.count)].value)
      case 4: return other(than: value)
      default: object.members[index] = .init(key: member.key, value: changed(member.value))
      }
      return .object(object)
    case .array(var list) where !list.isEmpty:
      let index = below(list.count)
      switch below(10) {
      case 0: list.remove(at: index)
      case 1: list.append(list[index])
      case 2: list.swapAt(index, below(list.count))
      case 3: return other(than: value)
      default: list[index] = changed(list[index])
      }
      return .array(list)
    default: return other(than: value)
    }
  }

  private mutating func other(than value: JSONValue) -> JSONValue {
    switch (value, below(4)) {
    case (.integer(let number), 0): return .integer(number &+ (generator.next() % 2 == 0 ? 1 : -1))
    case (.integer(let number), 1): return .integer(number &* 2)
    case (.integer(let number), 2): return .number(Double(number) + 0.5)
    case (.string(let text), 0), (.string(let text), 1):
      return .string(String(decoding: bytes(Array(text.utf8)), as: UTF8.self))
    case (_, 3) where below(3) == 0: return .array([value, value])
    default: return Self.values[below(Self.values.count)]
    }
  }

  private static let values: [JSONValue] = [
    .null, .bool(true), .bool(false), .integer(0), .integer(1), .integer(-1), .integer(7), .integer(1 << 16),
    .integer(1 << 24), .integer(1 << 32), .integer(.max), .integer(.min), .number(0.5), .number(-1e-300),
    .number(1e300),
    .string(""), .string("default"), .string("linear"), .string(".*"), .string("(a*)*b"), .string("▁"),
    .string("q_proj"),
    .string("\u{0}"), .string("../x"), .array([]), .array([.integer(0)]), .array([.string("a"), .string("b")]),
    .object(JSONObject([(String, JSONValue)]())),
    .object(JSONObject([("rope_type", .string("linear")), ("factor", .number(2))])),
    .object(JSONObject([("type", .string("Sequence")), ("normalizers", .array([]))])),
  ]
}
