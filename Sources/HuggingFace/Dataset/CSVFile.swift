/// CSV after RFC 4180: a header with column names, fields in quotation marks may hold delimiters, line ends and doubled quotation
/// marks. The delimiter is a comma, a semicolon or a tab, whichever the header has most of.
struct CSVFile {
  let path: String
  let bytes: [UInt8]
  private static let quote = UInt8(ascii: "\"")

  /// Calls `body` with each record as an object of its columns, and the line on which it begins, twice.
  func visit(_ body: (JSONObject, Int, Int) throws -> Void) throws {
    let delimiter = delimiter()
    var position = 0
    var line = 1
    var header: [String]?
    while position < bytes.count {
      let start = line
      let fields = try record(&position, &line, delimiter)
      if fields.count == 1, fields[0].utf8.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      guard let names = header else {
        try check(fields, start)
        header = fields
        continue
      }
      guard fields.count == names.count else {
        throw DataError.line(
          path, start,
          "has \(fields.count) fields, but the header has \(names.count); put fields with "
            + "\(Self.words(delimiter)), line ends or quotation marks in quotation marks")
      }
      try body(JSONObject(zip(names, fields).map { ($0, .string($1)) }), start, start)
    }
  }

  private func check(_ names: [String], _ line: Int) throws {
    for (index, name) in names.enumerated() where names[..<index].contains(name) {
      throw DataError.line(path, line, "the column \(SafetensorsError.printable(name)) stands twice in the header")
    }
  }

  private static func words(_ delimiter: UInt8) -> String {
    switch delimiter {
    case UInt8(ascii: ";"): "semicolons"
    case 0x09: "tabs"
    default: "commas"
    }
  }

  /// Of the candidates outside of quotation marks in the header.
  private func delimiter() -> UInt8 {
    let candidates: [UInt8] = [UInt8(ascii: ","), UInt8(ascii: ";"), 0x09]
    var counts = [0, 0, 0]
    var quoted = false
    for byte in bytes {
      if byte == Self.quote { quoted.toggle() }
      if !quoted, byte == 0x0A || byte == 0x0D { break }
      if !quoted, let place = candidates.firstIndex(of: byte) { counts[place] += 1 }
    }
    let best = counts.indices.max { counts[$0] < counts[$1] || (counts[$0] == counts[$1] && $0 > $1) } ?? 0
    return candidates[best]
  }

  /// One record, its line end consumed.
  private func record(_ position: inout Int, _ line: inout Int, _ delimiter: UInt8) throws -> [String] {
    var fields: [String] = []
    while true {
      fields.append(try field(&position, &line, delimiter))
      guard position < bytes.count else { return fields }
      let byte = bytes[position]
      position += 1
      if byte == delimiter { continue }
      line += 1
      if byte == 0x0D, position < bytes.count, bytes[position] == 0x0A { position += 1 }
      return fields
    }
  }

  private func field(_ position: inout Int, _ line: inout Int, _ delimiter: UInt8) throws -> String {
    func ends(_ byte: UInt8) -> Bool { byte == delimiter || byte == 0x0A || byte == 0x0D }
    guard position < bytes.count, bytes[position] == Self.quote else {
      let end = bytes[position...].firstIndex(where: ends) ?? bytes.count
      defer { position = end }
      return String(decoding: bytes[position..<end], as: UTF8.self)
    }
    let start = line
    var text: [UInt8] = []
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == Self.quote {
        guard position < bytes.count, bytes[position] == Self.quote else {
          if position < bytes.count, !ends(bytes[position]) {
            throw DataError.line(
              path, line, "text after a closing quotation mark; double the quotation marks within a field")
          }
          return String(decoding: text, as: UTF8.self)
        }
        position += 1
      } else if byte == 0x0A || (byte == 0x0D && (position == bytes.count || bytes[position] != 0x0A)) {
        line += 1
      }
      text.append(byte)
    }
    throw DataError.line(path, start, "a field in quotation marks that begins here has no end")
  }
}
