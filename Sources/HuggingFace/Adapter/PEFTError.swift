import Recipe
import Text

/// A PEFT adapter folder that cannot be used: file, field or tensor, reason, what to do.
public struct PEFTError: ExitStatusError, Equatable {
  public let description: String
  public let exitStatus: Int32

  static func missing(_ path: String, _ advice: String) -> PEFTError {
    PEFTError(description: "\(path): \(advice)", exitStatus: ExitStatus.missingInput)
  }

  static func data(_ path: String, _ reason: String) -> PEFTError {
    PEFTError(description: "\(path): \(reason)", exitStatus: ExitStatus.badData)
  }
}
