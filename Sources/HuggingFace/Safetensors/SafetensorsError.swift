import Recipe
import Text

/// A safetensors file that cannot be used: file, tensor, reason.
public struct SafetensorsError: ExitStatusError, Equatable {
  public let description: String
  public let exitStatus: Int32

  static func header(_ path: String, _ reason: String) -> SafetensorsError {
    SafetensorsError(
      description: "\(path): not a usable safetensors file: \(reason); download or write it again",
      exitStatus: ExitStatus.badData)
  }

  static func tensor(_ path: String, _ name: String, _ reason: String) -> SafetensorsError {
    SafetensorsError(description: "\(path): tensor \(OneLine.name(name)): \(reason)", exitStatus: ExitStatus.badData)
  }
}
