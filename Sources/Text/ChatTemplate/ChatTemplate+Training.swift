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
      withoutThoughts: places.count { !writesThoughts(at: $0, of: messages, in: bytes) },
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

/// What a template leaves out of a conversation.
extension ChatTemplate {
  /// Bytes of a content that are few enough to stand somewhere else in a text by chance.
  static let shortContent = 24

  /// Makes sure that what the turns say stands in the text.
  ///
  /// What stands there in the order of the turns is taken for theirs. Where something does not, is short enough to be a
  /// header's or another turn's, or is a call, whose name the tools' list may have, the conversation is written once
  /// more with marks.
  ///
  /// - Parameter asksForMore: whether the text ends with a generation prompt.
  /// - Throws: `ChatTemplateError` that names the first turn whose content or calls the template leaves out.
  func checkContents(
    _ messages: some Collection<ChatMessage>, in text: String, asksForMore: Bool = false
  ) throws {
    let bytes = Array(text.utf8)
    var from = 0
    var isDoubtful = false
    for (place, message) in messages.enumerated() {
      for name in (message.fields["tool_calls"]?.array ?? []).compactMap(Self.callName) {
        isDoubtful = true
        guard ByteSearch.first(Array(name.utf8), in: bytes, from: 0) != nil else {
          throw leftOut(place, message, "the call of \(OneLine.name(name))", messages)
        }
      }
      guard Self.says(message) else { continue }
      let content = Self.spaceless(Array(message.content.utf8))
      if content.count < Self.shortContent { isDoubtful = true }
      if let found = ByteSearch.first(content, in: bytes, from: from) {
        from = found + content.count
      } else {
        isDoubtful = true
      }
    }
    guard isDoubtful, let marked = try? rendering(Self.withMarks(messages), addGenerationPrompt: asksForMore) else {
      return
    }
    let written = Array(marked.text.utf8)
    func isWritten(_ mark: String) -> Bool { ByteSearch.first(Array(mark.utf8), in: written, from: 0) != nil }
    for (place, message) in messages.enumerated() {
      for (index, call) in (message.fields["tool_calls"]?.array ?? []).enumerated() {
        guard let name = Self.callName(call), !isWritten(Self.mark(place, call: index)) else { continue }
        throw leftOut(place, message, "the call of \(OneLine.name(name))", messages)
      }
      guard Self.says(message), !isWritten(Self.mark(place)) else { continue }
      throw leftOut(place, message, TextParting.quoted(Array(message.content.utf8).prefix(40)), messages)
    }
  }

  static func spaceless(_ bytes: [UInt8]) -> [UInt8] {
    trimmed(bytes.drop(while: isSpace))
  }

  private func leftOut(
    _ place: Int, _ message: ChatMessage, _ what: String, _ messages: some Collection<ChatMessage>
  ) -> ChatTemplateError {
    let role = OneLine.name(message.role)
    let advice: String
    if message.role == "system" {
      let asked = Self.withMarks(messages.prefix { !$0.isAssistant })
      let isThereBefore =
        (try? rendering(asked, addGenerationPrompt: true).text.contains(Self.mark(place))) ?? false
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
