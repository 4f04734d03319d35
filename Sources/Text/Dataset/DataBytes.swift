/// A data file's bytes as UTF-8 without a byte-order mark.
enum DataBytes {
  /// - Throws: `DataError` for UTF-16 and UTF-32, and with the offset for bytes that are not UTF-8.
  static func text(_ contents: [UInt8], path: String) throws -> [UInt8] {
    try checkWidth(contents, path: path)
    if let offset = UTF8Validation.firstInvalidOffset(contents) {
      let start = contents[..<offset].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      let line = contents[..<start].count { $0 == 0x0A } + 1
      throw invalid(path, line: line, column: offset - start + 1, offset: offset)
    }
    return contents.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(contents[3...]) : contents
  }

  /// - Throws: `DataError` for UTF-16 and UTF-32, by the first bytes.
  static func checkWidth(_ head: [UInt8], path: String) throws {
    let marks: [[UInt8]] = [[0xFF, 0xFE], [0xFE, 0xFF], [0x00, 0x00, 0xFE, 0xFF]]
    let looksWide = head.count >= 4 && (head[0] == 0) != (head[1] == 0) && (head[2] == 0) != (head[3] == 0)
    if looksWide || marks.contains(where: { head.starts(with: $0) }) {
      throw DataError.data(path, "is UTF-16 or UTF-32 text; save the file as UTF-8")
    }
  }

  static func invalid(_ path: String, line: Int, column: Int, offset: Int) -> DataError {
    DataError.line(
      path, line, "invalid UTF-8 at byte \(column) of the line (byte \(offset) of the file); save the file as UTF-8")
  }
}
