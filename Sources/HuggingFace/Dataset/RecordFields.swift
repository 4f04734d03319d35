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
    let names = object.members.prefix(8).map { SafetensorsError.printable($0.key) }
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

  func list(_ name: String) throws -> [JSONValue] {
    guard let value = try value(name) else { throw missing(name) }
    guard let list = value.array else { throw error("field \(name) is \(value.kind), not a list of turns") }
    return list
  }

  private func value(_ name: String) throws -> JSONValue? {
    guard let value = object[name] else { return nil }
    if object.members.count(where: { $0.key.utf8.elementsEqual(name.utf8) }) > 1 {
      throw error("field \(name) stands twice; remove one of them")
    }
    return value
  }

  func missing(_ name: String) -> DataError {
    let others = object.members.isEmpty ? "" : "; the \(container.placeName) has \(names)"
    return error("no field \(SafetensorsError.printable(name))\(others)")
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
