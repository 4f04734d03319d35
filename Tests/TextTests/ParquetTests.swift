import Foundation
import Recipe
import TestFiles
import Testing
import Text

/// Files that pyarrow wrote, against what it reads of them; see Tests/Fixtures/parquet.
@Suite struct ParquetTests {
  private static let folder = Fixtures.folder("parquet")

  private static func rows(_ name: String) throws -> [JSONValue] {
    try ObjectFile.read(folder.appendingPathComponent(name + ".parquet")).records.map { .object($0.object) }
  }

  /// 2 and 2.0 are one number to JSON.
  private static func normal(_ value: JSONValue) -> JSONValue {
    switch value {
    case .number(let number): Int(exactly: number).map { .integer($0) } ?? value
    case .array(let values): .array(values.map(normal))
    case .object(let object): .object(JSONObject(object.members.map { .init(key: $0.key, value: normal($0.value)) }))
    default: value
    }
  }

  @Test func everyFileHasTheRowsThatItsWriterReads() throws {
    let index = try Fixtures.json("parquet/index.json").members
    #expect(index.count >= 20)
    for file in index {
      let name = try #require(file.value.string)
      let bytes = Array(try Data(contentsOf: Self.folder.appendingPathComponent(name + ".json")))
      let expected = try #require(try JSONParser.parse(bytes).array)
      let found = try Self.rows(file.key)
      #expect(found.count == expected.count, "\(file.key)")
      for (row, (one, other)) in zip(found, expected).enumerated() {
        #expect(Self.normal(one) == Self.normal(other), "\(file.key), row \(row + 1)")
      }
    }
  }

  @Test(arguments: [
    ("refused-brotli", "compressed with Brotli, which is not read; write it with compression='zstd'"),
    ("refused-lz4", "compressed with LZ4"), ("refused-encrypted", "is encrypted"),
  ])
  func whatIsNotReadIsNamed(_ name: String, _ words: String) throws {
    let refused = try #require(refusal { _ = try Self.rows(name) })
    #expect(refused.text.contains("\(name).parquet: Parquet: ") && refused.text.contains(words), "\(refused.text)")
    #expect(refused.status == 65 && !refused.text.contains("\n"))
  }

  @Test func recordsAreThoseOfJSONL() throws {
    let file = try DataFile.read(Self.folder.appendingPathComponent("sequence-of-turns.parquet"))
    #expect(file.container == .parquet && file.container.placeName == "row")
    #expect(file.detected == "ShareGPT, 2 conversations" && file.records.map(\.place) == [1, 2])
    #expect(
      file.records.last?.body
        == .conversation([ChatMessage(role: "user", content: "q"), ChatMessage(role: "assistant", content: "a")]))
  }

  @Test func rowsAreNamedInErrors() throws {
    let nulls = Self.folder.appendingPathComponent("many-2.0.parquet")
    let refused = try #require(refusal { _ = try DataFile.read(nulls, as: DataReading(form: .messages)) })
    #expect(refused.text.contains("many-2.0.parquet: row 1: no field messages; the row has prompt"), "\(refused.text)")
  }

  /// Whatever is cut off or changed, a file is read or refused in one line; nothing claims more than there is.
  @Test func damagedFilesNeverTrap() throws {
    var generator = SplitMix64(seed: 5)
    let names = try Fixtures.json("parquet/index.json").members.map(\.key).filter { !$0.hasPrefix("encodings-2") }
    let files = try names.map { Array(try Data(contentsOf: Self.folder.appendingPathComponent($0 + ".parquet"))) }
    var read = 0
    for round in 0..<1500 {
      var bytes = files[round % files.count]
      // The description at the end is where most numbers stand.
      let start = round % 2 == 0 ? max(0, bytes.count - 700) : 0
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let place = Int.random(in: min(start, bytes.count - 1)..<bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[place] = [0, 0x7F, 0x80, 0xFF, 0x0F, 0xF0][Int.random(in: 0..<6, using: &generator)]
        case 2: bytes.remove(at: place)
        default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
        }
      }
      let refused = refusal {
        _ = try DataFile.parse(bytes, path: "d.parquet")
        read += 1
      }
      if let refused {
        #expect(refused.status == 65 && refused.text.hasPrefix("d.parquet: "), "round \(round): \(refused.text)")
        #expect(!refused.text.contains("\n"))
      }
    }
    for bytes in files {
      for cut in stride(from: 0, to: bytes.count, by: 97) {
        #expect(refusal { _ = try DataFile.parse(Array(bytes[..<cut]), path: "d.parquet") } != nil)
      }
    }
    #expect(read > 5)
  }
}
