extension ChatMessage {
  /// The same with each `<image>` of its text as a content part, the form in which templates of seeing models know pictures.
  public var withPictureParts: ChatMessage {
    guard !isAssistant, let text = fields["content"]?.string, ImagePrompt.placeholders(in: text) > 0 else {
      return self
    }
    return with(content: ChatTemplate.parts(of: text))
  }

  /// What the assistant thought before it answered, where a field of its own has it.
  var reasoning: String? {
    ["reasoning_content", "thinking", "reasoning"].lazy.compactMap { fields.value($0)?.string }.first
  }
}
