import Recipe

extension DataForm {
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
