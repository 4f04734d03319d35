import Recipe

/// A chat template that cannot be read, goes beyond what is interpreted here, or refuses a conversation.
public struct ChatTemplateError: ExitStatusError, Equatable {
  public let description: String
  public let exitStatus: Int32

  static let advice = "choose another with --chat-template \(BuiltinChatTemplate.names)|FILE"

  static func missing(_ path: String) -> ChatTemplateError {
    ChatTemplateError(
      description: "\(path): no such chat template; give a file or one of \(BuiltinChatTemplate.names)",
      exitStatus: ExitStatus.missingInput)
  }

  static func data(_ path: String, _ reason: String) -> ChatTemplateError {
    ChatTemplateError(description: "\(path): \(reason)", exitStatus: ExitStatus.badData)
  }

  init(description: String, exitStatus: Int32) {
    self.description = description
    self.exitStatus = exitStatus
  }

  /// What a template stumbles over.
  enum Cause {
    /// `tools`, which is none as transformers passes it where there are none.
    case noTools
    /// A turn without content, which has calls of tools instead.
    case noContent
    /// A turn of the system's.
    case systemTurn
  }

  init(_ failure: TemplateFailure, in name: String, cause: Cause? = nil) {
    let said = OneLine.name(failure.reason)
    let words =
      switch cause {
      case .noTools: "; tools is none here, as transformers passes it, and the template asks only whether it is defined"
      case .noContent: "; a turn has calls of tools and no content, which this template does not know"
      case .systemTurn:
        "; it takes the conversation without its system message, so put that text before the first question's"
      case nil: ""
      }
    let reason =
      switch (failure.kind, cause) {
      case (.refused, nil): "the template refuses this conversation: \(said)"
      case (.refused, _?): "the template refuses this conversation: \(said)\(words), or \(Self.advice)"
      case (.beyond, nil), (.exhausted, nil): "\(said); \(Self.advice)"
      case (.beyond, _?), (.exhausted, _?): "\(said)\(words); \(Self.advice)"
      }
    self.init(description: "\(name): line \(failure.line): \(reason)", exitStatus: ExitStatus.badData)
  }
}
