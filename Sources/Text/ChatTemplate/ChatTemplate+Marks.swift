import Recipe

/// What tells the turns of a written conversation apart: each turn's content with a mark of its own at its end, and
/// each call's name with one, which survive whatever a template does to the text.
extension ChatTemplate {
  /// Digits, which are alike in upper and lower case and in JSON.
  static func mark(_ place: Int) -> String { "9041750682\(place)2638519473" }

  /// The mark of a turn's call of a tool.
  static func mark(_ place: Int, call: Int) -> String { "7350918264\(place)5082719364\(call)9273645180" }

  /// The conversation with a mark at the end of all that says something.
  static func withMarks(_ messages: some Collection<ChatMessage>) -> [ChatMessage] {
    messages.enumerated().map { place, message in
      let message = withMarkedCalls(message, place)
      guard says(message) else { return message }
      switch message.fields["content"] {
      case .string(let text)?: return message.with(content: .string(text + mark(place)))
      case .array(let parts)?: return message.with(content: .array(withMark(parts, mark(place))))
      default: return message
      }
    }
  }

  /// In the last text, since a template may take no more texts than there are.
  private static func withMark(_ parts: [JSONValue], _ mark: String) -> [JSONValue] {
    var parts = parts
    if let last = parts.indices.last, let part = parts[last].object, let text = part["text"]?.string {
      parts[last] = .object(part.replacing("text", .string(text + mark)))
    } else {
      parts.append(.object(JSONObject([("type", .string("text")), ("text", .string(mark))])))
    }
    return parts
  }

  private static func withMarkedCalls(_ message: ChatMessage, _ place: Int) -> ChatMessage {
    guard let calls = message.fields["tool_calls"]?.array else { return message }
    let marked = calls.enumerated().map { index, call -> JSONValue in
      guard let object = call.object, let name = callName(call) else { return call }
      let value = JSONValue.string(name + mark(place, call: index))
      guard let function = object["function"]?.object else { return .object(object.replacing("name", value)) }
      return .object(object.replacing("function", .object(function.replacing("name", value))))
    }
    return message.with("tool_calls", .array(marked))
  }

  /// The name of the function that is called; nil where there is none.
  static func callName(_ call: JSONValue) -> String? {
    let function = call.object?["function"]?.object ?? call.object
    return function?["name"]?.string.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Whether a turn's content has anything that a text could show.
  static func says(_ message: ChatMessage) -> Bool { !message.content.allSatisfy(\.isWhitespace) }

  // MARK: Whose block it is

  /// The `{% generation %}` blocks of the answers at some places: all that transformers' mask has, or, of chosen
  /// answers, each one's own blocks. A block without content of its own, such as one for an end token, belongs to the
  /// answer before it.
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
}

extension JSONObject {
  /// The same with another value for a key that it has.
  fileprivate func replacing(_ key: String, _ value: JSONValue) -> JSONObject {
    JSONObject(members.map { $0.key == key ? Member(key: key, value: value) : $0 })
  }
}
