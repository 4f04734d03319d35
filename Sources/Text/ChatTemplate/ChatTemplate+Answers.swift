/// What an answer is asked for with, and where one would stand.
extension ChatTemplate {
  /// The text that the last of the messages, the assistant's, is generated from: a prompt of those before it, of which none may be left
  /// out. Where nobody asks before it, what stands before it once it is written: a template may take no prompt of such turns, or write
  /// another one.
  ///
  /// - Throws: `ChatTemplateError`.
  public func asked(_ messages: [ChatMessage]) throws -> String {
    let before = messages.dropLast()
    guard messages.last?.isAssistant == true, !before.contains(where: { $0.role == "user" }) else {
      return try wholePrompt(before)
    }
    let turns = before + [ChatMessage(role: "assistant", content: Self.mark(before.count))]
    guard let written = try? rendering(turns, addGenerationPrompt: false).text,
      let found = try? beginning(at: before.count, of: Array(turns), in: Array(written.utf8))
    else { return try wholePrompt(before) }
    let text =
      found.prompt.isEmpty
      ? String(decoding: Array(written.utf8)[..<found.start], as: UTF8.self)
      : String(decoding: found.prompt, as: UTF8.self)
    try checkContents(before, in: text, asksForMore: true)
    return text
  }

  /// Several answers that may follow the messages, each as it is written where it is learned, without what ends it; and what stands
  /// before each: the header, and what the template puts between header and answer, such as an empty thought.
  ///
  /// - Returns: nil where the template writes nothing of an answer, or not in the one place in which it writes others.
  package func answers(_ texts: [String], after messages: some Sequence<ChatMessage>) -> (
    before: String, answers: [String]
  )? {
    func whole(_ content: String) -> [UInt8]? {
      let turns = messages + [ChatMessage(role: "assistant", content: content)]
      return (try? rendering(turns, addGenerationPrompt: false).text).map { Array($0.utf8) }
    }
    let mark = Self.mark(0)
    guard let one = whole(mark), let other = whole(Self.mark(0, call: 0)), one != other else { return nil }
    let before = one[..<TextParting.common(one, other)]
    let rest = one[before.count...]
    guard rest.starts(with: mark.utf8) else { return nil }
    let after = Array(rest.dropFirst(mark.utf8.count))
    var answers: [String] = []
    for text in texts {
      guard let bytes = whole(text), bytes.count > before.count + after.count, bytes.starts(with: before),
        Self.ends(bytes, with: after)
      else { return nil }
      answers.append(String(decoding: bytes[before.count..<bytes.count - after.count], as: UTF8.self))
    }
    return (String(decoding: before, as: UTF8.self), answers)
  }
}
