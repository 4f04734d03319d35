/// Thoughts of an answer, in a field of its own or in its content, and whether a template writes them.
extension ChatTemplate {
  /// Whether the thoughts of the answer at a place stand in the text.
  ///
  /// Where one is short enough to be another text's, or another turn says the same, the conversation is written once more with a
  /// mark in it.
  func writesThoughts(at place: Int, of messages: [ChatMessage], in text: [UInt8]) -> Bool {
    let message = messages[place]
    // The first line: white space between lines may be the template's.
    let lines = [message.reasoning, Self.thought(in: message.content)].compactMap { $0 }.compactMap { thought in
      thought.split(whereSeparator: \.isNewline).first { !$0.allSatisfy(\.isWhitespace) }
    }.map { Self.trimmed($0.utf8.drop(while: Self.isSpace)) }
    guard lines.allSatisfy({ ByteSearch.first($0, in: text, from: 0) != nil }) else { return false }
    let isDoubtful = lines.contains { line in
      line.count < Self.shortContent
        || messages.indices.contains {
          $0 != place && ByteSearch.first(line, in: Array(messages[$0].content.utf8), from: 0) != nil
        }
    }
    guard isDoubtful else { return true }
    var turns = messages
    turns[place] = Self.withMarkedThoughts(message, place)
    guard let marked = try? rendering(turns, addGenerationPrompt: false) else { return true }
    let written = Array(marked.text.utf8)
    let marks = turns[place].fields.members.compactMap(\.value.string).joined(separator: "\n").utf8
    return [Self.mark(place), Self.mark(place, call: 0)].map { Array($0.utf8) }.allSatisfy {
      ByteSearch.first($0, in: Array(marks), from: 0) == nil || ByteSearch.first($0, in: written, from: 0) != nil
    }
  }

  /// A turn with a mark at the end of the thought in each field for it, and another at the end of the one in its content.
  private static func withMarkedThoughts(_ message: ChatMessage, _ place: Int) -> ChatMessage {
    var message = message
    for name in ChatMessage.reasoningFields {
      guard let thought = message.fields.value(name)?.string, !thought.allSatisfy(\.isWhitespace) else { continue }
      message = message.with(name, .string(thought + mark(place)))
    }
    guard let bytes = (message.fields["content"]?.string).map({ Array($0.utf8) }),
      let thought = thoughtRange(in: bytes),
      !bytes[thought].allSatisfy(isSpace)
    else { return message }
    let end = thought.upperBound
    let text = String(decoding: bytes[..<end] + Array(mark(place, call: 0).utf8) + bytes[end...], as: UTF8.self)
    return message.with(content: .string(text))
  }

  /// What stands before `</think>` or its kin.
  static func thought(in content: String) -> String? {
    let bytes = Array(content.utf8)
    return thoughtRange(in: bytes).map { String(decoding: bytes[$0], as: UTF8.self) }
  }

  private static func thoughtRange(in bytes: [UInt8]) -> Range<Int>? {
    for (open, close) in thoughtMarks {
      guard let end = ByteSearch.first(close, in: bytes, from: 0) else { continue }
      let start = ByteSearch.first(open, in: Array(bytes[..<end]), from: 0).map { $0 + open.count } ?? 0
      return start..<end
    }
    return nil
  }

  private static let thoughtMarks = ["think", "thinking", "thought", "reasoning"].map {
    (open: Array("<\($0)>".utf8), close: Array("</\($0)>".utf8))
  }
}
