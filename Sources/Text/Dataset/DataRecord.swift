import Recipe

/// One record of a data file.
public struct DataRecord: Sendable, Equatable {
  public enum Body: Sendable, Equatable {
    /// Texts as they are: what is between them stands in them.
    case promptCompletion(prompt: String, completion: String)
    /// At least one turn is the assistant's.
    case conversation([ChatMessage])
  }

  /// The line from 1 (JSONL, CSV) or the item of the list from 1 (JSON).
  public let place: Int
  public let body: Body
  /// In the order in which `<image>` or a content part stands for them.
  public let pictures: [ImageSource]
  /// What the record says that it is about, where a person named the field for it.
  public let group: String?

  public init(place: Int, body: Body, pictures: [ImageSource] = [], group: String? = nil) {
    self.place = place
    self.body = body
    self.pictures = pictures
    self.group = group
  }
}

extension DataForm {
  /// What a file of this form has, as the user reads it.
  var words: String {
    switch self {
    case .promptCompletion: "prompt/completion"
    case .messages: "messages"
    case .alpaca: "Alpaca"
    case .shareGPT: "ShareGPT"
    }
  }

  /// A field holds the turns of a conversation.
  var hasTurns: Bool { self == .messages || self == .shareGPT }

  var unit: String {
    switch self {
    case .promptCompletion, .alpaca: "example"
    case .messages, .shareGPT: "conversation"
    }
  }
}

/// What one record asks and answers, and which of its fields say so.
struct RecordBody {
  let fields: RecordFields
  let form: DataForm
  /// The fields of what is asked and what is answered.
  let names: (prompt: String, completion: String)
  /// A person named these fields, so what stands beside them is left aside.
  let areNamed: Bool
  /// The fields that were read.
  private(set) var used: Set<String> = []
  /// Whether numbers or truth values were taken as text.
  private(set) var hasNumbers = false
  /// Members of turns that no template sees.
  private(set) var unusedInTurns: [String] = []
  private(set) var systemField: String?
  private(set) var historyField: String?
  /// Whether a prompt or a completion is a list of turns.
  private(set) var sidesHaveTurns = false

  /// In any case; sheets have them with spaces, programs in one word.
  private static let systemNames = [
    "system", "system_prompt", "system_message", "system prompt", "system message", "system-prompt", "system-message",
    "systemprompt", "systemmessage", "sys_prompt", "system_instruction", "system_instructions",
  ]
  /// What a person prefers to another answer, or not.
  private static let preferences: Set<String> = [
    "chosen", "rejected", "preferred_output", "non_preferred_output", "chosen_response",
    "rejected_response",
    "rejected_messages", "rejected_output", "rejected_answer", "accepted",
  ]

  init(
    fields: RecordFields, form: DataForm, names: (prompt: String, completion: String),
    areNamed: Bool
  ) {
    self.fields = fields
    self.form = form
    self.names = names
    self.areNamed = areNamed
  }

  /// - Throws: `DataError` with the record's place.
  mutating func read() throws -> DataRecord.Body {
    used = form.hasTurns ? [turnsField] : [names.prompt, names.completion]
    try ToolFields.check(fields.object, "", except: used, fields)
    if let kwargs = fields.spelled("chat_template_kwargs") {
      throw fields.error(
        "field \(kwargs) is not read, and the template would write the conversation in another way; remove the field, "
          + "or write what it sets into the template")
    }
    switch form {
    case .promptCompletion:
      if !areNamed { try Self.refusePreferences(fields) }
      return try pair(asked: try side(names.prompt, isAsked: true))
    case .alpaca:
      if !areNamed { try Self.refusePreferences(fields) }
      var asked = try side(names.prompt, isAsked: true)
      used.insert("input")
      if case .content(let instruction) = asked, fields.object.value("input") != nil {
        asked = .content(instruction.above(try taken(try fields.content("input"))))
      } else if case .turns = asked, let input = fields.spelled("input") {
        throw fields.error("field \(input) beside a list of turns is not read; write it as a turn")
      }
      return .conversation(try turns(asked: asked))
    case .messages, .shareGPT:
      var turns = Turns(
        fields: fields, name: turnsField, roleName: form == .shareGPT ? "from" : "role")
      let isPreferred = fields.spelled("rejected") != nil
      let messages: [ChatMessage]
      do { messages = try turns.conversation() } catch {
        // A question alone is what preference data has.
        if isPreferred { try Self.refusePreferences(fields) }
        throw error
      }
      take(turns)
      if messages.last?.isAssistant == false, isPreferred { try Self.refusePreferences(fields) }
      try Self.refuseLiking(fields)
      return .conversation(try withSystem(messages))
    }
  }

  private var turnsField: String {
    form == .messages ? "messages" : fields.has("conversations") ? "conversations" : "conversation"
  }

  // MARK: Sides

  /// What is asked or what is answered: a text, parts, or turns as TRL's conversational form has them.
  private enum Side {
    case content(RecordContent)
    case turns([ChatMessage])
  }

  private mutating func side(_ name: String, isAsked: Bool) throws -> Side {
    guard let list = try fields.value(name)?.array, list.first?.object.map(Self.isTurn) ?? false
    else {
      return .content(try taken(try fields.content(name)))
    }
    var turns = Turns(fields: fields, name: name)
    let messages = isAsked ? try turns.asked() : try turns.conversation()
    take(turns)
    sidesHaveTurns = true
    return .turns(messages)
  }

