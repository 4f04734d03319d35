extension ChatTemplate {
  /// What a template takes as a turn's content. Templates of seeing models often write lists of parts only, and of a string nothing
  /// at all; those of models for text alone know only strings.
  enum ContentForm: Sendable { case any, text, parts }

  /// Found by trying both.
  func probedForm() -> ContentForm {
    let said = "QZQ"
    func says(_ content: JSONValue) -> Bool {
      let message = ChatMessage(fields: JSONObject([("role", .string("user")), ("content", content)]))
      guard let text = try? render([message], addGenerationPrompt: false) else { return false }
      // A list that is written out as it is was not understood.
      return text.contains(said) && !text.contains("'type'") && !text.contains("\"type\"")
    }
    switch (says(.string(said)), says(Self.parts(of: said))) {
    case (true, false): return .text
    case (false, true): return .parts
    default: return .any
    }
  }

  /// The turn as this template writes it.
  func adapted(_ message: ChatMessage) -> ChatMessage {
    switch (contentForm, message.fields["content"]) {
    case (.parts, .string(let text)?): message.with(content: Self.parts(of: text))
    case (.text, .array(let parts)?) where parts.contains(where: ChatMessage.isImage):
      message.with(content: .string(message.content))
    default: message
    }
  }

  /// A text as a list of parts, pictures in the place of `<image>`.
  static func parts(of text: String) -> JSONValue {
    func part(_ bytes: ArraySlice<UInt8>) -> [JSONValue] {
      if bytes.isEmpty { return [] }
      let text = String(decoding: bytes, as: UTF8.self)
      return [.object(JSONObject([("type", .string("text")), ("text", .string(text))]))]
    }
    let bytes = Array(text.utf8)
    var parts: [JSONValue] = []
    var done = 0
    for place in ImagePrompt.places(in: bytes) {
      parts += part(bytes[done..<place])
      parts.append(.object(JSONObject([("type", .string("image"))])))
      done = place + ImagePrompt.placeholder.utf8.count
    }
    parts += part(bytes[done...])
    // Templates ask for the first part.
    return .array(
      parts.isEmpty ? [.object(JSONObject([("type", .string("text")), ("text", .string(""))]))] : parts)
  }
}
