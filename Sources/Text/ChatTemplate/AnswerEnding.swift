/// What a template writes behind an answer at the end of a conversation, whatever the answer says.
struct AnswerEnding: Sendable {
  let bytes: [UInt8]
  /// How many of them end the answer. The others are what a template writes after the last turn besides: white space,
  /// an end-of-text token, or the next header whether asked for or not.
  let own: Int
}

extension ChatTemplate {
  /// Found by trying an answer that can be told from all else; nil for a template that takes no such conversation or
  /// writes no such answer.
  ///
  /// - Throws: `ChatTemplateError` for a template that costs too much even for that.
  func probedEnding() throws -> AnswerEnding? {
    let content = Self.mark(0)
    let question = ChatMessage(role: "user", content: "6")
    let answer = ChatMessage(role: "assistant", content: content)
    for turns in [[question], [ChatMessage(role: "system", content: "6"), question]] {
      guard let text = try affordable(turns + [answer]) else { continue }
      let bytes = Array(text.utf8)
      guard let place = ByteSearch.last(Array(content.utf8), in: bytes) else { return nil }
      let turn = bytes[place...]
      let prompt = (try? prompt(turns[...])) ?? ""
      let own = spoken(turn, content: content, prompt: Array(prompt.utf8)) - content.utf8.count
      let tail = Array(turn.dropFirst(content.utf8.count))
      let more = try affordable(turns + [answer, question, ChatMessage(role: "assistant", content: "6")])
      let everywhere = endOfEveryTurn(tail, written: more.map { Array($0.utf8) } ?? [], content: content)
      return AnswerEnding(bytes: tail, own: max(0, own, everywhere))
    }
    return nil
  }

  /// How much of what follows the last answer goes up to an end-of-text token that follows an earlier answer just so; 0
  /// where there is none.
  private func endOfEveryTurn(_ tail: [UInt8], written: [UInt8], content: String) -> Int {
    let endOfText = variables["eos_token"].map { Array($0.utf8) } ?? []
    guard !endOfText.isEmpty, let last = ByteSearch.last(endOfText, in: tail),
      let place = ByteSearch.first(Array(content.utf8), in: written, from: 0)
    else { return 0 }
    let end = last + endOfText.count
    return written[(place + content.utf8.count)...].starts(with: tail[..<end]) ? end : 0
  }

  static func ends(_ bytes: some BidirectionalCollection<UInt8>, with suffix: [UInt8]) -> Bool {
    bytes.suffix(suffix.count).elementsEqual(suffix)
  }

  /// How many bytes of a turn are the content and its end-of-turn token: not the white space after that token, nor what
  /// a template puts after the last turn besides.
  ///
  /// A template may trim the content, take thoughts out of it, or write calls instead, so that what was tried decides;
  /// what the content is only counts for a turn that ends otherwise.
  func spoken(_ turn: ArraySlice<UInt8>, content: String, prompt: [UInt8]) -> Int {
    if let ending, Self.ends(turn, with: ending.bytes) { return turn.count - (ending.bytes.count - ending.own) }
    let content = Self.spaceless(Array(content.utf8))
    func isEndOfContent(_ bytes: [UInt8]) -> Bool { content.isEmpty ? bytes.isEmpty : Self.ends(bytes, with: content) }
    let whole = Array(turn)
    var text = Self.trimmed(whole)
    // Where nothing but white space follows the content, that white space is what ends the turn.
    if isEndOfContent(text) { return whole.count }
    let endOfText = variables["eos_token"].map { Array($0.utf8) } ?? []
    if let end = Self.endBeforeHeader(text, endOfText: endOfText, prompt: Self.trimmed(prompt)) { return end }
    let appended = Self.trimmed(trailer)
    if !appended.isEmpty, appended != endOfText, Self.ends(text, with: appended) {
      let rest = whole.prefix(text.count - appended.count)
      text = Self.trimmed(rest)
      if isEndOfContent(text) { return rest.count }
    }
    if !endOfText.isEmpty, Self.ends(text, with: endOfText) {
      let rest = Self.trimmed(text.dropLast(endOfText.count))
      let isBesides = ending.map { $0.comesBefore(endOfText, in: rest) } ?? !isEndOfContent(rest)
      if isBesides { return rest.count }
    }
    return text.count
  }

  /// Where an end-of-text token ends a turn after which the template writes the next header, with which the prompt ends
  /// as well; nil where there is none.
  private static func endBeforeHeader(_ turn: [UInt8], endOfText: [UInt8], prompt: [UInt8]) -> Int? {
    guard !endOfText.isEmpty, turn.count > endOfText.count else { return nil }
    for start in (0..<turn.count - endOfText.count).reversed()
    where turn[start] == endOfText[0] && turn[start...].starts(with: endOfText) {
      let end = start + endOfText.count
      let header = Array(turn[end...].drop(while: isSpace))
      return header.isEmpty || !ends(prompt, with: header) ? nil : end
    }
    return nil
  }
}

extension AnswerEnding {
  /// Whether a text ends with the answer's own end, where the template writes an end-of-text token behind that.
  fileprivate func comesBefore(_ endOfText: [UInt8], in text: [UInt8]) -> Bool {
    let own = ChatTemplate.trimmed(bytes.prefix(own))
    return !own.isEmpty && !ChatTemplate.ends(own, with: endOfText) && ChatTemplate.ends(text, with: own)
  }
}
