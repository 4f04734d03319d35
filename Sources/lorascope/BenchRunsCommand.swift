import ArgumentParser
import Builtin
import Foundation
import Recipe
import Training
import Transformer

struct BenchRunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "Several runs at once on the embedded base, against one after another.")
  @Option(help: "Runs at once.") var runs = 15
  @Option(help: "Groups, modules or all.") var targets = "all"
  @Option var rank = 16
  @Option(help: "Sequences in a batch.") var batch = 8
  @Option(help: "Tokens in a sequence.") var length = 128
  @Option(help: "Steps of each run.") var steps = 4
  @Option(help: "Threads of a run that is alone (default: all cores).") var threads: Int?
  @OptionGroup var json: JSONFlag

  struct Report: Encodable {
    var concurrent: ConcurrentBenchmarkReport
    var peakMemoryOfOneBytes: Int
    var peakMemoryOfAllBytes: Int
  }

  func validate() throws {
    try ArgumentRange.rank(rank)
    try ArgumentRange.threads(threads)
    for (name, value) in [("runs", runs), ("batch", batch), ("length", length), ("steps", steps)]
    where !(1...65_536).contains(value) {
      throw ValidationError("--\(name) must be from 1 to 65536, not \(value)")
    }
  }

  func run() throws {
    var peakOfOne = 0
    let concurrent = try ConcurrentBenchmark.run(
      base: BuiltinBase.load().model, runs: runs, targets: Targets(parsing: targets), rank: rank, sequences: batch,
      length: length, steps: steps, threads: LoadedModel.team(threads).threads
    ) { peakOfOne = PeakMemory.bytes }
    let report = Report(
      concurrent: concurrent, peakMemoryOfOneBytes: peakOfOne, peakMemoryOfAllBytes: PeakMemory.bytes)
    if json.json { return try JSONOutput.print(report) }
    print(
      String(
        format: "%d runs at once: %.0f tok/s together, one after another %.0f; peak memory %.0f MB, of one run %.0f MB",
        runs, concurrent.tokensPerSecondAtOnce, concurrent.tokensPerSecondInTurn,
        Double(report.peakMemoryOfAllBytes) / 1e6,
        Double(peakOfOne) / 1e6))
  }
}
