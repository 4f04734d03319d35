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

  /// nil where the field is not there or null.
  func optionalString(_ name: String) throws -> String? {
    guard let value = try value(name), !value.isNull else { return nil }
    guard let text = value.string else { throw error("field \(name) is \(value.kind), not a string") }
    return text
  }

  /// A list, also one that a column holds as text.
  func list(_ name: String) throws -> [JSONValue] {
    guard let value = try value(name) else { throw missing(name) }
    if let list = value.array { return list }
    if let text = value.string, text.first == "[", let list = try? JSONParser.parse(Array(text.utf8)).array {
      return list
    }
    throw error("field \(name) is \(value.kind), not a list of turns")
  }

  /// The field's text, or its parts.
  func content(_ name: String) throws -> RecordContent {
    guard try value(name) != nil else { throw missing(name) }
    return try RecordContent(object, name, "field \(name)", fields: self)
  }

  /// The name that the record has for a field, in any case; nil where it is not there or says nothing.
  func spelled(_ name: String) -> String? {
    let member = object.members.first { $0.key == name } ?? object.members.first { $0.key.lowercased() == name }
    return member.flatMap { Self.isBare($0.value) ? nil : $0.key }
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
    guard let value = object[name] else { return nil }
    if object.members.count(where: { $0.key.utf8.elementsEqual(name.utf8) }) > 1 {
      throw error("field \(name) stands twice; remove one of them")
    }
    return value
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
