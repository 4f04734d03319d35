import Recipe

/// What this room itself refuses: one line that says what, where and what to do.
public struct StudyError: ExitStatusError, Hashable {
  public let description: String
  /// As `sysexits.h`.
  public let exitStatus: Int32

  public init(_ description: String, exitStatus: Int32) {
    self.description = description
    self.exitStatus = exitStatus
  }
}
