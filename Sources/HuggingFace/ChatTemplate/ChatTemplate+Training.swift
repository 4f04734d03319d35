extension ChatTemplate {
  /// A conversation and the assistant's part of it: what it says and its end-of-turn token.
  ///
  /// Where the template marks it with `{% generation %}`, that counts. Otherwise a turn is what the conversation up to and with it
  /// has more than the conversation before it with a generation prompt; this holds only if the one text begins with the other.
  ///
  /// - Throws: `ChatTemplateError`, also for a template that writes an earlier turn differently once the conversation goes on.
  public func training(_ messages: [ChatMessage], turns: TrainedTurns = .all) throws -> ChatRendering {
    let whole = try rendering(messages, addGenerationPrompt: false)
    if marksGeneration {
      let answers = messages.filter(\.isAssistant)
      if answers.contains(where: { !$0.carriesLoss }) {
        guard whole.spans.count == answers.count else {
          throw ChatTemplateError.data(
            name,
            "marks \(whole.spans.count) stretches as learned in \(answers.count) turns of the assistant, so those of turns that are "
              + "not learned cannot be told; \(ChatTemplateError.advice)")
        }
        let learned = zip(whole.spans, answers).filter { $1.carriesLoss }.map(\.0)
        return ChatRendering(text: whole.text, trained: turns == .last ? learned.suffix(1) : learned)
      }
      return ChatRendering(text: whole.text, trained: turns == .last ? whole.spans.suffix(1) : whole.spans)
    }
    let bytes = Array(whole.text.utf8)
    var trained: [Range<Int>] = []
    let places = messages.indices.filter { messages[$0].isLearned }
    for place in turns == .last ? places.suffix(1) : places[...] {
      let before = Array(try prompt(messages[..<place]).utf8)
      guard bytes.starts(with: before) else {
        throw rewrites("the turns before message \(place + 1), the assistant's,", "once it has answered", turns)
      }
      let isLast = place == messages.count - 1
      let after = isLast ? bytes : Array(try rendering(messages[...place], addGenerationPrompt: false).text.utf8)
      let turn = after.dropFirst(before.count)
      let end = before.count + spoken(turn, content: messages[place].content)
      guard bytes[before.count...].starts(with: turn.prefix(end - before.count)) else {
        throw rewrites("message \(place + 1), the assistant's,", "once the conversation goes on", turns)
      }
      if end > before.count { trained.append(before.count..<end) }
    }
    return ChatRendering(text: whole.text, trained: trained)
  }

  /// The text that the assistant's next turn follows, as when it is generated.
  public func prompt(_ messages: ArraySlice<ChatMessage>) throws -> String {
    try rendering(messages, addGenerationPrompt: true).text
  }

  /// How many bytes of a turn are the content and its end-of-turn token: not the white space after that token, nor an
  /// end-of-text token that a template puts after the last turn besides.
  private func spoken(_ turn: ArraySlice<UInt8>, content: String) -> Int {
    func trimmed(_ bytes: [UInt8]) -> [UInt8] {
      Array(bytes.reversed().drop { [0x0A, 0x0D, 0x20, 0x09].contains($0) }.reversed())
    }
    let content = trimmed(Array(content.utf8))
    func ends(_ bytes: [UInt8], with suffix: [UInt8]) -> Bool { bytes.reversed().starts(with: suffix.reversed()) }
    let whole = Array(turn)
    let text = trimmed(whole)
    // Where nothing but white space follows the content, that white space is what ends the turn.
    if content.isEmpty ? text.isEmpty : ends(text, with: content) { return whole.count }
    if let last = variables["eos_token"].map({ Array($0.utf8) }), !last.isEmpty, ends(text, with: last) {
      let rest = trimmed(text.dropLast(last.count))
      let isEndOfTurn = content.isEmpty ? rest.isEmpty : ends(rest, with: content)
      if !isEndOfTurn { return rest.count }
    }
    return text.count
  }

  private func rewrites(_ what: String, _ when: String, _ turns: TrainedTurns) -> ChatTemplateError {
    let other = turns == .last ? "" : "train the last turn alone with --turns last, or "
    return ChatTemplateError.data(
      name,
      "writes \(what) differently \(when), so what the assistant says cannot be told apart; "
        + "\(other)\(ChatTemplateError.advice)")
  }
}
