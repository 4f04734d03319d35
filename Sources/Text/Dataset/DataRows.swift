/// The records of a data file as objects, whatever holds them. They are read once, as far as possible a record at a time.
struct DataRows {
  let path: String
  let container: DataContainer
  private let body: Body

  private enum Body {
    case lines(TextWindow)
    case table(TextWindow, isTabs: Bool)
    case parquet(ParquetFile)
    /// A document, to be read an element at a time.
    case document([UInt8])
    /// A document on one line, read already.
    case items([JSONValue], others: [(name: String, count: Int)])
    case rows([JSONObject])
    /// The one record that a file is.
    case single(JSONObject, line: Int)
  }

  private static let lists = ["data", "train"]
  private static let lineEndings = ["jsonl", "ndjson", "jsonlines"]

  /// Told by the magic for Parquet, by the ending for CSV, by the contents else: `[` begins a JSON list, `{` alone on the first line
  /// a JSON object with a list in it or a table of pandas, any other object on the first line JSONL, and everything else is CSV.
  init(_ input: DataInput) throws {
    path = input.path
    let window: TextWindow
    switch input.contents {
    case .parquet(let file):
      container = .parquet
      body = .parquet(file)
      return
    case .text(let source): window = TextWindow(source, path: input.path)
    }
    let first = try Self.firstByte(window)
    if ["csv", "tsv"].contains(input.ending) {
      (container, body) = (.csv, .table(window, isTabs: input.ending == "tsv"))
    } else if first == UInt8(ascii: "[") {
      // A list on each line is no data set, but its error should name the line.
      let isLines = Self.lineEndings.contains(input.ending)
      (container, body) = isLines ? (.jsonl, .lines(window)) : (.json, .document(try window.rest()))
    } else if first == UInt8(ascii: "{") {
      (container, body) = try Self.objects(window)
    } else {
      let isLines = (Self.lineEndings + ["json"]).contains(input.ending) || first == nil
      (container, body) = isLines ? (.jsonl, .lines(window)) : (.csv, .table(window, isTabs: false))
    }
  }

  /// - Parameters:
  ///   - others: is told of each list of objects in a document beside the one that is read, and how many it has.
  ///   - body: gets the record, its number (a line, an item of the list, or a row) and its line.
  func visit(
    others: (String, Int) -> Void = { _, _ in }, _ body: (JSONObject, Int, Int) throws -> Void
  ) throws {
    try visitAsWritten(others) { try body(TurnColumns.joined($0), $1, $2) }
  }

