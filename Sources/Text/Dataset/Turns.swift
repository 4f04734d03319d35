import Recipe

/// The turns of a conversation as a field of a record has them: objects with role and content, or with from and value.
struct Turns {
  let fields: RecordFields
  let name: String
  /// How an error calls what says who speaks, where nothing does.
  let roleName: String
  /// Whether numbers or truth values were taken as text.
  private(set) var hasNumbers = false
  /// Members of turns with from and value that no template sees.
  private(set) var unused: Set<String> = []

  /// Of turns with from and value, what a template sees besides.
  private static let kept: Set<String> = ["tool_calls", "reasoning_content", "thinking", "reasoning"]

  init(fields: RecordFields, name: String, roleName: String = "role") {
    self.fields = fields
    self.name = name
    self.roleName = roleName
  }

  /// - Throws: `DataError` with the turn; also for turns without any of the assistant's.
  mutating func conversation() throws -> [ChatMessage] {
    let messages = try turns(of: fields.list(name), isAsked: false)
    guard messages.contains(where: \.isAssistant) else {
      throw fields.error("\(name) has no turn of the assistant, so there is nothing to learn; remove the record")
    }
    return messages
  }

  /// Turns that an answer follows: those of the assistant's among them are not learned.
  mutating func asked() throws -> [ChatMessage] { try turns(of: fields.list(name), isAsked: true) }

  private mutating func turns(of list: [JSONValue], isAsked: Bool) throws -> [ChatMessage] {
    var messages: [ChatMessage] = []
    messages.reserveCapacity(list.count)
    for (index, value) in list.enumerated() {
      guard let turn = value.object else { throw error(index, "is \(value.kind), not an object") }
      messages.append(try message(turn, index, isAsked: isAsked))
    }
    return messages
  }

  private mutating func message(_ turn: JSONObject, _ index: Int, isAsked: Bool) throws -> ChatMessage {
    // A turn has role and content; from and value may stand for either.
    let hasFrom = turn["role"]?.string == nil && turn["from"] != nil
    let roleKey = hasFrom ? "from" : "role"
    guard let named = turn[roleKey]?.string, !named.isEmpty else {
      throw error(index, "has no \(hasFrom ? "from" : roleName), which must be a string")
    }
    if SpeakerRole.isCall(named) {
      throw error(
        index,
        "is from \(OneLine.name(named)), and calls of tools are not read so; write the conversation as "
          + "messages whose assistant turns have tool_calls, or give the call to gpt as text")
    }
    guard let role = SpeakerRole.named(named) else {
      throw error(
        index, "is from \(OneLine.name(named)), who is not known; there are \(SpeakerRole.names)")
    }
    let place = "\(name): turn \(index + 1)"
    try ToolFields.check(turn, place, fields)
    let calls = try ToolFields.calls(turn["tool_calls"], place, fields)
    let keys = hasFrom ? ["value", "content"] : ["content", "value"]
    let contentKey = keys.first { turn[$0] != nil } ?? keys[0]
    let content = try self.content(turn, contentKey, index, hasCalls: calls != nil)
    let mark = try LossMark.read(turn, place, fields)
    let isLearned = mark ?? content?.isLearned
    if let mark, let parts = content?.isLearned, mark != parts {
      throw error(index, "and its parts contradict each other in whether they are learned; keep one of the marks")
    }
    if isLearned == true, isAsked || role != "assistant" {
      throw error(
        index,
        "is marked as learned, but \(role == "assistant" ? "what is asked" : "a turn of \(role)'s") carries no loss; "
          + "remove the mark or give 0")
    }
    let carriesLoss = role != "assistant" || (isLearned ?? !isAsked)
    if !hasFrom, contentKey == "content", turn.members.count == 2, role == named, turn["content"]?.string != nil {
      return ChatMessage(fields: turn, carriesLoss: carriesLoss)
    }
    return ChatMessage(
      fields: JSONObject(
        members(
          turn, role: (roleKey, role), content: (contentKey, content?.value ?? .null), calls: calls, hasFrom: hasFrom)),
      carriesLoss: carriesLoss)
  }

  /// nil where a turn has calls of tools and nothing besides.
  private mutating func content(
    _ turn: JSONObject, _ key: String, _ index: Int, hasCalls: Bool
  ) throws -> RecordContent? {
    let value = turn[key]
    if hasCalls, value.map(\.isNull) ?? true { return nil }
    guard let value else { throw error(index, "has no \(key)") }
    guard !value.isNull else { throw error(index, "has \(key) that is null, not a string") }
    let content = try RecordContent(turn, key, "\(name): turn \(index + 1)", " has \(key) that", fields: fields)
    hasNumbers = hasNumbers || content.hasNumbers
    return content
  }

  /// What a template sees: the turn's own members in their order, without marks and without those that say nothing.
  private mutating func members(
    _ turn: JSONObject, role: (key: String, name: String), content: (key: String, value: JSONValue), calls: JSONValue?,
    hasFrom: Bool
  ) -> [JSONObject.Member] {
    var members: [JSONObject.Member] = []
    var hasContent = false
    for member in turn.members {
      switch member.key {
      case role.key: members.append(.init(key: "role", value: .string(role.name)))
      case content.key:
        members.append(.init(key: "content", value: content.value))
        hasContent = true
      case "tool_calls":
        if let calls { members.append(.init(key: "tool_calls", value: calls)) }
      default:
        if member.value.isNull || LossMark.isMark(member.key) || ToolFields.names.contains(member.key.lowercased()) {
          continue
        }
        if !hasFrom || Self.kept.contains(member.key) {
          members.append(member)
        } else if !EmptyValue.holds(member.value) {
          unused.insert(member.key)
        }
      }
    }
    // As transformers wants it: content is always there.
    return hasContent ? members : members + [.init(key: "content", value: content.value)]
  }

  private func error(_ index: Int, _ reason: String) -> DataError {
    fields.error("\(name): turn \(index + 1) \(reason)")
  }
}
