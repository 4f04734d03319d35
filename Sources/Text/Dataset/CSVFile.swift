import Recipe

/// CSV after RFC 4180: a header with column names, fields in quotation marks may hold delimiters, line ends and doubled quotation
/// marks. The delimiter is the one that Excel's first line `sep=` names, or of comma, semicolon, tab and bar whichever the header has most of.
final class CSVFile {
  private let window: TextWindow
  private let isTabs: Bool
  private var delimiter = UInt8(ascii: ",")
  private var line = 1
  /// Of the bytes that wait in the window, those that belong to the record that is being read.
  private var position = 0

  private static let quote = UInt8(ascii: "\"")
  private static let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), 0x09, UInt8(ascii: "|")]

  /// - Parameter isTabs: the name says that tabs are between the fields, if the header has any.
  init(_ window: TextWindow, isTabs: Bool) {
    self.window = window
    self.isTabs = isTabs
  }

  /// Calls `body` with each record as an object of its columns, and the line on which it begins, twice.
  func visit(_ body: (JSONObject, Int, Int) throws -> Void) throws {
    delimiter = try separator() ?? detected()
    var header: [String]?
    while try isThere() {
      let start = line
      var fields = try record()
      if fields.count == 1, fields[0].utf8.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      guard let names = header else {
        header = fields.map(Self.trimmed)
        try check(header ?? [], start)
        continue
      }
      // Sheets leave empty cells behind the last column.
      while fields.count > names.count, fields.last?.isEmpty == true { fields.removeLast() }
      guard fields.count == names.count else {
        throw DataError.line(
          window.path, start,
          "has \(fields.count) fields, but the header has \(names.count); put fields with "
            + "\(words), line ends or quotation marks in quotation marks")
      }
      try body(JSONObject(zip(names, fields).map { JSONObject.Member(key: $0, value: .string($1)) }), start, start)
    }
  }

  // MARK: Header

  /// A column may be without a name, such as pandas' index; columns with names have one each, byte for byte.
  private func check(_ names: [String], _ line: Int) throws {
    var seen: Set<[UInt8]> = []
    for name in names where !name.isEmpty {
      guard seen.insert(Array(name.utf8)).inserted else {
        throw DataError.line(
          window.path, line, "the column \(OneLine.name(name)) stands twice in the header")
      }
    }
  }

  /// People put spaces behind commas.
  private static func trimmed(_ name: String) -> String {
    let isSpace = { (scalar: Unicode.Scalar) in scalar.properties.isWhitespace || scalar == "\u{FEFF}" }
    let scalars = name.unicodeScalars.drop(while: isSpace)
    guard let last = scalars.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(scalars[...last])
  }

  private var words: String {
    switch delimiter {
    case UInt8(ascii: ","): "commas"
    case UInt8(ascii: ";"): "semicolons"
    case UInt8(ascii: "|"): "bars"
    case 0x09: "tabs"
    default: "'\(OneLine.name(String(UnicodeScalar(delimiter))))'"
    }
  }

  /// The line `sep=;` that Excel writes and obeys.
  private func separator() throws -> UInt8? {
    while window.bytes.count < 16, try window.more() {}
    let bytes = window.bytes
    var end = bytes.prefix(16).firstIndex { $0 == 0x0A || $0 == 0x0D } ?? 0
    let first = bytes[..<end].filter { $0 != Self.quote }
    guard first.count == 5, first.prefix(4).map({ $0 | 0x20 }).elementsEqual("sep=".utf8.map { $0 | 0x20 }),
      first[4] < 0x80
    else { return nil }
    end += bytes[end] == 0x0D && end + 1 < bytes.count && bytes[end + 1] == 0x0A ? 2 : 1
    window.take(end)
    line = 2
    return first[4]
  }

  /// Of the candidates outside of quotation marks in the header.
  private func detected() throws -> UInt8 {
    var counts = [0, 0, 0, 0]
    var isQuoted = false
    var hasName = false
    var place = 0
    scan: while true {
      let bytes = window.bytes
      while place < bytes.count {
        let byte = bytes[place]
        place += 1
        if byte == Self.quote { isQuoted.toggle() }
        if isQuoted { continue }
        if byte == 0x0A || byte == 0x0D {
          if hasName { break scan }
          continue
        }
        hasName = hasName || byte != 0x20
        if let index = Self.candidates.firstIndex(of: byte) { counts[index] += 1 }
      }
      guard try window.more() else { break }
    }
    if isTabs, counts[2] > 0 { return 0x09 }
    let best = counts.indices.max { counts[$0] < counts[$1] || (counts[$0] == counts[$1] && $0 > $1) } ?? 0
    return Self.candidates[best]
  }

  // MARK: Records

  /// Whether there is a byte at the position.
  private func isThere() throws -> Bool {
    while position >= window.bytes.count {
      guard try window.more() else { return false }
    }
    return true
  }

  /// One record, its line end consumed.
  private func record() throws -> [String] {
    var fields: [String] = []
    defer {
      window.take(position)
      position = 0
    }
    while true {
      fields.append(try field())
      guard try isThere() else { return fields }
      let byte = window.bytes[position]
      position += 1
      if byte == delimiter { continue }
      line += 1
      if byte == 0x0D, try isThere(), window.bytes[position] == 0x0A { position += 1 }
      return fields
    }
  }

  private func field() throws -> String {
    if try isThere(), window.bytes[position] == Self.quote { return try quoted() }
    let start = position
    while true {
      let bytes = window.bytes
      while position < bytes.count {
        let byte = bytes[position]
        if byte == delimiter || byte == 0x0A || byte == 0x0D { return try text(start..<position, line) }
        position += 1
      }
      guard try window.more() else { return try text(start..<position, line) }
    }
  }

  private func quoted() throws -> String {
    let start = line
    position += 1
    let first = position
    var parts: [Range<Int>] = []
    var begin = first
    while true {
      let bytes = window.bytes
      while position < bytes.count, bytes[position] != Self.quote { position += 1 }
      guard position < bytes.count else {
        if try more(start) { continue }
        throw DataError.line(window.path, start, "a field in quotation marks that begins here has no end")
      }
      parts.append(begin..<position)
      position += 1
      guard try isThere(), window.bytes[position] == Self.quote else { break }
      // The second of two quotation marks stands for both.
      begin = position
      position += 1
    }
    let result = parts.count == 1 ? try text(parts[0], start) : try joined(parts, start)
    countLines(first..<(position - 1))
    if try isThere() {
      let byte = window.bytes[position]
      guard byte == delimiter || byte == 0x0A || byte == 0x0D else {
        throw DataError.line(
          window.path, line, "text after a closing quotation mark; double the quotation marks within a field")
      }
    }
    return result
  }

  private func more(_ start: Int) throws -> Bool {
    do {
      return try window.more()
    } catch is DataError {
      throw DataError.line(
        window.path, start,
        "a field in quotation marks that begins here has no end within \(TextWindow.longest >> 20) MB; close it")
    }
  }

  private func countLines(_ range: Range<Int>) {
    let bytes = window.bytes
    for place in range {
      let byte = bytes[place]
      let endsLine = byte == 0x0A || (byte == 0x0D && (place + 1 >= bytes.count || bytes[place + 1] != 0x0A))
      if endsLine { line += 1 }
    }
  }

  private func joined(_ parts: [Range<Int>], _ line: Int) throws -> String {
    var text: [UInt8] = []
    text.reserveCapacity(parts.reduce(0) { $0 + $1.count })
    for part in parts { text.append(contentsOf: window.bytes[part]) }
    if !text.contains(0), let result = String(validating: text, as: UTF8.self) { return result }
    throw try wrong(parts[0].lowerBound..<(parts.last?.upperBound ?? 0), line)
  }

  private func text(_ range: Range<Int>, _ line: Int) throws -> String {
    let bytes = UnsafeBufferPointer(rebasing: window.bytes[range])
    if !bytes.contains(0), let result = String(validating: bytes, as: UTF8.self) { return result }
    throw try wrong(range, line)
  }

  /// What is wrong with a field that begins on `start`.
  private func wrong(_ range: Range<Int>, _ start: Int) throws -> DataError {
    let bytes = window.bytes
    let field = UnsafeBufferPointer(rebasing: bytes[range])
    let zero = field.firstIndex(of: 0)
    let offset = range.lowerBound + (UTF8Validation.firstInvalidOffset(field) ?? zero ?? 0)
    let before = bytes[range.lowerBound..<offset]
    let line = start + before.count { $0 == 0x0A }
    if zero != nil, UTF8Validation.firstInvalidOffset(field) == nil {
      return DataError.line(window.path, line, "a NUL byte; the file is damaged, or no text: save it as UTF-8")
    }
    let lineStart = bytes[..<offset].lastIndex { $0 == 0x0A }.map { $0 + 1 } ?? 0
    return DataBytes.invalid(
      window.path, line: line, column: offset - lineStart + 1, offset: window.offset + offset)
  }
}
