/// A data file, opened: what its first bytes say it is, and its bytes, decompressed where it is gzip or Zstandard.
struct DataInput {
  enum Contents {
    case text(any ByteSource)
    case parquet(ParquetFile)
  }

  let path: String
  let contents: Contents
  /// Of the name, in small letters, without those of compression: `csv` of `a.CSV.gz`.
  let ending: String

  private static let headLength = 4096
  private static let gzip: [UInt8] = [0x1F, 0x8B]
  private static let zstd: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

  /// - Throws: `DataError` for a file of another kind, with the way out; `FileError`.
  init(path: String) throws {
    let source = try FileByteSource(path: path)
    try self.init(path: path, source: source) { source.isRegular ? .file(try InputFile(path: path)) : nil }
  }

  /// The same of bytes in memory.
  init(path: String, bytes: [UInt8]) throws {
    try self.init(path: path, source: MemoryByteSource(bytes)) { .memory(bytes) }
  }

  private init(path: String, source: any ByteSource, whole: () throws -> ParquetFile.Bytes?) throws {
    self.path = path
    var names = path.split(separator: "/").last.map { $0.lowercased().split(separator: ".") } ?? []
    while names.count > 1, ["gz", "gzip", "zst", "zstd"].contains(names.last) { names.removeLast() }
    ending = names.count > 1 ? names.last.map(String.init) ?? "" : ""
    var head = try source.head(Self.headLength)
    var source: any ByteSource = MemoryByteSource(head, then: source)
    var isWhole = true
    if head.starts(with: Self.gzip) || head.starts(with: Self.zstd) {
      source =
        head.starts(with: Self.gzip)
        ? try GzipSource(source, path: path) : try ZstdSource(source, path: path)
      head = try source.head(Self.headLength)
      source = MemoryByteSource(head, then: source)
      isWhole = false
    }
    if head.starts(with: ParquetFile.magic) || head.starts(with: Array("PARE".utf8)) {
      // Its description stands at its end: what cannot be read from any place is read whole.
      let bytes = isWhole ? try whole() : nil
      contents = .parquet(
        try ParquetFile(bytes ?? .memory(try TextWindow(source, path: path).rest()), path: path))
      return
    }
    if let refusal = ForeignData.refusal(head, path: path) { throw refusal }
    try DataBytes.checkWidth(head, path: path)
    contents = .text(source)
  }
}
