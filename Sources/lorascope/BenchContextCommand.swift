import ArgumentParser
import Builtin
import Foundation
import Kernels
import Recipe
import Training
import Transformer

struct BenchContextCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "context", abstract: "One training step on one long sequence, on the embedded base.")
  @Option(help: "Tokens of the sequence.") var tokens = 8192
  @Option(help: "Groups, modules or all.") var targets = "all"
  @Option var rank = 16
  @Option(help: "Worker threads (default: all cores).") var threads: Int?
  @OptionGroup var json: JSONFlag

  struct Report: Encodable {
    var training: TrainingBenchmarkReport
    var peakMemoryBytes: Int
  }

  func validate() throws {
    try ArgumentRange.rank(rank)
    try ArgumentRange.check(tokens, "tokens", 1...65_536)
  }

  func run() throws {
    let base = try BuiltinBase.load().model
    let training = try TransformerBenchmarks.training(
      base: base, name: BuiltinBase.name, targets: try Targets(parsing: targets), rank: rank, sequences: 1,
      length: tokens, steps: 1, team: LoadedModel.team(threads))
    let report = Report(training: training, peakMemoryBytes: PeakMemory.bytes)
    if json.json { return try JSONOutput.print(report) }
    print(
      String(
        format: "one step on %d tokens, %@, %d threads: %.1f s, %.0f tok/s, peak memory %.0f MB", tokens,
        BuiltinBase.name, training.threads, training.secondsPerStep, training.tokensPerSecond,
        Double(report.peakMemoryBytes) / 1e6))
  }
}
