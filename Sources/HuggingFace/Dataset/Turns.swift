/// The turns of a conversation as a field of a record has them.
struct Turns {
  let fields: RecordFields
  let name: String

  private static let speakers = [
    "human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "chatgpt": "assistant",
    "model": "assistant", "bot": "assistant", "system": "system", "tool": "tool", "observation": "tool",
  ]

  /// Objects with role and content; what else they have is left for the template.
  func messages() throws -> [ChatMessage] {
    try checked(
      try fields.list(name).enumerated().map { index, value in
        let turn = try object(value, index)
        guard turn["role"]?.string?.isEmpty == false else { throw error(index, "has no role, which must be a string") }
        let content = turn["content"]
        let isText = content?.string != nil || content?.array != nil
        guard isText || ((content?.isNull ?? true) && turn.value("tool_calls") != nil) else {
          throw error(index, content.map { "has content that is \($0.kind), not a string" } ?? "has no content")
        }
        // As transformers wants it: content is always there.
        return ChatMessage(
          fields: content == nil ? JSONObject(turn.members + [.init(key: "content", value: .null)]) : turn)
      })
  }

  /// Objects with from and value; role and content are taken too.
  func shareGPT() throws -> [ChatMessage] {
    let list = try fields.list(name)
    if let first = list.first?.object, first["from"] == nil, first["role"] != nil { return try messages() }
    var messages: [ChatMessage] = []
    if let system = try fields.optionalString("system"), !system.isEmpty {
      messages.append(ChatMessage(role: "system", content: system))
    }
    for (index, value) in list.enumerated() {
      let turn = try object(value, index)
      guard let from = turn["from"]?.string else { throw error(index, "has no from, which must be a string") }
      guard let role = Self.speakers[from.lowercased()] else {
        throw error(index, "is from \(SafetensorsError.printable(from)), who is not known; use human, gpt or system")
      }
      guard let text = turn["value"]?.string else { throw error(index, "has no value, which must be a string") }
      messages.append(ChatMessage(role: role, content: text))
    }
    return try checked(messages)
  }

  private func checked(_ messages: [ChatMessage]) throws -> [ChatMessage] {
    guard messages.contains(where: \.isAssistant) else {
      throw fields.error("\(name) has no turn of the assistant, so there is nothing to learn; remove the record")
    }
    return messages
  }

  private func object(_ value: JSONValue, _ index: Int) throws -> JSONObject {
    guard let object = value.object else { throw error(index, "is \(value.kind), not an object") }
    return object
  }

  private func error(_ index: Int, _ reason: String) -> DataError {
    fields.error("\(name): turn \(index + 1) \(reason)")
  }
}
