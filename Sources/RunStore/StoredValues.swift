import Foundation
import GRDB
import Messages
import Synchronization

/// A column that holds what this version cannot read.
struct UnreadableColumn: Error {
  var name = ""
}

/// SQLite lets any type stand in any column, and numbers of any size, so that each value is looked at before it is taken: nothing
/// in a store may end the program. All of these give nil for NULL.
extension DatabaseValue {
  /// The largest count or step that is believed.
  static let largestCount: Int64 = 1 << 53

  func text() throws -> String? {
    switch storage {
    case .null: return nil
    case .string(let text): return text
    default: throw UnreadableColumn()
    }
  }

  func integer(in range: ClosedRange<Int64> = 0...largestCount) throws -> Int? {
    switch storage {
    case .null: return nil
    case .int64(let number) where range.contains(number): return Int(number)
    // What was written as a whole number may have become a real one in another program's hands.
    case .double(let number):
      guard let exact = Int64(exactly: number), range.contains(exact) else { break }
      return Int(exact)
    default: break
    }
    throw UnreadableColumn()
  }

  func number(in range: ClosedRange<Double>) throws -> Double? {
    if isNull { return nil }
    guard let number, range.contains(number) else { throw UnreadableColumn() }
    return number
  }

  func flag() throws -> Bool { try (integer() ?? 0) != 0 }

  /// Nil for what is no number. SQLite has no not-a-number: it stores one as NULL.
  var number: Double? {
    switch storage {
    case .int64(let whole): Double(whole)
    case .double(let real): real
    default: nil
    }
  }

  /// Not-a-number for what is no number.
  var float: Float { number.map { Float($0) } ?? .nan }
}

/// The values of one row, from left to right: by position, since a look-up by name takes longer than the value.
struct StoredValues {
  private let row: Row
  private var index = 0

  init(row: Row) { self.row = row }

  mutating func next() -> DatabaseValue {
    defer { index += 1 }
    return row[index]
  }
}

extension Optional {
  /// The value of a column that may not be NULL.
  func required() throws -> Wrapped {
    guard let self else { throw UnreadableColumn() }
    return self
  }
}

extension Database {
  /// A value for each row; rows that cannot be read are left out.
  func readable<T>(
    _ sql: String, _ arguments: StatementArguments = [], _ value: (inout StoredValues) throws -> T
  ) throws -> [T] {
    let rows = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
    var all: [T] = []
    while let row = try rows.next() {
      var values = StoredValues(row: row)
      if let value = try? value(&values) { all.append(value) }
    }
    return all
  }
}

/// Values that are stored as JSON text. Not-a-number and infinities are legal measurements, so they have spellings.
enum JSON {
  static func encode(_ value: some Encodable) throws -> String {
    String(decoding: try encoder().encode(value), as: UTF8.self)
  }

  static func encoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }

  static func decoder() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }

  static func decode<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
    try decoder().decode(type, from: Data(text.utf8))
  }
}

/// Decodes what many rows of a study have in common once: plans differ in their seeds, and what was prepared hardly at all.
final class DecodingMemo: Sendable {
  private struct Known {
    var plans: [String: RunPlan] = [:]
    var prepared: [String: PreparedRun] = [:]
    let decoder = JSON.decoder()
  }

  private let known = Mutex(Known())

  func decode<T: Decodable & Sendable>(_ type: T.Type, _ text: String) throws -> T {
    try known.withLock { try $0.decoder.decode(type, from: Data(text.utf8)) }
  }

  func prepared(_ text: String) throws -> PreparedRun {
    try known.withLock { known in
      if let prepared = known.prepared[text] { return prepared }
      let prepared = try known.decoder.decode(PreparedRun.self, from: Data(text.utf8))
      known.prepared[text] = prepared
      return prepared
    }
  }

  /// Nil for what is no plan.
  func plan(_ text: String) -> RunPlan? {
    known.withLock { known in
      let parted = Self.withoutSeed(text)
      if let parted, var plan = known.plans[parted.rest] {
        plan.settings.seed = parted.seed
        return plan
      }
      let plan = try? known.decoder.decode(RunPlan.self, from: Data(text.utf8))
      // Only where the one seed that was found is the plan's own.
      if let parted, let plan, plan.settings.seed == parted.seed { known.plans[parted.rest] = plan }
      return plan
    }
  }

  /// The text around the one number that follows `"seed":`, and that number. Inside of a JSON string no quotation mark stands
  /// bare, so that what is found is a key.
  private static func withoutSeed(_ text: String) -> (rest: String, seed: UInt64)? {
    var text = text
    return text.withUTF8 { bytes -> (String, UInt64)? in
      let key = Array("\"seed\":".utf8)
      var found: Int?
      var place = 0
      while place + key.count <= bytes.count {
        if bytes[place] == key[0], bytes[place..<place + key.count].elementsEqual(key) {
          if found != nil || (place > 0 && bytes[place - 1] == UInt8(ascii: "\\")) { return nil }
          found = place + key.count
        }
        place += 1
      }
      guard let found else { return nil }
      var end = found
      while end < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[end]) { end += 1 }
      guard let seed = UInt64(String(decoding: bytes[found..<end], as: UTF8.self)) else { return nil }
      return (String(decoding: Array(bytes[..<found]) + Array(bytes[end...]), as: UTF8.self), seed)
    }
  }
}
