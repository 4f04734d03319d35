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
        document = try JSONParser.parse(line)
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
