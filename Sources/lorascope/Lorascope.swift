import ArgumentParser
import Dispatch
import Engine
import Foundation
import Kernels
import Messages
import Recipe
import Synchronization

/// The program: argument parsing and wiring, nothing else.
@main
struct Lorascope: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lorascope",
    abstract: "Which modules should carry LoRA adapters? Trains the candidates, measures them, shows it live.",
    discussion: """
      Without a verb the dashboard opens. Study verbs (train, sweep, resume, runs, report, recommend) talk to the \
      same engine and store as the dashboard; the others call their part of the program directly.

      Exit status: 0 success, 1 a run failed or diverged, 64 usage, 65 bad data, 66 missing input, 69 something is \
      missing on this machine, 73 cannot create, 74 input or output (standard output too), 129 hang-up, 130 \
      interrupted, 141 nobody reads the output any more, 143 terminated.
      """,
    version: "lorascope 0.1.0",
    subcommands: [
      DashboardCommand.self, TrainCommand.self, SweepCommand.self, ResumeCommand.self, RunsCommand.self,
      ReportCommand.self, RecommendCommand.self, RowsCommand.self, RegretCommand.self, EvaluateCommand.self,
      LatencyCommand.self, PruneCommand.self,
      MergeCommand.self,
      ScoreCommand.self, TokenizeCommand.self, GenerateCommand.self,
      InspectCommand.self, DataCommand.self, ProbeCommand.self, PretrainCommand.self, BenchCommand.self,
      DoctorCommand.self, ClusterTaskCommand.self,
    ],
    defaultSubcommand: DashboardCommand.self
  )

  static func main() async {
    StandardStreams.prepare()
    do {
      try ResourceLimits.check()
      _ = try InstructionSet.checked()
      let arguments = Arguments.joiningNegativeNumbers(CommandLine.arguments.dropFirst())
      try Arguments.checkVerbs(arguments)
      var command = try parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      try StandardStreams.finish()
    } catch {
      CommandError.exit(with: error)
    }
  }
}

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
        StandardStreams.noteLines(InvalidValue.explained(Lorascope.fullMessage(for: error)))
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

/// Limits of the shell below which nothing here works: told at the start and in words, instead of where they happen to strike.
enum ResourceLimits {
  /// The store with its journal and lock, the log, the streams, a model's files, and what the system's libraries hold.
  private static let leastFiles = 24
  /// The program itself, its libraries and the stacks of its threads.
  private static let leastAddressSpace = 512 << 20

  static func check() throws {
    #if os(Linux)
      var limit = rlimit()
      if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < leastFiles {
        throw CommandError(
          "only \(limit.rlim_cur) files may be open at once here, and \(leastFiles) are needed: raise the limit (ulimit -n)",
          status: 69)
      }
      if getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < leastAddressSpace {
        throw CommandError(
          "only \(limit.rlim_cur >> 20) MiB of address space are allowed here, and \(leastAddressSpace >> 20) are needed: raise the limit "
            + "(ulimit -v)", status: 69)
      }
    #endif
  }
}

/// Turns the first terminating signal into a call, and the second into an immediate exit.
///
/// `@unchecked Sendable`: `sources` is set in the initialiser and only kept alive afterwards; the rest is atomic.
final class SignalWatch: @unchecked Sendable {
  private final class Received: Sendable {
    let count = Atomic<Int>(0)
    let first = Atomic<Int32>(0)
  }

  private let state: Received
  private let sources: [any DispatchSourceSignal]

  /// The first signal that came, if one did.
  var received: Int32? {
    let signal = state.first.load(ordering: .acquiring)
    return signal == 0 ? nil : signal
  }

  init(_ action: @escaping @Sendable (Int32) -> Void) {
    let state = Received()
    self.state = state
    sources = [SIGINT, SIGTERM, SIGHUP].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInitiated))
      source.setEventHandler {
        if state.count.add(1, ordering: .acquiringAndReleasing).newValue > 1 { _exit(128 + number) }
        state.first.store(number, ordering: .releasing)
        action(number)
      }
      source.resume()
      return source
    }
  }
}
