import Recipe

extension ChatTemplate {
  /// The examples that a conversation makes: as a rule one, with all answers that are learned.
  ///
  /// Where the template marks with `{% generation %}` what the assistant says, that counts, as in transformers' assistant mask. Otherwise
  /// an answer is what the conversation up to and with it has more than the conversation before it with a generation prompt. A template
  /// that writes an answer otherwise once the conversation goes on (thoughts of the last turn alone) makes one example of each answer:
  /// the conversation up to it, as it was when it was given.
  ///
  /// - Throws: `ChatTemplateError`, also for a template that leaves out what a turn says, or does not begin an answer as it is prompted.
  public func examples(of messages: [ChatMessage], turns: TrainedTurns = .all) throws -> [ChatRendering] {
    let places = Self.learned(messages, turns)
    let renderings: [ChatRendering]
    do {
      do {
        renderings = [try oneText(messages, places, turns)]
      } catch _ as TurnParting where places != [messages.count - 1] {
        renderings = try places.map { try oneText(Array(messages[...$0]), [$0], .last) }
      }
    } catch let parting as TurnParting {
      throw refusal(parting, messages)
    }
    for rendering in renderings { try checkContents(messages.prefix(rendering.turns), in: rendering.text) }
    return renderings
  }

  /// The same as one text.
  ///
  /// - Throws: `ChatTemplateError`, also for a template that writes an earlier turn differently once the conversation goes on.
  public func training(_ messages: [ChatMessage], turns: TrainedTurns = .all) throws -> ChatRendering {
    do {
      return try oneText(messages, Self.learned(messages, turns), turns)
    } catch let parting as TurnParting {
      throw refusal(parting, messages)
    }
  }

  /// The prompt of the turns, of which none may be left out.
  ///
  /// - Throws: `ChatTemplateError`.
  public func wholePrompt(_ messages: ArraySlice<ChatMessage>) throws -> String {
    let text = try prompt(messages)
    try checkContents(messages, in: text, asksForMore: true)
    return text
  }

  /// The text that the assistant's next turn follows, as when it is generated.
  public func prompt(_ messages: ArraySlice<ChatMessage>) throws -> String {
    try rendering(messages, addGenerationPrompt: true).text
  }

  /// The places of the answers that are learned.
  private static func learned(_ messages: [ChatMessage], _ turns: TrainedTurns) -> [Int] {
    let answers = messages.indices.filter { messages[$0].isAssistant && messages[$0].carriesLoss }
    return turns == .last ? Array(answers.suffix(1)) : answers
  }

  /// - Parameter places: of the answers that are learned.
  private func oneText(_ messages: [ChatMessage], _ places: [Int], _ turns: TrainedTurns) throws -> ChatRendering {
    let whole = try rendering(messages, addGenerationPrompt: false)
    let bytes = Array(whole.text.utf8)
    let answers = try marksGeneration ? [] : places.map { try answer(at: $0, of: messages, in: bytes) }
    let spans =
      try marksGeneration
      ? marked(whole.spans, messages, places, turns) : answers.map(\.said).filter { !$0.isEmpty }
    return ChatRendering(
      text: whole.text, trained: spans, turns: messages.count,
      withoutThoughts: places.count { !writesThoughts(of: messages[$0], in: bytes) },
      withoutPromptedThought: answers.count(where: \.skipsThought))
  }

  // MARK: Refusals

  private func refusal(_ parting: TurnParting, _ messages: [ChatMessage]) -> any Error {
    // What is told apart least well is often what was left out.
    do {
      try checkContents(messages.prefix(parting.place + 1), in: String(decoding: parting.written, as: UTF8.self))
    } catch { return error }
    let (what, when) =
      switch parting.what {
      case .turnsBefore: ("the turns before message \(parting.place + 1), the assistant's,", "once it has answered")
      case .answer: ("message \(parting.place + 1), the assistant's,", "once the conversation goes on")
      }
    let texts = TextParting(parting.expected, parting.written)
    let names = parting.what == .turnsBefore ? ("the prompt", "the conversation") : ("the answer", "the conversation")
    let advice =
      texts.isWhiteSpaceOnly
      ? "they differ in white space: the template is laid out to be read, so put it in one line without indentation, or "
        + ChatTemplateError.advice
      : ChatTemplateError.advice
    return ChatTemplateError.data(
      name,
      "writes \(what) differently \(when), so what the assistant says cannot be told apart: "
        + "\(texts.words(names.0, names.1)); \(advice)")
  }
}

/// What tells the turns of a written conversation apart, and what of them a template leaves out: each turn's content with a mark of its
/// own at its end, which survives whatever a template does to the text.
extension ChatTemplate {
  /// Digits, which are alike in upper and lower case and in JSON.
  private static func mark(_ place: Int) -> String { "9041750682\(place)2638519473" }

  /// The conversation with a mark at the end of all that says something.
  private static func withMarks(_ messages: some Collection<ChatMessage>) -> [ChatMessage] {
    messages.enumerated().map { place, message in
      guard says(message) else { return message }
      switch message.fields["content"] {
      case .string(let text)?: return message.with(content: .string(text + mark(place)))
      case .array(let parts)?:
        let part = JSONValue.object(JSONObject([("type", .string("text")), ("text", .string(mark(place)))]))
        return message.with(content: .array(parts + [part]))
      default: return message
      }
    }
  }

