/// A conversation as text, and which bytes of it are the assistant's: content and end-of-turn token.
public struct ChatRendering: Sendable, Equatable {
  public let text: String
  /// In UTF-8 bytes, ascending, none empty.
  public let trained: [Range<Int>]
  /// How many turns of the conversation the text holds: all of them, or those up to one answer where each answer is an example of its
  /// own.
  public let turns: Int
  /// Answers whose thoughts the template does not write.
  public let withoutThoughts: Int
  /// Answers that follow the header at once, though a generation prompt begins a thought.
  public let withoutPromptedThought: Int
}
