import ArgumentParser
import Kernels

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
      ReportCommand.self, RecommendCommand.self, EvaluateCommand.self, LatencyCommand.self, MergeCommand.self,
      ScoreCommand.self, TokenizeCommand.self, GenerateCommand.self,
      InspectCommand.self, DataCommand.self, PretrainCommand.self, BenchCommand.self,
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
