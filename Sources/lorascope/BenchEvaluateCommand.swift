import ArgumentParser
import Builtin
import Kernels
import Recipe
import Training
import Transformer

struct BenchEvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Prompts, and answers written together, against the machine's limit measured beside them.",
    discussion: """
      Tokens per second of greedy decoding, choosing the token included, of so many sequences at once, each with so \
      many positions in its cache at the end. The limit is the larger of the time that reading weights and caches takes and of the \
      time that the multiplications take.

      --adapters N gives the sequences N different random adapters in turn, unmerged, and says what a step takes longer than the same step \
      without, beside the bytes of these adapters over those of the base.
      """)

  @OptionGroup var model: ModelFlags
  @Option(help: "Random weights of this shape instead of a model.") var shape: BenchmarkShape?
  @Option(help: "float32 or bfloat16 weights of that shape.") var element = WeightElement.bfloat16
  @Flag(help: "Multiply in bfloat16, as --eval-bf16 does.") var bf16 = false
  @Option(help: ArgumentHelp("Sequences at once (default: 1,2,4,8,16,32,64).", valueName: "n,…")) var together: String?
  @Option(
    help: ArgumentHelp(
      "Positions in each cache (default: 128,1024,8192 as far as the model has them).", valueName: "n,…")
  )
  var context: String?
  @Option(help: ArgumentHelp("Tokens of prompts (default: 256,2048); 0 for none.", valueName: "n,…")) var prompts:
    String?
  @Option(
    help: ArgumentHelp("Also with so many different adapters in one batch, beside the same without.", valueName: "n"))
  var adapters: Int?
  @Option(help: "Groups, modules or all, that each of them has (default: all).") var targets: String?
  @Option(help: "Their rank (default: 16).") var rank: Int?
  @Option(help: "Times each is measured; the median counts (default: 5, with --quick 2).") var rounds: Int?
  @Flag(help: "Less of it: 1, 16 and 64 at 128 positions, prompts of 256.") var quick = false
  @Option(help: "Worker threads (default: all cores).") var threads: Int?
  @OptionGroup var json: JSONFlag

  func validate() throws {
    try ArgumentRange.check(rounds, "rounds", 1...8192)
    try ArgumentRange.threads(threads)
    try ArgumentRange.check(adapters, "adapters", 1...4096)
    if let rank { try ArgumentRange.rank(rank) }
    if adapters == nil, targets != nil || rank != nil {
      throw ValidationError("--targets and --rank belong to --adapters; say how many of them")
    }
    if bf16 { try TrainingFlags.checkBF16() }
    if shape != nil, model.model != "builtin" { throw ValidationError("give --model or --shape, not both") }
    _ = try options()
  }

  func run() throws {
    var options = try options()
    let targets = try Targets(parsing: targets ?? "all")
    let base: BaseModel
    let name: String
    if let shape {
      base = try RandomWeights.model(configuration: shape.configuration, seed: 1, element: element)
      name = shape.rawValue
    } else {
      base = try LoadedModel.loadWeights(model.reference)
      name = model.model
    }
    if let adapters {
      // More than sequences at once would never be used.
      options.adapters = try GenerationBenchmark.adapters(
        min(adapters, options.together.max() ?? 1), targets: targets, rank: rank ?? 16, of: base)
    }
    let line = ProgressLine()
    let report = try GenerationBenchmark.run(
      base: base, name: name, options: options, team: LoadedModel.team(threads)
    ) { line.show("measuring", fraction: nil, detail: $0) }
    line.finish()
    if json.json { return try JSONOutput.print(report) }
    print(
      "\(report.model), \(report.element) weights\(bf16 ? ", multiplied in bfloat16" : ""), \(report.threads) threads, "
        + report.instructionSet)
    let rows =
      report.prompts.map { ["prompt of \($0.context)"] + Self.figures($0) }
      + report.decoding.map { ["\($0.together) together at \($0.context)"] + Self.figures($0) }
    print(RunTable.table(rows).joined(separator: "\n"))
    if adapters != nil {
      print("\nwith different adapters in a batch, \(targets.label), r = \(rank ?? 16):")
      print(RunTable.table(report.decoding.compactMap(Self.adapterFigures)).joined(separator: "\n"))
    }
    for line in report.leftOut { print("left out: \(line)") }
  }

  private static func figures(_ row: GenerationBenchmarkReport.Row) -> [String] {
    [
      String(format: "%.0f tok/s", row.tokensPerSecond),
      String(format: "%.0f %% of the limit", 100 * row.shareOfLimit),
      String(format: "%.0f by %@", row.limitTokensPerSecond, row.limit == .memory ? "memory" : "arithmetic"),
    ]
  }

  private static func adapterFigures(_ row: GenerationBenchmarkReport.Row) -> [String]? {
    guard let adapters = row.adapters else { return nil }
    return [
      "\(row.together) together at \(row.context)", "\(adapters.different) different",
      String(format: "%.0f tok/s", adapters.tokensPerSecond),
      String(format: "%+.1f %% over none", adapters.overheadPercent),
      String(format: "their bytes are %.1f %%", adapters.bytesPercent),
    ]
  }

  private func options() throws -> GenerationBenchmark.Options {
    var options = GenerationBenchmark.Options(arithmetic: bf16 ? .bfloat16 : .float32)
    if quick {
      (options.together, options.contexts, options.prompts) = ([1, 16, 64], [128], [256])
      (options.steps, options.rounds) = (8, 2)
    }
    if let rounds { options.rounds = rounds }
    if let together { options.together = try Self.numbers(together, "together", 1...4096) }
    if let context { options.contexts = try Self.numbers(context, "context", 2...TrainingLimits.positions.upperBound) }
    if let prompts {
      options.prompts = prompts == "0" ? [] : try Self.numbers(prompts, "prompts", TrainingLimits.positions)
    }
    return options
  }

  /// `1,16,64`
  static func numbers(_ text: String, _ name: String, _ range: ClosedRange<Int>) throws -> [Int] {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == parts.count, numbers.allSatisfy(range.contains) else {
      throw ValidationError("--\(name) must be whole numbers \(range.words) with commas between, not '\(text)'")
    }
    var seen: Set<Int> = []
    return numbers.filter { seen.insert($0).inserted }
  }
}
