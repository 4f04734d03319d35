import ArgumentParser
import Kernels
import Transformer

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
      missing on this machine, 73 cannot create, 74 input or output, 129 hang-up, 130 interrupted, 143 terminated.
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

  /// A word that is no verb would be an argument of the dashboard, which takes none.
  private static func checkVerb(_ word: String?) throws {
    guard let word, !word.hasPrefix("-") else { return }
    // A key path would do, but the compiler does not survive one to a static property of a metatype.
    let verbs = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    guard !verbs.contains(word) else { return }
    let near = SpellingDistance.nearest(to: word, among: verbs)
    let guess =
      near.isEmpty
      ? "the verbs are \(verbs.joined(separator: ", "))" : "did you mean \(near.joined(separator: " or "))?"
    throw CommandError("no verb '\(word)'; \(guess) (a model or file goes behind --model or --data)", status: 64)
  }

  static func main() async {
    do {
      try ResourceLimits.check()
      _ = try InstructionSet.checked()
      try checkVerb(CommandLine.arguments.dropFirst().first)
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      CommandError.exit(with: error)
    }
  }
}
