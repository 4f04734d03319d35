/// A Parquet file: rows as the objects that JSONL would have, one row group in memory at a time.
struct ParquetFile {
  /// Where its bytes are to be had.
  enum Bytes {
    case file(InputFile)
    case memory([UInt8])

    var count: Int {
      switch self {
      case .file(let file): file.size
      case .memory(let bytes): bytes.count
      }
    }

    func bytes(_ range: Range<Int>) throws -> [UInt8] {
      switch self {
      case .file(let file): try file.bytes(at: range.lowerBound, count: range.count)
      case .memory(let bytes): Array(bytes[range])
      }
    }
  }

  let path: String
  private let bytes: Bytes
  private let footer: ParquetFooter
  static let magic = Array("PAR1".utf8)

  /// - Throws: `DataError` for what is damaged, encrypted or compressed otherwise; `FileError`.
  init(_ bytes: Bytes, path: String) throws {
    self.path = path
    self.bytes = bytes
    footer = try Self.placed(path) {
      let count = bytes.count
      guard count >= 12 else { throw ParquetError.damaged("it has \(count) bytes only") }
      let tail = try bytes.bytes((count - 8)..<count)
      guard Array(tail[4...]) == Self.magic else {
        throw Array(tail[4...]) == Array("PARE".utf8)
          ? ParquetError("is encrypted: write it without encryption")
          : ParquetError.damaged("it does not end as Parquet does, so part of it is missing")
      }
      let length = tail[..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
      guard length <= count - 12 else { throw ParquetError.damaged("its description is larger than the file") }
      let start = count - 8 - length
      return try ParquetFooter(try bytes.bytes(start..<(count - 8)), end: start)
    }
  }

  /// Calls `body` with each row and its number from 1.
  ///
  /// - Throws: `DataError` with the row group or column that is damaged; what `body` throws.
  func visit(_ body: (JSONObject, Int) throws -> Void) throws {
    var number = 0
    for group in footer.rowGroups where group.rows > 0 {
      let columns = try zip(footer.schema.leaves, group.chunks).map { leaf, chunk in
        ParquetColumn(leaf, chunk, bytes: try bytes.bytes(chunk.range))
      }
      let rows = ParquetRows(schema: footer.schema, columns: columns)
      for _ in 0..<group.rows {
        number += 1
        let row = try Self.placed(path, row: number) { try rows.row() }
        try body(row, number)
      }
      try Self.placed(path) { try rows.end() }
    }
  }

  private static func placed<Value>(_ path: String, row: Int? = nil, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as ParquetError {
      throw DataError.data(path, row.map { "row \($0): \(error.reason)" } ?? "Parquet: \(error.reason)")
    }
  }
}
