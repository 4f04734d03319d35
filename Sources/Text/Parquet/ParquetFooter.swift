import Recipe

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
