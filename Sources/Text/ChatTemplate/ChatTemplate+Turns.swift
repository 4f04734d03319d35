/// A template that does not write an answer as the prompt before it begins, or not as it was once the conversation goes on.
struct TurnParting: Error {
  enum What { case turnsBefore, answer }

  let what: What
  /// Of the answer among the messages.
  let place: Int
  let expected: [UInt8]
  let written: [UInt8]
}

extension ChatTemplate {
  package static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

  /// Without white space at the end.
  static func trimmed(_ bytes: some BidirectionalCollection<UInt8>) -> [UInt8] {
    guard let last = bytes.lastIndex(where: { !isSpace($0) }) else { return [] }
    return Array(bytes[...last])
  }

  /// What the assistant says in its turn at a place, with its end-of-turn token, and whether it does so without the thought that a
  /// prompt for it begins.
  ///
  /// - Throws: `TurnParting`; `ChatTemplateError` for thoughts that are cut out of such an answer.
  func answer(
    at place: Int, of messages: [ChatMessage], in whole: [UInt8]
  ) throws -> (said: Range<Int>, skipsThought: Bool) {
    let (start, before) = try beginning(at: place, of: messages, in: whole)
    let isLast = place == messages.count - 1
    let after = isLast ? whole : Array(try rendering(messages[...place], addGenerationPrompt: false).text.utf8)
    let turn = after.dropFirst(start)
    let end = start + spoken(turn, content: messages[place].content, prompt: before)
    guard whole[start...].starts(with: turn.prefix(end - start)) else {
      throw TurnParting(what: .answer, place: place, expected: after, written: whole)
    }
    return (start..<end, start < before.count)
  }

  /// Where an answer begins, and the prompt that it follows: none where nobody asked before and the template writes no
  /// prompt of that.
  func beginning(
    at place: Int, of messages: [ChatMessage], in whole: [UInt8]
  ) throws -> (start: Int, prompt: [UInt8]) {
    let isAsked = messages[..<place].contains { $0.role == "user" }
    let before: [UInt8]
    do {
      before = Array(try prompt(messages[..<place]).utf8)
    } catch let error as ChatTemplateError {
      guard !isAsked, let start = opening(at: place, of: messages, in: whole)?.start else { throw error }
      return (start, [])
    }
    if whole.starts(with: before) {
      // Of no turns, a template may write no header that other prompts end with.
      let isBare =
        !isAsked
        && (try? rendering(messages[..<place], addGenerationPrompt: false).text.utf8.elementsEqual(before)) == true
      if isBare, let opening = opening(at: place, of: messages, in: whole), opening.hasHeader {
        return (opening.start, [])
      }
      return (before.count, before)
    }
    if let header = try headerEnd(before: place, of: messages, prompt: before), whole.starts(with: before[..<header]) {
      guard writesThoughts(at: place, of: messages, in: whole) else { throw cutThought(place) }
      return (header, before)
    }
    if !isAsked, let start = opening(at: place, of: messages, in: whole)?.start { return (start, []) }
    throw TurnParting(what: .turnsBefore, place: place, expected: before, written: whole)
  }

  /// Where an answer begins that no prompt comes before: behind the header with which other prompts end, or where its
  /// content does; nil where the template does not write the content.
  private func opening(
    at place: Int, of messages: [ChatMessage], in whole: [UInt8]
  ) -> (start: Int, hasHeader: Bool)? {
    func text(_ content: String) -> [UInt8]? {
      var turns = messages
      turns[place] = turns[place].with(content: .string(content))
      return (try? rendering(turns, addGenerationPrompt: false).text).map { Array($0.utf8) }
    }
    guard let one = text(Self.mark(0)), let other = text(Self.mark(0, call: 0)), one != other else { return nil }
    let content = min(TextParting.common(one, other), TextParting.common(one, whole))
    let question = [ChatMessage(role: "user", content: "6")]
    guard let prompt = try? prompt(question[...]), let asked = try? rendering(question, addGenerationPrompt: false).text
    else { return (content, false) }
    let bytes = Array(prompt.utf8)
    let header = Array(bytes[TextParting.common(bytes, Array(asked.utf8))...])
    guard !header.isEmpty, let start = ByteSearch.last(header, in: Array(whole[..<content])) else {
      return (content, false)
    }
    return (start + header.count, true)
  }

  /// Where the header of an answer ends in a generation prompt that begins a thought besides, which a written answer does not have; nil
  /// where it is something else that differs.
  private func headerEnd(before place: Int, of messages: [ChatMessage], prompt: [UInt8]) throws -> Int? {
    let conversation = messages[..<place]
    let probe = ChatMessage(role: "assistant", content: "zq")
    guard let said = try? rendering(conversation + [probe], addGenerationPrompt: false).text,
      let asked = try? rendering(conversation, addGenerationPrompt: false).text
    else { return nil }
    let end = TextParting.common(prompt, Array(said.utf8))
    let begin = TextParting.common(prompt, Array(asked.utf8))
    guard end >= begin else { return nil }
    if Self.isThought(String(decoding: prompt[end...], as: UTF8.self)) { return end }
    // Both may have the marker and go on differently: `<think>` with a line feed, `<think></think>` at once.
    guard prompt[end...].allSatisfy(Self.isSpace) else { return nil }
    let marks = Array(prompt[begin..<end])
    return marks.indices.reversed().first { Self.isThought(String(decoding: marks[$0...], as: UTF8.self)) }.map {
      begin + $0
    }
  }

  /// Whether a text opens a thought, or is an empty one: markers that are called so, with white space around them.
  static func isThought(_ text: String) -> Bool {
    let marks = text.split(whereSeparator: \.isWhitespace).joined()
    let name = marks.lowercased()
    guard ["think", "thought", "reason"].contains(where: name.contains) else { return false }
    // `<think>`, `[THINK]`, `◁think▷`, `<|START_THINKING|>`; `</think>` may follow.
    guard let first = marks.first, let last = marks.last else { return false }
    return !first.isLetter && !last.isLetter && marks.count <= 64 && !text.drop(while: \.isWhitespace).isEmpty
  }

  private func cutThought(_ place: Int) -> ChatTemplateError {
    ChatTemplateError.data(
      name,
      "cuts the thoughts out of message \(place + 1), the assistant's, though a prompt for an answer begins a thought; "
        + "take the thoughts out of the data, or train them with --chat-template \(BuiltinChatTemplate.deepseek.rawValue), "
        + "which keeps them, or \(ChatTemplateError.advice)")
  }
}
