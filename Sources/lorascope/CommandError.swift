import ArgumentParser
import Foundation
import Studies

/// An error with the exit status that ARCHITECTURE gives it. One line: what, where, and what to do.
struct CommandError: Error, CustomStringConvertible {
  let description: String
  let status: Int32

  init(_ description: String, status: Int32) {
    self.description = description
    self.status = status
  }

  /// Prints one line on standard error and ends the process with the error's own status. Help, version and usage
  /// errors are ArgumentParser's.
  static func exit(with error: any Error) -> Never {
    switch error {
    case let error as CommandError:
      report(error.description)
      Foundation.exit(error.status)
    default:
      let code = Lorascope.exitCode(for: error)
      if error is ExitCode || code == .success || code == .validationFailure { Lorascope.exit(withError: error) }
      report(Failure.line(error))
      Foundation.exit(Failure.exitStatus(error))
    }
  }

  private static func report(_ text: String) {
    FileHandle.standardError.write(Data("lorascope: \(text)\n".utf8))
  }
}
