import ArgumentParser
import Foundation
import Kernels
import Recipe
import Training
import Transformer

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "What this machine can do at most, and what share of it is reached.",
    subcommands: [
      BenchAllCommand.self, BenchKernelsCommand.self, Train.self, Decode.self, BenchPromptCommand.self,
      BenchContextCommand.self, BenchRunsCommand.self, BenchTokenizerCommand.self,
    ],
    defaultSubcommand: BenchAllCommand.self)

  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "One LoRA training step on random weights.")
    @Option(help: "5M or 135M.") var shape = BenchmarkShape.small
    @Option(help: "float32 or bfloat16 weights.") var element = WeightElement.float32
    @Flag(help: "Multiply in bfloat16.") var bf16 = false
    @Option(help: "Groups, modules or all.") var targets = "all"
    @Option var rank = 16
    @Option(help: "Sequences in a batch.") var batch = 8
    @Option(help: "Tokens in a sequence.") var length = 128
    @Option(help: "Share of each sequence, at its end, that carries loss.") var lossShare = 1.0
    @Option var steps = 10
    @Option(help: "Worker threads (default: all cores).") var threads: Int?
    @OptionGroup var json: JSONFlag

    struct Report: Encodable {
      var training: TrainingBenchmarkReport
      var tokensPerSecond: Double
      var peakMemoryBytes: Int
      var instructionSet: String
      var fmaPeakOperationsPerSecond: Double
      var shareOfPeak: Double
    }

    func validate() throws {
      try ArgumentRange.rank(rank)
      try ArgumentRange.threads(threads)
      for (name, value) in [("batch", batch), ("length", length), ("steps", steps)] where !(1...65_536).contains(value)
      {
        throw ValidationError("--\(name) must be from 1 to 65536, not \(value)")
      }
      if bf16 { try TrainingFlags.checkBF16() }
      if !(lossShare > 0 && lossShare <= 1) { throw ValidationError("--loss-share must be over 0 and at most 1") }
    }

    func run() throws {
      let team = LoadedModel.team(threads)
      let training = try TransformerBenchmarks.training(
        shape: shape, element: element, targets: try Targets(parsing: targets), rank: rank, sequences: batch,
        length: length, lossShare: lossShare, steps: steps,
        arithmetic: bf16 ? .bfloat16 : .float32, team: team)
      let peakMemory = PeakMemory.bytes
      let peak = MachineLimits.fmaPeak(threads: team.threads, in: training.arithmetic)
      let report = Report(
        training: training, tokensPerSecond: training.tokensPerSecond, peakMemoryBytes: peakMemory,
        instructionSet: InstructionSet.current.rawValue, fmaPeakOperationsPerSecond: peak,
        shareOfPeak: training.operationsPerSecond / peak)
      if json.json { return try JSONOutput.print(report) }
      print(
        String(
          format:
            "LoRA step %@ %@%@ r = %d, %d×%d, %d threads, %@: %.0f tok/s, %.1f GFLOP/s (%.0f %% of the %@ peak %.1f), peak memory %.0f MB",
          shape.rawValue, targets, bf16 ? " in bfloat16" : "", rank, batch, length, team.threads,
          InstructionSet.current.rawValue,
          training.tokensPerSecond, training.operationsPerSecond / 1e9, 100 * report.shareOfPeak,
          bf16 ? "bfloat16" : "FMA", peak / 1e9,
          Double(peakMemory) / 1e6))
    }
  }

  struct Decode: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "TPOT at batch 1 on random weights.")
    @Option(help: "5M or 135M.") var shape = BenchmarkShape.small
    @Option(help: "float32 or bfloat16 weights.") var element = WeightElement.bfloat16
    @Option(help: "Groups, modules or all; without it, no adapter.") var targets: String?
    @Option var rank = 16
    @Option(help: "Tokens to decode.") var tokens = 256
    @Option(help: "Worker threads (default: all cores).") var threads: Int?
    @OptionGroup var json: JSONFlag

    struct Report: Encodable {
      var decoding: DecodeBenchmarkReport
      var instructionSet: String
      var readBandwidthBytesPerSecond: Double
    }

    func validate() throws {
      try ArgumentRange.rank(rank)
      try ArgumentRange.threads(threads)
      if !(32...65_536).contains(tokens) { throw ValidationError("--tokens must be from 32 to 65536, not \(tokens)") }
    }

    func run() throws {
      let team = LoadedModel.team(threads)
      let decoding = try TransformerBenchmarks.decode(
        shape: shape, element: element, targets: try targets.map { try Targets(parsing: $0) }, rank: rank,
        newTokens: tokens, team: team)
      let bandwidth = MachineLimits.readBandwidth(threads: team.threads)
      let report = Report(
        decoding: decoding, instructionSet: InstructionSet.current.rawValue, readBandwidthBytesPerSecond: bandwidth)
      if json.json { return try JSONOutput.print(report) }
      let overhead = decoding.overheadPercent.map { overhead in
        String(format: ", %+.1f %% over the base (its bytes are %.1f %%)", overhead, decoding.adapterBytesPercent ?? 0)
      }
      print(
        String(
          format:
            "decode %@ %@ %@, %d threads, %@: TPOT p50 %.3f ms, p95 %.3f ms, %.0f tok/s, weights at %.1f GB/s (memory reads at %.1f)",
          shape.rawValue, element.rawValue, targets ?? "no adapter", team.threads, InstructionSet.current.rawValue,
          decoding.tpotMillisecondsP50, decoding.tpotMillisecondsP95, decoding.tokensPerSecond,
          decoding.weightBytesPerSecond / 1e9, bandwidth / 1e9) + (overhead ?? ""))
    }
  }
}

extension BenchmarkShape: ExpressibleByArgument {}
extension WeightElement: ExpressibleByArgument {}
