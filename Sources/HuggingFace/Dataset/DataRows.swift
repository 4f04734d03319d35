/// The records of a data file as objects, whatever holds them.
struct DataRows {
  let path: String
  let bytes: [UInt8]
  let container: DataContainer
  private static let lists = ["data", "train"]

  /// Told by the ending for CSV, by the contents else: `[` begins a JSON list, `{` alone on the first line a JSON object with a list
  /// in it, any other object on the first line JSONL, and everything else is CSV.
  init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
    let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
    let first = bytes.first { !Self.isSpace($0) }
    if ending == "csv" || ending == "tsv" {
      container = .csv
    } else if first == UInt8(ascii: "[") {
      // A list on each line is no data set, but its error should name the line.
      container = ending == "jsonl" ? .jsonl : .json
    } else if first == UInt8(ascii: "{") {
      container = Self.isOneObject(bytes) ? .json : .jsonl
    } else {
      container = ["json", "jsonl"].contains(ending) || first == nil ? .jsonl : .csv
    }
  }

  /// - Parameter body: gets the record, its number (a line, or an item of the list) and its line.
  func visit(_ body: (JSONObject, Int, Int) throws -> Void) throws {
    switch container {
    case .jsonl: try lines(body)
    case .json: try items(body)
    case .csv: try CSVFile(path: path, bytes: bytes).visit(body)
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

  /// Whether the first line with anything on it does not end its object, or is all there is and holds a list.
  private static func isOneObject(_ bytes: [UInt8]) -> Bool {
    guard let start = bytes.firstIndex(where: { !isSpace($0) }) else { return false }
    let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
    let isAlone = bytes[end...].allSatisfy(isSpace)
    do {
      if !isAlone {
        _ = try JSONParser.parse(Array(bytes[start..<end]))
        return false
      }
      return try !(JSONElements.forEach(in: bytes, of: lists) { _, _ in } ?? "").isEmpty
    } catch {
      // An object that goes on below: read as one document, it has no fault where its second line begins.
      guard !isAlone, let second = bytes[end...].firstIndex(where: { !isSpace($0) }) else { return false }
      do {
        _ = try JSONElements.forEach(in: bytes, of: lists) { _, _ in }
        return true
      } catch let error as JSONError {
        return error.offset > second
      } catch {
        return false
      }
    }
  }

  private func lines(_ body: (JSONObject, Int, Int) throws -> Void) throws {
    var line = 0
    var start = 0
    while start < bytes.count {
      line += 1
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      let text = Array(bytes[start..<end])
      start = end + 1
      if text.allSatisfy(Self.isSpace) { continue }
      let document: JSONValue
      do {
        document = try JSONParser.parse(text)
      } catch {
        throw DataError.line(path, line, "not JSON: column \(error.column): \(error.reason)")
      }
      guard let object = document.object else {
        throw DataError.line(path, line, "\(document.kind), not an object; \(RecordReader.forms)")
      }
      try body(object, line, line)
    }
  }

  private func items(_ body: (JSONObject, Int, Int) throws -> Void) throws {
    var item = 0
    do {
      let list = try JSONElements.forEach(in: bytes, of: Self.lists) { value, line in
        item += 1
        guard let object = value.object else {
          throw DataError.line(path, line, "item \(item) is \(value.kind), not an object; \(RecordReader.forms)")
        }
        try body(object, item, line)
      }
      if list == "" {
        throw DataError.data(
          path, "is one JSON object without a list \(Self.lists.joined(separator: " or ")); \(RecordReader.forms)")
      }
    } catch let error as JSONError {
      throw DataError.line(path, error.line, "not JSON: column \(error.column): \(error.reason)")
    }
  }
}
