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
