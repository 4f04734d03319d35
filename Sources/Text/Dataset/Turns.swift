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
    if let name = DoubtfulTurns.repeatedName(in: turn) {
      throw error(
        index, "has \(OneLine.name(name)) twice, and which of them is meant cannot be told; remove one of them")
    }
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

/// Turns as `datasets` stores a Sequence of objects: one object of lists, `{"from": [...], "value": [...]}`.
enum TurnColumns {
  private static let fields = ["messages", "conversations", "conversation"]

  /// The record with such fields as lists of turns.
  static func joined(_ record: JSONObject) -> JSONObject {
    guard record.members.contains(where: { fields.contains($0.key) && $0.value.object != nil }) else { return record }
    return JSONObject(
      record.members.map { member in
        guard fields.contains(member.key), let turns = turns(member.value) else { return member }
        return JSONObject.Member(key: member.key, value: .array(turns))
      })
  }

  /// Whether a value is turns that are stored so.
  static func holds(_ value: JSONValue) -> Bool { turns(value) != nil }

  private static func turns(_ value: JSONValue) -> [JSONValue]? {
    guard let object = value.object, object["role"] != nil || object["from"] != nil else { return nil }
    let columns = object.members.compactMap(\.value.array)
    guard columns.count == object.members.count, let count = columns.first?.count,
      columns.allSatisfy({ $0.count == count })
    else { return nil }
    return (0..<count).map { row in
      .object(JSONObject(zip(object.members, columns).map { JSONObject.Member(key: $0.key, value: $1[row]) }))
    }
  }
}

/// Who speaks, as data sets write it: in any case, by the names that are in use for each.
enum SpeakerRole {
  /// Those that templates know under this very name.
  private static let own = ["user", "assistant", "system", "developer", "tool", "function", "ipython"]
  private static let others: [(role: String, names: [String])] = [
    ("user", ["human", "prompter", "usr"]),
    ("assistant", ["gpt", "chatgpt", "model", "bot", "chatbot", "ai", "llm", "asst", "bard", "bing"]),
    ("system", ["sys"]),
    ("tool", ["observation", "function_response", "tool_response", "tool_result"]),
  ]
  private static let known: [String: String] = {
    var known = Dictionary(uniqueKeysWithValues: own.map { ($0, $0) })
    for (role, names) in others {
      for name in names { known[name] = role }
    }
    return known
  }()
  /// Turns of the assistant's that call a tool, which have no text of their own.
  private static let calls: Set<String> = [
    "function_call", "function-call", "tool_call", "tool_calls", "function_calls",
  ]

  /// The role as templates call it; nil for a name that is not known.
  static func named(_ name: String) -> String? { known[name] ?? known[key(name)] }

  static func isCall(_ name: String) -> Bool { calls.contains(key(name)) }

  /// For messages: every name that is known.
  static var names: String {
    let lists = own.map { role in
      let more = others.first { $0.role == role }?.names ?? []
      return more.isEmpty ? role : "\(role) (\(more.joined(separator: ", ")))"
    }
    return lists.joined(separator: ", ")
  }

  private static func key(_ name: String) -> String { RecordFields.trimmed(name).lowercased() }
}

/// Tools that an answer may call. A prompt without them would be another one, and each model's template writes them in its own way.
enum ToolFields {
  static let names: Set<String> = [
    "tools", "functions", "available_tools", "available_functions", "tool_definitions", "tool_schemas",
    "tool_definition",
    "tool_schema", "tools_schema", "tools_json", "tool_list", "function_definitions", "function_schemas",
    "function_description", "function_descriptions",
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
