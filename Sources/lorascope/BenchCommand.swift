import ArgumentParser
import Builtin
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
      BenchContextCommand.self, BenchRunsCommand.self, BenchEvaluateCommand.self, BenchFleetCommand.self,
      BenchTokenizerCommand.self, BenchDashboardCommand.self,
    ],
    defaultSubcommand: BenchAllCommand.self)

  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "One LoRA training step on random weights.")
    @Option(help: "The shape of its random weights.") var shape = BenchmarkShape.small
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
    @Option(help: "The shape of its random weights.") var shape = BenchmarkShape.small
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

struct BenchAllCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "all",
    abstract: "Every measure, each in a process of its own, so that its peak memory is its own.")
  @Option(help: "Worker threads (default: all cores).") var threads: Int?

  private static var measures: [String] {
    let step = "train --shape 135M --element bfloat16 --batch 4 --length 256 --steps 2"
    return [step, step + " --loss-share 0.3", step + " --targets o_proj"]
      + (TrainingOptions.canUseBF16 ? [step + " --bf16"] : [])
      + [
        "train --shape 5M", "decode --shape 135M", "decode --shape 135M --targets all",
        "decode --shape 5M --element float32", "prompt", "context --tokens 8192", "context --tokens 32768", "runs",
        "evaluate",
        "kernels",
      ]
  }

  func run() throws {
    guard let program = BuiltinBase.executableURL() else {
      throw CommandError("cannot find the running program's own file", status: 69)
    }
    for measure in Self.measures {
      let process = Process()
      process.executableURL = program
      process.arguments = ["bench"] + measure.split(separator: " ").map(String.init)
      if let threads { process.arguments?.append(contentsOf: ["--threads", "\(threads)"]) }
      try process.run()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        throw CommandError("bench \(measure) failed", status: process.terminationStatus)
      }
    }
  }
}

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
