import Recipe
import Text

/// A picture that cannot be used: which one, what is wrong, what to do.
public struct ImageError: ExitStatusError, Equatable {
  public let description: String
  public let exitStatus: Int32

  static func data(_ name: String, _ reason: String) -> ImageError {
    ImageError(description: "\(name): \(reason)", exitStatus: ExitStatus.badData)
  }

  static func missing(_ name: String, _ reason: String) -> ImageError {
    ImageError(description: "\(name): \(reason)", exitStatus: ExitStatus.missingInput)
  }

  /// A place for a picture in what the model shall learn to write.
  package static let inAnswer = ImageError(
    description: "\(ImagePrompt.placeholder) stands in what the assistant says; only what is asked may have a picture",
    exitStatus: ExitStatus.badData)

  /// Pictures for which the text has no place.
  package static func withoutPlace(_ count: Int) -> ImageError {
    ImageError(
      description: "\(count) picture\(count == 1 ? " has" : "s have") no \(ImagePrompt.placeholder) in the text; "
        + "each picture needs one", exitStatus: ExitStatus.badData)
  }

  static func damaged(_ name: String, _ reason: String) -> ImageError {
    data(name, "is damaged or cut short (\(OneLine.name(reason))); save or copy the picture again")
  }
}
