import Recipe

/// A tokenizer that cannot be used: file, field, reason.
public struct TokenizerError: ExitStatusError, Equatable {
  public let description: String
  public let exitStatus: Int32

  init(description: String, exitStatus: Int32) {
    self.description = description
    self.exitStatus = exitStatus
  }

  /// A pattern that took too long, with its own place.
  init(_ failure: PatternError) { self.init(description: failure.description, exitStatus: failure.exitStatus) }

  static func missing(_ path: String, _ advice: String) -> TokenizerError {
    TokenizerError(description: "\(path): \(advice)", exitStatus: ExitStatus.missingInput)
  }

  static func data(_ path: String, _ reason: String) -> TokenizerError {
    TokenizerError(description: "\(path): \(reason)", exitStatus: ExitStatus.badData)
  }

  static func unsupported(_ path: String, _ what: String) -> TokenizerError {
    .data(path, "\(what) is not supported")
  }
}
