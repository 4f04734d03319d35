import Recipe

/// A data set that cannot be used: file, line, reason, what to do.
public struct DataError: ExitStatusError, Equatable {
  public let description: String
  public let exitStatus: Int32

  static func missing(_ path: String) -> DataError {
    DataError(description: "\(path): no such file; check the path", exitStatus: ExitStatus.missingInput)
  }

  static func data(_ path: String, _ reason: String) -> DataError {
    DataError(description: "\(path): \(reason)", exitStatus: ExitStatus.badData)
  }

  static func line(_ path: String, _ line: Int, _ reason: String) -> DataError {
    DataError(description: "\(path): line \(line): \(reason)", exitStatus: ExitStatus.badData)
  }
}
