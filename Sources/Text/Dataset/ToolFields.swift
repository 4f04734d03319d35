/// Tools that an answer may call. A prompt without them would be another one, and each model's template writes them in its own way.
enum ToolFields {
  static let names: Set<String> = [
    "tools", "functions", "available_tools", "available_functions", "tool_definitions", "tool_schemas",
  ]
  private static let calls: Set<String> = ["function_call", "function_calls"]

  /// - Parameters:
  ///   - place: as `LossMark.read`.
  ///   - used: fields that a person named for something else.
  /// - Throws: `DataError` for any of them that is not empty, whether it is a list or a list written as text.
  static func check(_ object: JSONObject, _ place: String, except used: Set<String> = [], _ fields: RecordFields) throws
  {
    for member in object.members where !used.contains(member.key) {
      let name = member.key.lowercased()
      if names.contains(name), !EmptyValue.holds(member.value) {
        throw fields.error(
          "\(place.isEmpty ? "" : "\(place): ")field \(member.key) is not read, and the prompt would lack what can be "
            + "called; put the tools into the system message, as the model's template would write them, and remove the "
            + "field")
      }
      if !place.isEmpty, calls.contains(name), !EmptyValue.holds(member.value) {
        throw fields.error(
          "\(place): field \(member.key) is not read, and the turn would lack the call; write it as tool_calls, if the "
            + "model's template knows them, or as the turn's content")
      }
    }
  }

  /// `tool_calls` as a list; nil where there are none.
  ///
  /// - Throws: `DataError` for what is neither a list nor a list written as text.
  static func calls(_ value: JSONValue?, _ place: String, _ fields: RecordFields) throws -> JSONValue? {
    guard let value, !EmptyValue.holds(value) else { return nil }
    var list = value
    if let text = value.string, let parsed = try? JSONParser.parse(Array(text.utf8)) { list = parsed }
    guard list.array != nil else {
      throw fields.error("\(place) has tool_calls that are \(value.kind), not a list")
    }
    return list
  }
}