  private static func isTurn(_ object: JSONObject) -> Bool {
    object["role"] != nil || object["from"] != nil
  }

  private mutating func taken(_ content: RecordContent) throws -> RecordContent {
    hasNumbers = hasNumbers || content.hasNumbers
    return content
  }

  private mutating func take(_ turns: Turns) {
    hasNumbers = hasNumbers || turns.hasNumbers
    unusedInTurns += turns.unused.sorted().map { "\(turns.name)[].\($0)" }
  }

  /// Texts stay texts; anything more is a conversation.
  private mutating func pair(asked: Side) throws -> DataRecord.Body {
    let turns = try self.turns(asked: asked)
    if turns.count == 2, systemField == nil, historyField == nil, !sidesHaveTurns,
      case .content(let question) = asked,
      let prompt = question.text, turns[1].isLearned,
      let completion = turns[1].fields["content"]?.string
    {
      return .promptCompletion(prompt: prompt, completion: completion)
    }
    return .conversation(turns)
  }

  private mutating func turns(asked: Side) throws -> [ChatMessage] {
    var messages = try history()
    let answered = try side(names.completion, isAsked: false)
    switch asked {
    case .content(let content):
      if content.isLearned == true {
        throw fields.error(
          "field \(names.prompt) is marked as learned, but what is asked carries no loss; remove the mark"
        )
      }
      // An empty list of turns asks nothing; an empty text is a question.
      if !content.pieces.isEmpty || !sidesHaveTurns { messages.append(content.turn("user")) }
    case .turns(let turns): messages += turns
    }
    switch answered {
    case .content(let content):
      messages.append(content.turn("assistant", carriesLoss: content.isLearned ?? true))
    case .turns(let turns): messages += turns
    }
    return try withSystem(messages)
  }

  // MARK: Beside

  /// Pairs of question and answer before the question, as LLaMA-Factory's `history` has them; the answers are learned there and here.
  private mutating func history() throws -> [ChatMessage] {
    guard let name = fields.spelled("history"), !used.contains(name),
      let value = fields.object.value(name),
      !EmptyValue.holds(value)
    else { return [] }
    let pairs = (value.array ?? (try? fields.list(name)))?.map { $0.array ?? [] }
    guard let pairs, pairs.allSatisfy({ $0.count == 2 && $0.allSatisfy { $0.string != nil } })
    else {
      if areNamed { return [] }
      throw fields.error(
        "field \(name) is not a list of pairs of question and answer; write such conversations as messages"
      )
    }
    used.insert(name)
    historyField = name
    return pairs.flatMap { pair in
      [
        ChatMessage(role: "user", content: pair[0].string ?? ""),
        ChatMessage(role: "assistant", content: pair[1].string ?? ""),
      ]
    }
  }

  /// The turns with the system text that stands in a field of its own before them.
  private mutating func withSystem(_ messages: [ChatMessage]) throws -> [ChatMessage] {
    guard let name = Self.systemNames.lazy.compactMap(fields.spelled).first, !used.contains(name)
    else {
      return messages
    }
    let text = try fields.content(name)
    guard text.text != nil else {
      throw fields.error("field \(name) has a picture; only what is asked may have one")
    }
    used.insert(name)
    if let first = messages.first, first.role == "system" || first.role == "developer" {
      if first.content == text.text { return messages }
      throw fields.error("field \(name) and the system turn say different things; keep one of them")
    }
    if text.isEmpty { return messages }
    systemField = name
    return [text.turn("system")] + messages
  }

  // MARK: Preferences

  /// - Throws: `DataError` for a record that says which of two answers is preferred, or whether one is liked.
  static func refusePreferences(_ fields: RecordFields) throws {
    let found = fields.object.members.filter {
      preferences.contains($0.key.lowercased()) && !RecordFields.isBare($0.value)
    }
    if !found.isEmpty {
      let shown = found.map { OneLine.name($0.key) }.joined(separator: " and ")
      throw fields.error(
        "has \(shown), which is preference data (DPO), and answers are learned here, not preferred; \(way(fields))"
      )
    }
    try refuseLiking(fields)
  }

  private static func refuseLiking(_ fields: RecordFields) throws {
    for name in ["label", "kto_tag"] {
      guard let key = fields.spelled(name), fields.object[key]?.bool != nil else { continue }
      throw fields.error(
        "has \(key) with true or false, which is preference data (KTO), and every answer would be learned, those that are "
          + "not liked too; keep the records with true, and remove the field")
    }
  }

  /// What would train the chosen answers alone.
  private static func way(_ fields: RecordFields) -> String {
    func isTurns(_ value: JSONValue?) -> Bool { value?.array?.first?.object.map(isTurn) ?? false }
    if let prompt = fields.spelled("prompt"), let chosen = fields.spelled("chosen"),
      isTurns(fields.object[prompt]) == isTurns(fields.object[chosen])
    {
      return "--prompt-field \(prompt) --completion-field \(chosen) trains the chosen ones alone"
    }
    return "write the better answers as messages, or as prompt and completion"
  }
}
