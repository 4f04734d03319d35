/// What is wrong with a Parquet file, in words that its path is put before.
struct ParquetError: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }

  /// Bytes that contradict each other or the file's size.
  static func damaged(_ what: String) -> ParquetError {
    ParquetError("is damaged: \(what); download or write the file again")
  }
}
