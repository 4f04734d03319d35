import Recipe
import Text

/// A model folder that cannot be used or written: file, field or tensor, reason, what to do.
public struct ModelFolderError: ExitStatusError, Equatable {
  public let description: String
  public let exitStatus: Int32

  static func missing(_ path: String, _ advice: String) -> ModelFolderError {
    ModelFolderError(description: "\(path): \(advice)", exitStatus: ExitStatus.missingInput)
  }

  static func data(_ path: String, _ reason: String) -> ModelFolderError {
    ModelFolderError(description: "\(path): \(reason)", exitStatus: ExitStatus.badData)
  }
}