  private func visitAsWritten(
    _ others: (String, Int) -> Void, _ body: (JSONObject, Int, Int) throws -> Void
  ) throws {
    switch self.body {
    case .lines(let window): try JSONLines(window).visit(body)
    case .table(let window, let isTabs): try CSVFile(window, isTabs: isTabs).visit(body)
    case .parquet(let file): try file.visit { try body($0, $1, $1) }
    case .document(let bytes): try document(bytes, others, body)
    case .items(let values, let beside):
      for list in beside { others(list.name, list.count) }
      for (index, value) in values.enumerated() { try item(value, index + 1, 1, body) }
    case .rows(let rows):
      for (index, row) in rows.enumerated() { try body(row, index + 1, 1) }
    case .single(let object, let line): try body(object, line, line)
    }
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

  // MARK: What it is

  private static func firstByte(_ window: TextWindow) throws -> UInt8? {
    while true {
      if let byte = window.bytes.first(where: { !isSpace($0) }) { return byte }
      guard try window.more() else { return nil }
    }
  }

  /// Whether the first line with anything on it does not end its object, or is all there is and holds a list or a table.
  private static func objects(_ window: TextWindow) throws -> (DataContainer, Body) {
    var line: Range<Int> = 0..<0
    var follows = false
    while true {
      let bytes = window.bytes
      let start = bytes.firstIndex { !isSpace($0) } ?? 0
      // What was searched already has no line feed.
      if let end = bytes[max(start, line.upperBound)...].firstIndex(of: 0x0A) {
        line = start..<end
        follows = bytes[end...].contains { !isSpace($0) }
        if follows { break }
      } else {
        line = start..<bytes.count
      }
      guard try window.more() else { break }
    }
    let parsed: JSONValue?
    do {
      parsed = try JSONParser.parse(UnsafeBufferPointer(rebasing: window.bytes[line]), constants: .null)
    } catch {
      parsed = nil
    }
    if follows {
      return parsed == nil ? try severalLines(window) : (.jsonl, .lines(window))
    }
    guard let object = parsed?.object else { return (.jsonl, .lines(window)) }
    let member = object.members.first { lists.contains($0.key) && $0.value.array != nil }
    if let name = member?.key, let list = member?.value.array {
      if case .array? = list.first, let rows = try PandasTable(object, path: window.path).rows() {
        return (.json, .rows(rows))
      }
      let others = object.members.compactMap { member -> (name: String, count: Int)? in
        guard member.key != name, let values = member.value.array, values.first?.object != nil else { return nil }
        return (member.key, values.count)
      }
      return (.json, .items(list, others: others))
    }
    if let rows = try PandasTable(object, path: window.path).rows() { return (.json, .rows(rows)) }
    let place = window.bytes[..<line.lowerBound].count { $0 == 0x0A } + 1
    return (.jsonl, .single(object, line: place))
  }

  /// An object that goes on below its first line: read as one document, it has no fault where its second line begins.
  private static func severalLines(_ window: TextWindow) throws -> (DataContainer, Body) {
    let bytes = try window.rest()
    let start = bytes.firstIndex { !isSpace($0) } ?? 0
    let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
    let second = bytes[end...].firstIndex { !isSpace($0) } ?? bytes.count
    do {
      _ = try JSONElements.forEach(in: bytes, of: lists) { _, _ in }
      return (.json, .document(bytes))
    } catch let error as JSONError where error.offset > second {
      return (.json, .document(bytes))
    } catch {
      return (.jsonl, .lines(TextWindow(MemoryByteSource(bytes), path: window.path)))
    }
  }

  // MARK: Documents

  private func document(
    _ bytes: [UInt8], _ others: (String, Int) -> Void, _ body: (JSONObject, Int, Int) throws -> Void
  ) throws {
    struct ListOfLists: Error {}
    var number = 0
    do {
      let list = try JSONElements.forEach(in: bytes, of: Self.lists, others: others) { value, line in
        number += 1
        if number == 1, case .array = value { throw ListOfLists() }
        try item(value, number, line, body)
      }
      if list == "" { try table(bytes, orElse: nil, body) }
    } catch is ListOfLists {
      try table(bytes, orElse: notAnObject(.array([]), 1, 1), body)
    } catch let error as JSONError {
      throw invalid(error, bytes)
    }
  }

  private func item(
    _ value: JSONValue, _ number: Int, _ line: Int, _ body: (JSONObject, Int, Int) throws -> Void
  ) throws {
    guard let object = value.object else { throw notAnObject(value, number, line) }
    try body(object, number, line)
  }

  private func notAnObject(_ value: JSONValue, _ number: Int, _ line: Int) -> DataError {
    let hint = value.array == nil ? RecordReader.forms : "with pandas: to_json(orient='records', lines=True)"
    return DataError.line(path, line, "item \(number) is \(value.kind), not an object; \(hint)")
  }

  /// A whole document as one of pandas' tables.
  private func table(
    _ bytes: [UInt8], orElse refusal: DataError?, _ body: (JSONObject, Int, Int) throws -> Void
  ) throws {
    let object: JSONObject?
    do { object = try JSONParser.parse(bytes, constants: .null).object } catch { throw invalid(error, bytes) }
    guard let object, let rows = try PandasTable(object, path: path).rows() else {
      throw refusal
        ?? DataError.data(
          path, "is one JSON object without a list \(Self.lists.joined(separator: " or ")); \(RecordReader.forms)")
    }
    for (index, row) in rows.enumerated() { try body(row, index + 1, 1) }
  }

  private func invalid(_ error: JSONError, _ bytes: [UInt8]) -> DataError {
    do { _ = try DataBytes.text(bytes, path: path) } catch let wrong as DataError { return wrong } catch {}
    return DataError.line(path, error.line, "not JSON: column \(error.column): \(error.reason)")
  }
}

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

/// JSON objects, one on a line.
struct JSONLines {
  private let window: TextWindow

  init(_ window: TextWindow) { self.window = window }

  /// - Parameter body: gets the record and its line, twice.
  func visit(_ body: (JSONObject, Int, Int) throws -> Void) throws {
    var number = 0
    while true {
      let offset = window.offset
      guard let line = try window.line() else { return }
      number += 1
      if line.allSatisfy(DataRows.isSpace) { continue }
      let document: JSONValue
      do {
        document = try JSONParser.parse(line, constants: .null)
      } catch {
        if let place = UTF8Validation.firstInvalidOffset(line) {
          throw DataBytes.invalid(window.path, line: number, column: place + 1, offset: offset + place)
        }
        throw DataError.line(window.path, number, "not JSON: column \(error.column): \(error.reason)")
      }
      guard let object = document.object else {
        throw DataError.line(window.path, number, "\(document.kind), not an object; \(RecordReader.forms)")
      }
      try body(object, number, number)
    }
  }
}
