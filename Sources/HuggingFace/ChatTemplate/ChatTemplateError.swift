/// A chat template that cannot be read, goes beyond what is interpreted here, or refuses a conversation.
public struct ChatTemplateError: RoomError {
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

  init(_ failure: TemplateFailure, in name: String) {
    let reason =
      switch failure.kind {
      case .refused: "the template refuses this conversation: \(SafetensorsError.printable(failure.reason))"
      case .beyond: "\(SafetensorsError.printable(failure.reason)); \(Self.advice)"
      }
    self.init(description: "\(name): line \(failure.line): \(reason)", exitStatus: ExitStatus.badData)
  }
}
