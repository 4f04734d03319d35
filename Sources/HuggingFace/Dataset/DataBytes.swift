/// A data file's bytes as UTF-8 without a byte-order mark.
enum DataBytes {
  /// - Throws: `DataError` for UTF-16 and UTF-32, and with the offset for bytes that are not UTF-8.
  static func text(_ contents: [UInt8], path: String) throws -> [UInt8] {
    let marks: [[UInt8]] = [[0xFF, 0xFE], [0xFE, 0xFF], [0x00, 0x00, 0xFE, 0xFF]]
    let looksWide =
      contents.count >= 4 && (contents[0] == 0) != (contents[1] == 0) && (contents[2] == 0) != (contents[3] == 0)
    if looksWide || marks.contains(where: { contents.starts(with: $0) }) {
      throw DataError.data(path, "is UTF-16 or UTF-32 text; save the file as UTF-8")
    }
    if let offset = UTF8Validation.firstInvalidOffset(contents) {
      let start = contents[..<offset].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      let line = contents[..<start].count { $0 == 0x0A } + 1
      throw DataError.line(
        path, line,
        "invalid UTF-8 at byte \(offset - start + 1) of the line (byte \(offset) of the file); save the file as UTF-8")
    }
    return contents.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(contents[3...]) : contents
  }
}
