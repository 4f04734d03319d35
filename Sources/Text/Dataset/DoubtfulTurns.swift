/// What a turn may say otherwise than it means: names that stand twice, lists that were made text, and calls of tools whose arguments hold
/// null.
enum DoubtfulTurns {
  /// The first name that stands twice in an object, or in one within it; nil where none does. Python takes the last of them without a
  /// word, so that a turn could be another speaker's.
  static func repeatedName(in object: JSONObject) -> String? {
    var seen: [String] = []
    for member in object.members {
      if seen.contains(where: { JSONObject.isSame($0, member.key) }) { return member.key }
      seen.append(member.key)
    }
    return object.members.lazy.compactMap { repeatedName(in: $0.value) }.first
  }

  private static func repeatedName(in value: JSONValue) -> String? {
    switch value {
    case .object(let object): repeatedName(in: object)
    case .array(let values): values.lazy.compactMap { repeatedName(in: $0) }.first
    default: nil
    }
  }

  /// Whether a text is a list of content parts, as JSON or as Python prints it: a table that holds texts alone makes such of parts.
  static func isPartList(_ text: String) -> Bool {
    let bytes = text.utf8.drop(while: DataRows.isSpace)
    guard bytes.first == UInt8(ascii: "[") else { return false }
    let rest = bytes.dropFirst().drop(while: DataRows.isSpace)
    guard rest.first == UInt8(ascii: "{") else { return false }
    if rest.starts(with: "{'type':".utf8) || rest.starts(with: "{'text':".utf8) { return true }
    guard let parts = (try? JSONParser.parse(Array(text.utf8)))?.array else { return false }
    return parts.allSatisfy { $0.object?["type"]?.string != nil && $0.object?["text"]?.string != nil }
  }

  /// Whether a call of the turn has null in its arguments: a table whose rows share one layout has it for all that a call does not give.
  static func hasNullArgument(_ message: ChatMessage) -> Bool {
    (message.fields.value("tool_calls")?.array ?? []).contains { call in
      let function = call.object?.value("function")?.object ?? call.object
      return holdsNull(function?.value("arguments") ?? .string(""))
    }
  }

  private static func holdsNull(_ value: JSONValue) -> Bool {
    switch value {
    case .null: true
    case .array(let values): values.contains(where: holdsNull)
    case .object(let object): object.members.contains { holdsNull($0.value) }
    default: false
    }
  }
}
