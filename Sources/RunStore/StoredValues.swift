import GRDB

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
