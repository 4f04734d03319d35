import Recipe

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

/// What a Parquet file says of itself at its end: its columns, and where each row group has its part of them.
struct ParquetFooter {
  struct Chunk {
    let codec: ParquetCodec
    /// Of its pages in the file.
    let range: Range<Int>
    let values: Int
  }
  struct RowGroup {
    let rows: Int
    /// One for each leaf of the schema.
    let chunks: [Chunk]
  }

  let schema: ParquetSchema
  let rowGroups: [RowGroup]

  /// - Parameters:
  ///   - bytes: the description, without the length and the magic behind it.
  ///   - end: where in the file it begins, which is where the pages end.
  init(_ bytes: [UInt8], end: Int) throws {
    var reader = ThriftReader(bytes)
    let file = try reader.structure()
    if file[8] != nil { throw ParquetError("is encrypted: write it without encryption") }
    guard let elements = file.list(2) else { throw ParquetError.damaged("it has no schema") }
    let schema = try ParquetSchema(elements)
    let most = Self.mostValues(end)
    var rows = 0
    var values = 0
    rowGroups = try (file.list(4) ?? []).map { value in
      guard case .structure(let group) = value, let count = group.integer(3), count >= 0 else {
        throw ParquetError.damaged("a row group has no number of rows")
      }
      let (sum, isOver) = rows.addingReportingOverflow(count)
      guard !isOver, sum <= most else { throw ParquetError.damaged("it claims more rows than its bytes can hold") }
      rows = sum
      let columns = group.list(1) ?? []
      guard columns.count == schema.leaves.count else {
        throw ParquetError.damaged("a row group has not the columns of the schema")
      }
      let chunks = try zip(columns, schema.leaves).map { try Self.chunk($0, $1, end: end, most: most) }
      values += chunks.reduce(0) { $0 + $1.values }
      guard values <= 8 * most else { throw ParquetError.damaged("it claims more values than its bytes can hold") }
      return RowGroup(rows: count, chunks: chunks)
    }
    self.schema = schema
  }

  /// Pages of nothing but nulls or one value take next to no bytes; a data set is not made of such columns alone.
  private static func mostValues(_ bytes: Int) -> Int { bytes * 64 + (1 << 18) }

  private static func chunk(_ value: ThriftValue, _ leaf: ParquetLeaf, end: Int, most: Int) throws -> Chunk {
    let name = OneLine.name(leaf.path)
    guard case .structure(let column) = value else { throw ParquetError.damaged("column \(name) has no description") }
    if column[8] != nil || column[9] != nil { throw ParquetError("is encrypted: write it without encryption") }
    if column[1] != nil { throw ParquetError("has column \(name) in another file; write it as one file") }
    guard let data = column.structure(3) else { throw ParquetError.damaged("column \(name) has no description") }
    guard data.integer(1) == leaf.type.physical.rawValue else {
      throw ParquetError.damaged("column \(name) is of two types")
    }
    guard let number = data.integer(4) else { throw ParquetError.damaged("column \(name) has no codec") }
    guard let values = data.integer(5), (0...most).contains(values) else {
      throw ParquetError.damaged("column \(name) claims more values than the file can hold")
    }
    let codec = try ParquetCodec(number: number, column: name)
    // Of a column without values there may be no pages.
    if values == 0 { return Chunk(codec: codec, range: 0..<0, values: 0) }
    var start = data.integer(9) ?? -1
    // Some writers say 0 where there is no dictionary.
    if let dictionary = data.integer(11), dictionary > 0 { start = min(start, dictionary) }
    guard let length = data.integer(7), start >= 4, start <= end, length >= 0, length <= end - start else {
      throw ParquetError.damaged("column \(name) lies outside of the file")
    }
    // Early writers forgot the dictionary page's header in the length.
    return Chunk(
      codec: codec, range: start..<min(end, start + length + 100),
      values: values)
  }
}

/// What is wrong with a Parquet file, in words that its path is put before.
struct ParquetError: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }

  /// Bytes that contradict each other or the file's size.
  static func damaged(_ what: String) -> ParquetError {
    ParquetError("is damaged: \(what); download or write the file again")
  }
}
