import Foundation

/// Files with one JSON object a line.
public enum JSONLDataset {
  /// Reads examples. Lines may end in CR LF; lines of white space are skipped; a byte-order mark is skipped; other fields
  /// are left alone.
  ///
  /// - Throws: `DataError` with file and line, `FileError`.
  public static func read(
    _ file: URL, promptField: String = "prompt", completionField: String = "completion"
  ) throws -> [PromptCompletion] {
    let path = file.path
    guard InputFile.exists(path) else { throw DataError.missing(path) }
    return try parse(
      try InputFile.contents(of: path), path: path, promptField: promptField, completionField: completionField)
  }

  package static func parse(
    _ bytes: [UInt8], path: String, promptField: String = "prompt", completionField: String = "completion"
  ) throws -> [PromptCompletion] {
    var examples: [PromptCompletion] = []
    var line = 0
    var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    while start < bytes.count {
      line += 1
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      let text = Array(bytes[start..<end])
      let lineStart = start
      start = end + 1
      if text.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
      if let offset = UTF8Validation.firstInvalidOffset(text) {
        throw DataError.line(
          path, line,
          "invalid UTF-8 at byte \(offset + 1) of the line (byte \(lineStart + offset) of the file); save the file as UTF-8"
        )
      }
      let document: JSONValue
      do {
        document = try JSONParser.parse(text)
      } catch {
        throw DataError.line(path, line, "not JSON: column \(error.column): \(error.reason)")
      }
      guard let object = document.object else {
        throw DataError.line(path, line, "\(document.kind), not an object with \(promptField) and \(completionField)")
      }
      examples.append(
        PromptCompletion(
          prompt: try field(promptField, object, path, line),
          completion: try field(completionField, object, path, line),
          line: line))
    }
    guard !examples.isEmpty else {
      throw DataError.data(
        path, "has no examples; write one JSON object with \(promptField) and \(completionField) a line")
    }
    return examples
  }

  private static func field(
    _ name: String, _ object: JSONObject, _ path: String, _ line: Int
  ) throws(DataError) -> String {
    guard let value = object[name] else {
      let others = object.members.prefix(8).map { SafetensorsError.printable($0.key) }.joined(separator: ", ")
      throw .line(path, line, "no field \(name)\(others.isEmpty ? "" : "; the line has \(others)")")
    }
    guard let text = value.string else { throw .line(path, line, "field \(name) is \(value.kind), not a string") }
    return text
  }
}