  /// Whether a turn's content has anything that a text could show.
  private static func says(_ message: ChatMessage) -> Bool { !message.content.allSatisfy(\.isWhitespace) }

  // MARK: Whose block it is

  /// The `{% generation %}` blocks of the answers at some places: all that transformers' mask has, or, of chosen answers, each one's own
  /// blocks. A block without content of its own, such as one for an end token, belongs to the answer before it.
  func marked(
    _ spans: [Range<Int>], _ messages: [ChatMessage], _ places: [Int], _ turns: TrainedTurns
  ) throws -> [Range<Int>] {
    let answers = messages.indices.filter { messages[$0].isAssistant }
    if places.isEmpty { return [] }
    if places.count == answers.count { return spans }
    let marked = try rendering(Self.withMarks(messages), addGenerationPrompt: false)
    var owners: [Int?]
    if marked.spans.count == spans.count {
      owners = Self.owners(of: marked.spans, in: Array(marked.text.utf8), messages)
    } else if spans.count == answers.count {
      owners = answers
    } else {
      throw ChatTemplateError.data(
        name,
        "has \(spans.count) {% generation %} blocks for \(answers.count) turns of the assistant, and which belong to which cannot be told; "
          + "train all turns with --turns all, or \(ChatTemplateError.advice)")
    }
    return zip(spans, owners).filter { $1.map(places.contains) ?? (turns == .all) }.map(\.0)
  }

  private static func owners(of spans: [Range<Int>], in text: [UInt8], _ messages: [ChatMessage]) -> [Int?] {
    let marks = messages.indices.compactMap { place in
      ByteSearch.first(Array(mark(place).utf8), in: text, from: 0).map { (place: place, offset: $0) }
    }.sorted { $0.offset < $1.offset }
    return spans.map { span in
      if let own = marks.last(where: { span.contains($0.offset) && messages[$0.place].isAssistant }) {
        return own.place
      }
      guard let before = marks.last(where: { $0.offset < span.lowerBound }) else {
        return messages.firstIndex(where: \.isAssistant)
      }
      if messages[before.place].isAssistant { return before.place }
      return messages[before.place...].firstIndex(where: \.isAssistant)
    }
  }

  // MARK: What is left out

  /// Makes sure that what the turns say stands in the text.
  ///
  /// - Parameter asksForMore: whether the text ends with a generation prompt.
  /// - Throws: `ChatTemplateError` that names the first turn whose content or calls the template leaves out.
  func checkContents(
    _ messages: some Collection<ChatMessage>, in text: String, asksForMore: Bool = false
  ) throws {
    let bytes = Array(text.utf8)
    var from = 0
    var missing: [Int] = []
    for (place, message) in messages.enumerated() {
      for call in message.fields["tool_calls"]?.array ?? [] {
        let function = call.object?["function"]?.object ?? call.object
        guard let name = function?["name"]?.string, !name.isEmpty else { continue }
        guard ByteSearch.first(Array(name.utf8), in: bytes, from: 0) != nil else {
          throw leftOut(place, message, "the call of \(OneLine.name(name))", messages)
        }
      }
      guard Self.says(message) else { continue }
      let content = Self.spaceless(Array(message.content.utf8))
      if let found = ByteSearch.first(content, in: bytes, from: from) ?? ByteSearch.first(content, in: bytes, from: 0) {
        from = max(from, found + content.count)
      } else {
        missing.append(place)
      }
    }
    // Only what stands there otherwise than in the data needs a closer look.
    if missing.isEmpty { return }
    guard let marked = try? rendering(Self.withMarks(messages), addGenerationPrompt: asksForMore) else { return }
    let written = Array(marked.text.utf8)
    let list = Array(messages)
    for place in missing where ByteSearch.first(Array(Self.mark(place).utf8), in: written, from: 0) == nil {
      throw leftOut(place, list[place], TextParting.quoted(Array(list[place].content.utf8).prefix(40)), messages)
    }
  }

  private static func spaceless(_ bytes: [UInt8]) -> [UInt8] {
    trimmed(bytes.drop(while: isSpace))
  }

  private func leftOut(
    _ place: Int, _ message: ChatMessage, _ what: String, _ messages: some Collection<ChatMessage>
  ) -> ChatTemplateError {
    let role = OneLine.name(message.role)
    let advice: String
    if message.role == "system" {
      let isThereBefore =
        (try? rendering(Array(messages.prefix { !$0.isAssistant }), addGenerationPrompt: true).text.contains(
          message.content)) ?? false
      advice =
        (isThereBefore ? ": it stands in what is asked and goes away once that is answered" : "")
        + "; put its text before the first question's, or choose a template that keeps it with --chat-template "
        + "\(BuiltinChatTemplate.names)|FILE"
    } else {
      advice = "; take the turn out, or \(ChatTemplateError.advice)"
    }
    return ChatTemplateError.data(
      name, "leaves out what message \(place + 1), the \(role)'s, says, \(what)\(advice)")
  }
}
