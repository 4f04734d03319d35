import Recipe

/// The fields of one record, with errors that say where it stands.
struct RecordFields: Sendable {
  let path: String
  let container: DataContainer
  let place: Int
  let line: Int
  let object: JSONObject

  func has(_ name: String) -> Bool { object[name] != nil }

  /// The first fields' names, for messages.
  var names: String {
    let names = object.members.prefix(8).map { OneLine.name($0.key) }
    return names.isEmpty ? "no fields" : names.joined(separator: ", ")
  }

  func string(_ name: String) throws -> String {
    guard let value = try value(name) else { throw missing(name) }
    guard let text = value.string else { throw error("field \(name) is \(value.kind), not a string") }
    return text
  }

  /// A list, also one that a column holds as text.
  func list(_ name: String) throws -> [JSONValue] {
    guard let value = try value(name) else { throw missing(name) }
    if let list = value.array { return list }
    if let text = value.string, text.first == "[",
      let list = try? JSONParser.parse(Array(text.utf8), constants: .null).array
    {
      return list
    }
    if let text = value.string, Self.isPython(text) {
      throw error(
        "field \(name) is a list as Python prints it, not JSON; write the column with json.dumps, or the table with "
          + "to_json(orient='records', lines=True)")
    }
    throw error("field \(name) is \(value.kind), not a list of turns")
  }

  /// `[{'role': …}]`, `[{'from': …}\n {…}]`, `array([{…}])`, `{'from': array([…])}`, as a table holds objects that were made text.
  private static func isPython(_ text: String) -> Bool {
    let start = text.unicodeScalars.lazy.filter { !$0.properties.isWhitespace }.prefix(16)
    let begun = String(String.UnicodeScalarView(start))
    return ["[{'", "{'", "array([{'", "[OrderedDict", "[dict("].contains { begun.hasPrefix($0) }
  }

  /// The field's text, or its parts.
  func content(_ name: String) throws -> RecordContent {
    guard try value(name) != nil else { throw missing(name) }
    return try RecordContent(object, name, "field \(name)", fields: self)
  }

  /// The name that the record has for a field, in any case; nil where it is not there or says nothing.
  func spelled(_ name: String) -> String? {
    let member = object.members.first { $0.key == name } ?? object.members.first { Self.isSpelling($0.key, of: name) }
    return member.flatMap { Self.isBare($0.value) ? nil : $0.key }
  }

  /// Whether a key is the name but for its case. Only letters that are not ASCII change their length with it.
  private static func isSpelling(_ key: String, of name: String) -> Bool {
    if key.utf8.count != name.utf8.count, key.utf8.allSatisfy({ $0 < 0x80 }) { return false }
    return key.lowercased() == name
  }

  /// Nothing was given: null, no text, no elements.
  static func isBare(_ value: JSONValue) -> Bool {
    switch value {
    case .null: true
    case .string(let text): text.isEmpty
    case .array(let values): values.isEmpty
    case .object(let object): object.members.isEmpty
    default: false
    }
  }

  /// Without white space at either end.
  static func trimmed(_ text: String) -> String {
    guard text.first?.isWhitespace == true || text.last?.isWhitespace == true else { return text }
    return String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }

  func value(_ name: String) throws -> JSONValue? {
    var found: JSONValue?
    for member in object.members where JSONObject.isSame(member.key, name) {
      if found != nil { throw error("field \(name) stands twice; remove one of them") }
      found = member.value
    }
    return found
  }

  func missing(_ name: String) -> DataError {
    let others = object.members.isEmpty ? "" : "; the \(container.placeName) has \(names)"
    return error("no field \(OneLine.name(name))\(others)")
  }

  func error(_ reason: String) -> DataError {
    switch container {
    case .parquet: DataError.data(path, "row \(place): \(reason)")
    case .json: DataError.line(path, line, "item \(place): \(reason)")
    case .jsonl, .csv: DataError.line(path, line, reason)
    }
  }

  /// For a file that the record names and that is not there.
  func missingFile(_ reason: String) -> DataError {
    DataError(description: error(reason).description, exitStatus: ExitStatus.missingInput)
  }
}
