import ArgumentParser
import Engine
import Foundation
import Messages
import Recipe

/// An error with an exit status that docs/verbs.md lists. One line: what, where, and what to do.
struct CommandError: ExitStatusError {
  let description: String
  let exitStatus: Int32

  init(_ description: String, status: Int32) {
    self.description = description
    exitStatus = status
  }

  /// Prints one line on standard error and ends the process with the error's own status.
  static func exit(with error: any Error) -> Never {
    if let error = error as? any ExitStatusError {
      report(Failure.line(error))
      Foundation.exit(error.exitStatus)
    }
    switch error {
    case let error as ExitCode: Foundation.exit(error.rawValue)
    case let error as ValidationError:
      // Thrown while the verb ran: ArgumentParser no longer knows which one that was.
      report("\(error.message); see \(Arguments.help(for: CommandLine.arguments.dropFirst()))")
      Foundation.exit(Lorascope.exitCode(for: error).rawValue)
    default:
      let code = Lorascope.exitCode(for: error)
      if code == .success { succeed(saying: Lorascope.fullMessage(for: error)) }
      if code == .validationFailure {
        StandardStreams.noteLines(Lorascope.fullMessage(for: error))
        Foundation.exit(code.rawValue)
      }
      report(Failure.line(error))
      Foundation.exit(Failure.exitStatus(error))
    }
  }

  /// Help and version.
  private static func succeed(saying text: String) -> Never {
    if !text.isEmpty { StandardStreams.writeExact(text + "\n") }
    do { try StandardStreams.finish() } catch { exit(with: error) }
    Foundation.exit(0)
  }

  private static func report(_ text: String) { StandardStreams.note("lorascope: \(text)") }
}
