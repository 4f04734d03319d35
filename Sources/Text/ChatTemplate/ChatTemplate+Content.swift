extension ChatTemplate {
  /// What a template takes as a turn's content. Templates of seeing models often write lists of parts only, and of a string nothing
  /// at all; those of models for text alone know only strings.
  enum ContentForm: Sendable { case any, text, parts }

  /// What is taken from whom: some templates read a question's parts and want an answer that is a string.
  struct ContentForms: Sendable {
    var user = ContentForm.any
    var assistant = ContentForm.any
    var system = ContentForm.any

    subscript(role: String) -> ContentForm {
      switch role {
      case "assistant": assistant
      case "system": system
      default: user
      }
    }
  }

  /// Found by trying both.
  ///
  /// - Throws: `ChatTemplateError` for a template that costs too much even for a word: it would again with every trial.
  func probedForms() throws -> ContentForms {
    let asked = JSONValue.string("a")
    let user = try probedForm { [[turn("user", $0)], [turn("system", asked), turn("user", $0)]] }
    let question = turn("user", user == .parts ? Self.parts(of: "a") : asked)
    return try ContentForms(
      user: user, assistant: probedForm { [[question, turn("assistant", $0)]] },
      system: probedForm { [[turn("system", $0), question]] })
  }

  private func turn(_ role: String, _ content: JSONValue) -> ChatMessage {
    ChatMessage(fields: JSONObject([("role", .string(role)), ("content", content)]))
  }

  /// - Parameter conversations: with the content; the first one that the template takes decides.
  private func probedForm(_ conversations: (JSONValue) -> [[ChatMessage]]) throws -> ContentForm {
    let said = "QZQ"
    func says(_ content: JSONValue) throws -> Bool {
      var text: String?
      for conversation in conversations(content) where text == nil { text = try affordable(conversation) }
      // A list that is written out as it is was not understood.
      return text.map { $0.contains(said) && !$0.contains("'type'") && !$0.contains("\"type\"") } ?? false
    }
    switch try (says(.string(said)), says(Self.parts(of: said))) {
    case (true, true): return .any
    case (false, true): return .parts
    // Of what a template takes in neither form, text is what it says least wrongly.
    default: return .text
    }
  }

  /// The turn as this template writes it.
  func adapted(_ message: ChatMessage) -> ChatMessage {
    guard let contentForms else { return message }
    switch (contentForms[message.role], message.fields["content"]) {
    case (.parts, .string(let text)?): return message.with(content: Self.parts(of: text))
    case (.text, .array?): return message.with(content: .string(message.content))
    default: return message
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
