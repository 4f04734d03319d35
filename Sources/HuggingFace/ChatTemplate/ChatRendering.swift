/// A conversation as text, and which bytes of it are the assistant's: content and end-of-turn token.
public struct ChatRendering: Sendable, Equatable {
  public let text: String
  /// In UTF-8 bytes, ascending, none empty.
  public let trained: [Range<Int>]
}

/// Which of the assistant's turns are learned.
public enum TrainedTurns: String, Sendable, Codable, CaseIterable {
  case all, last
}
