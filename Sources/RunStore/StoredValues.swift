import GRDB

/// A column that holds what this version cannot read.
struct UnreadableColumn: Error {
  let name: String
}

/// The values of one row, read by position. SQLite lets any type stand in any column, and numbers of any size, so that each is
/// looked at before it is taken: nothing in a store may end the program.
struct StoredValues {
  let row: Row
  /// The largest count or step that is believed.
  static let largestCount: Int64 = 1 << 53

  /// Nil for NULL.
  func text(_ index: Int, _ name: String) throws -> String? {
    switch value(index).storage {
    case .null: return nil
    case .string(let text): return text
    default: throw UnreadableColumn(name: name)
    }
  }

  func integer(_ index: Int, _ name: String, in range: ClosedRange<Int64> = 0...largestCount) throws -> Int? {
    switch value(index).storage {
    case .null: return nil
    case .int64(let number) where range.contains(number): return Int(number)
    // What was written as a whole number may have become a real one in another program's hands.
    case .double(let number):
      guard let exact = Int64(exactly: number), range.contains(exact) else { break }
      return Int(exact)
    default: break
    }
    throw UnreadableColumn(name: name)
  }

  /// Nil for NULL, which stands for not-a-number too.
  func number(_ index: Int, _ name: String, in range: ClosedRange<Double>) throws -> Double? {
    let number: Double
    switch value(index).storage {
    case .null: return nil
    case .int64(let whole): number = Double(whole)
    case .double(let real): number = real
    default: throw UnreadableColumn(name: name)
    }
    guard range.contains(number) else { throw UnreadableColumn(name: name) }
    return number
  }

  func flag(_ index: Int, _ name: String) throws -> Bool { try (integer(index, name) ?? 0) != 0 }

  private func value(_ index: Int) -> DatabaseValue {
    (row[index] as (any DatabaseValueConvertible)?)?.databaseValue ?? .null
  }
}

extension Optional {
  /// The value of a column that may not be NULL.
  func required(_ name: String) throws -> Wrapped {
    guard let self else { throw UnreadableColumn(name: name) }
    return self
  }
}
