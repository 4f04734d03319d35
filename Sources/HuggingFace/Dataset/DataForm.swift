/// How a data set says what is asked and what is answered.
public enum DataForm: String, Sendable, Codable, CaseIterable {
  case promptCompletion = "prompt-completion"
  /// `messages`: a list of role and content.
  case messages
  /// `instruction`, `input`, `output`.
  case alpaca
  /// `conversations`: a list of from and value.
  case shareGPT = "sharegpt"

  /// For messages: the names with bars between them.
  public static var names: String { allCases.map(\.rawValue).joined(separator: "|") }

  /// What a file of this form has, as the user reads it.
  var words: String {
    switch self {
    case .promptCompletion: "prompt/completion"
    case .messages: "messages"
    case .alpaca: "Alpaca"
    case .shareGPT: "ShareGPT"
    }
  }

  /// A field holds the turns of a conversation.
  var hasTurns: Bool { self == .messages || self == .shareGPT }

  var unit: String {
    switch self {
    case .promptCompletion, .alpaca: "example"
    case .messages, .shareGPT: "conversation"
    }
  }
}
