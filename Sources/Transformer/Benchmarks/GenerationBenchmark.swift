import Kernels
import Recipe

/// How fast prompts are read and answers are written together, beside what the machine allows at most, for `lorascope bench evaluate`.
public enum GenerationBenchmark {
  /// What is measured.
  public struct Options: Sendable {
    /// Sequences that are decoded together, each number a measurement.
    public var together: [Int]
    /// Positions of every sequence when the last token of a measurement is decoded.
    public var contexts: [Int]
    /// Tokens of the prompts.
    public var prompts: [Int]
    /// Tokens of each sequence in a round, at most half of the context.
    public var steps: Int
    /// The median of so many rounds counts; one more goes before them.
    public var rounds: Int
    public var arithmetic: ProductArithmetic
    /// Different adapters that the sequences have in turn, measured beside the same sequences without; empty for none.
    public var adapters: [LoRAAdapter]

    public init(
      together: [Int] = [1, 2, 4, 8, 16, 32, 64], contexts: [Int] = [128, 1024, 8192], prompts: [Int] = [256, 2048],
      steps: Int = 16, rounds: Int = 5, arithmetic: ProductArithmetic = .float32, adapters: [LoRAAdapter] = []
    ) {
      self.together = together
      self.contexts = contexts
      self.prompts = prompts
      self.steps = steps
      self.rounds = rounds
      self.arithmetic = arithmetic
      self.adapters = adapters
    }
  }

  /// As many adapters of random values as are asked for, no two alike.
  ///
  /// - Throws: `AdapterError`, and `MemoryShortage` before anything large is allocated.
  public static func adapters(
    _ count: Int, targets: Targets, rank: Int, of base: BaseModel
  ) throws -> [LoRAAdapter] {
    try FleetAdapters.random(
      count,
      try LoRASpecification(targets: targets, in: base.configuration, rank: rank, alpha: Float(rank)), of: base)
  }

  /// Measures all of it. Rounds of all numbers of sequences are taken in turn, and the limits beside each round, since machines drift.
  ///
  /// What the model has no positions for, or the machine no memory, is left out and named.
  ///
  /// - Parameters:
  ///   - name: the model's, in the report.
  ///   - progress: told what is measured next.
  public static func run(
    base: BaseModel, name: String, options: Options, team: WorkerTeam, progress: (String) -> Void = { _ in }
  ) throws(DecoderError) -> GenerationBenchmarkReport {
    let limits = DecodingLimits(base: base, arithmetic: options.arithmetic)
    var report = GenerationBenchmarkReport(
      model: name, element: base.output.element.rawValue, arithmetic: options.arithmetic,
      instructionSet: InstructionSet.current.rawValue, threads: team.threads, prompts: [], decoding: [],
      leftOut: [])
    for tokens in options.prompts {
      guard tokens <= base.configuration.maxPositions else {
        report.leftOut.append("prompts of \(tokens): the model has \(base.configuration.maxPositions) positions")
        continue
      }
      progress("a prompt of \(tokens)")
      do throws(DecoderError) {
        report.prompts.append(try prompt(tokens, base: base, options: options, limits: limits, team: team))
      } catch { report.leftOut.append("prompts of \(tokens): \(try shortage(error))") }
    }
    for context in options.contexts {
      guard context <= base.configuration.maxPositions else {
        report.leftOut.append("a context of \(context): the model has \(base.configuration.maxPositions) positions")
        continue
      }
      try decode(context, base: base, options: options, limits: limits, team: team, into: &report, progress: progress)
    }
    return report
  }

  /// The line of an error that leaves a measurement out; throws any other.
  private static func shortage(_ error: DecoderError) throws(DecoderError) -> String {
    guard case .memory(let shortage) = error else { throw error }
    return shortage.description
  }

  private static func prompt(
    _ count: Int, base: BaseModel, options: Options, limits: DecodingLimits, team: WorkerTeam
  ) throws(DecoderError) -> GenerationBenchmarkReport.Row {
    let core = try DecoderCore(
      base: base, adapter: nil, slots: 1, maxLength: count, arithmetic: options.arithmetic)
    let prompt = [(slot: 0, prompt: AdaptedPrompt(Prompt(tokens: tokens(count, base.configuration))))]
    try core.check(prompt)
    var rounds: [Round] = []
    for round in 0...options.rounds {
      let start = ContinuousClock.now
      core.beginPrefill(prompt)
      team.run { w in core.prefill(w) }
      core.endPrefill(prompt)
      let seconds = (ContinuousClock.now - start).seconds
      if round > 0 {
        rounds.append(Round(seconds: seconds, limit: limits.ofPrompt(tokens: count, threads: team.threads)))
      }
    }
    return row(rounds, together: 1, context: count, tokens: count)
  }

  /// All numbers of sequences at one context.
  private static func decode(
    _ context: Int, base: BaseModel, options: Options, limits: DecodingLimits, team: WorkerTeam,
    into report: inout GenerationBenchmarkReport, progress: (String) -> Void
  ) throws(DecoderError) {
    let steps = min(options.steps, max(1, context / 2))
    progress("the prompts of \(context - steps)")
    var cores: [(together: Int, core: DecoderCore)] = []
    var known: [Bool: DecoderCore] = [:]
    // From the most down: one decoder has the slots of all numbers whose weights are streamed, as scoring has them, and one those of the
    // others.
    for count in Set(options.together).sorted(by: >) {
      if let core = known[count <= StreamedLinears.mostRows] {
        cores.append((count, core))
        continue
      }
      do throws(DecoderError) {
        try checkMemory(base.configuration, slots: count, positions: context)
        let core = try DecoderCore(
          base: base, adapter: nil, adapters: options.adapters.isEmpty ? nil : options.adapters, slots: count,
          maxLength: context, arithmetic: options.arithmetic)
        // Each number of sequences as a decoder of so many slots has it.
        core.decodesByRows = true
        try fill(core, to: context - steps, team: team)
        known[count <= StreamedLinears.mostRows] = core
        cores.append((count, core))
      } catch { report.leftOut.append("\(count) together at \(context): \(try shortage(error))") }
    }
    cores.reverse()
    var rounds: [Int: [Round]] = [:]
    var adapted: [Int: [Double]] = [:]
    for round in 0...options.rounds {
      for (count, core) in cores {
        progress("\(count) together at \(context)")
        func seconds(adapters: Int) -> Double {
          for slot in 0..<count {
            core.rewind(slot: slot, to: context - steps)
            core.change(adapter: adapters == 0 ? nil : slot % adapters, ofSlot: slot)
          }
          let batch = GreedyBatch(core: core, tokens: Array(repeating: 0, count: count), steps: steps)
          let start = ContinuousClock.now
          team.run { w in batch.run(w) }
          return (ContinuousClock.now - start).seconds
        }
        // Whichever goes first finds the caches as the other left them.
        let isFirst = round % 2 == 0 && !options.adapters.isEmpty
        var with = isFirst ? seconds(adapters: options.adapters.count) : 0
        let without = seconds(adapters: 0)
        if !isFirst, !options.adapters.isEmpty { with = seconds(adapters: options.adapters.count) }
        guard round > 0 else { continue }
        let limit = limits.ofStep(together: count, context: context - steps / 2, threads: team.threads)
        rounds[count, default: []].append(
          Round(seconds: without, limit: (limit.seconds * Double(steps), limit.isMemory)))
        adapted[count, default: []].append(with)
      }
    }
    for (count, _) in cores {
      var row = row(rounds[count] ?? [], together: count, context: context, tokens: count * steps)
      if !options.adapters.isEmpty {
        row.adapters = adapters(
          options.adapters, with: adapted[count] ?? [], without: (rounds[count] ?? []).map(\.seconds), base: base,
          together: count, tokens: count * steps)
      }
      report.decoding.append(row)
    }
  }

  /// What adapters add to rounds that were taken in turn.
  private static func adapters(
    _ adapters: [LoRAAdapter], with: [Double], without: [Double], base: BaseModel, together: Int, tokens: Int
  ) -> GenerationBenchmarkReport.Adapters {
    let different = adapters.prefix(together)
    let bytes = different.reduce(0) { $0 + $1.parameterCount * MemoryLayout<Float>.stride }
    return GenerationBenchmarkReport.Adapters(
      different: different.count,
      tokensPerSecond: Double(tokens) / TransformerBenchmarks.quantile(with, 0.5),
      overheadPercent: TransformerBenchmarks.quantile(zip(with, without).map { 100 * ($0 / $1 - 1) }, 0.5),
      bytesPercent: 100 * Double(bytes) / DecodingLimits(base: base, arithmetic: .float32).weightBytes)
  }

  /// All positions are filled here, those too that a decoder has no room for from the start.
  private static func checkMemory(
    _ configuration: ModelConfiguration, slots: Int, positions: Int
  ) throws(DecoderError) {
    let needed = InferenceMemory.sum([
      InferenceMemory.caches(configuration, slots: slots + 1, positions: positions),
      InferenceMemory.floats([slots, configuration.stateFloats]),
      InferenceMemory.decoder(configuration, slots: slots, maxLength: 1),
      InferenceMemory.forward(configuration, tokens: positions, headRows: 1, longest: positions),
    ])
    do throws(MemoryShortage) {
      try MemoryShortage.check(needed, for: "keys and values of \(slots) sequences of \(positions) positions each") {
        _ in
        "ask for fewer (--together, --context)"
      }
    } catch { throw .memory(error) }
  }

  /// The same prompt in every slot: computed once, its keys and values copied.
  private static func fill(_ core: DecoderCore, to length: Int, team: WorkerTeam) throws(DecoderError) {
    let prompt = [(slot: 0, prompt: AdaptedPrompt(Prompt(tokens: tokens(length, core.base.configuration))))]
    try core.check(prompt)
    core.beginPrefill(prompt)
    team.run { w in core.prefill(w) }
    core.endPrefill(prompt)
    for slot in 1..<max(2, core.slots) where slot < core.slots { core.copy(slot: 0, to: slot) }
    for slot in 0..<core.slots { core.mark(slot: slot) }
  }

  /// Seconds that a round took, and that it would take at the machine's limit.
  private struct Round {
    var seconds: Double
    var limit: (seconds: Double, isMemory: Bool)
  }

  private static func row(
    _ rounds: [Round], together: Int, context: Int, tokens: Int
  ) -> GenerationBenchmarkReport.Row {
    func median(_ value: (Round) -> Double) -> Double { TransformerBenchmarks.quantile(rounds.map(value), 0.5) }
    let seconds = median(\.seconds)
    return GenerationBenchmarkReport.Row(
      together: together, context: context, tokensPerSecond: Double(tokens) / seconds,
      limitTokensPerSecond: Double(tokens) / median(\.limit.seconds),
      shareOfLimit: median { $0.limit.seconds / $0.seconds },
      limit: 2 * rounds.count { $0.limit.isMemory } > rounds.count ? .memory : .arithmetic)
  }

  private static func tokens(_ count: Int, _ configuration: ModelConfiguration) -> [Int32] {
    TransformerBenchmarks.tokens(configuration, count: count)
  }
}

/// What no decoder can do without: bytes that are read at the rate of sequential reading, multiplications at that of registers.
///
/// Counted: every weight once a step, the cached keys and values of each sequence, the products by weights, and attention. The larger of the two
/// times counts. What lies in the processor's caches is read faster, so a small model may go beyond.
package struct DecodingLimits {
  private let base: BaseModel
  private let arithmetic: ProductArithmetic
  /// Of the blocks, and of the output projection.
  private let blockWeights: Double
  private let outputWeights: Double
  /// That a step reads.
  let weightBytes: Double

  package init(base: BaseModel, arithmetic: ProductArithmetic) {
    self.base = base
    self.arithmetic = arithmetic
    let configuration = base.configuration
    blockWeights = (0..<configuration.layers).reduce(0) { sum, layer in
      configuration.modules(of: layer).reduce(sum) { sum, module in
        let shape = module.shape(in: configuration)
        return sum + Double(shape.rows * shape.columns)
      }
    }
    outputWeights = Double(base.output.rows * base.output.columns)
    weightBytes = (blockWeights + outputWeights) * (base.output.element == .bfloat16 ? 2 : 4)
  }

  /// Blocks that attend.
  private var attentions: Int {
    (0..<base.configuration.layers).count { base.configuration.attends($0) }
  }

  /// Bytes that one step reads.
  package func bytes(together: Int, context: Int) -> Double {
    let configuration = base.configuration
    let cached = StepBytes.caches(configuration, sequences: 1, positions: context)
    return weightBytes + Double(together * cached)
  }

  /// Operations of one step: those by weights, and those of attention, which is in FP32.
  package func operations(together: Int, context: Int) -> (products: Double, attention: Double) {
    let configuration = base.configuration
    let attention = 4 * attentions * context * configuration.queryWidth
    return (2 * Double(together) * (blockWeights + outputWeights), Double(together * attention))
  }

  /// Seconds of a step of so many sequences with so many cached positions each.
  func ofStep(together: Int, context: Int, threads: Int) -> (seconds: Double, isMemory: Bool) {
    let (products, attention) = operations(together: together, context: context)
    let peak = MachineLimits.fmaPeak(threads: threads)
    let own = arithmetic == .float32 ? peak : MachineLimits.fmaPeak(threads: threads, in: arithmetic)
    return larger(
      bytes: bytes(together: together, context: context), computing: products / own + attention / peak,
      threads: threads)
  }

  /// Seconds of a prompt, up to the logits of its last token.
  func ofPrompt(tokens: Int, threads: Int) -> (seconds: Double, isMemory: Bool) {
    let configuration = base.configuration
    // Half of the scores lies behind the mask.
    let attention = 2 * Double(attentions * configuration.queryWidth) * Double(tokens) * Double(tokens)
    let operations = 2 * (Double(tokens) * blockWeights + outputWeights) + attention
    return larger(
      bytes: weightBytes, computing: operations / MachineLimits.fmaPeak(threads: threads, in: arithmetic),
      threads: threads)
  }

  private func larger(bytes: Double, computing: Double, threads: Int) -> (seconds: Double, isMemory: Bool) {
    let reading = bytes / MachineLimits.readBandwidth(threads: threads)
    return (max(reading, computing), reading > computing)
  }
}

/// What `bench evaluate` ran and measured.
public struct GenerationBenchmarkReport: Codable, Sendable, Equatable {
  /// What the limit is made of.
  public enum Limit: String, Codable, Sendable {
    case memory, arithmetic
  }

  public struct Row: Codable, Sendable, Equatable {
    /// Sequences at once.
    public var together: Int
    /// Tokens of the prompt; or positions of each sequence at the end.
    public var context: Int
    /// Of all sequences together.
    public var tokensPerSecond: Double
    /// By the bandwidth and the peak that were measured beside it.
    public var limitTokensPerSecond: Double
    /// The median of the rounds' shares.
    public var shareOfLimit: Double
    public var limit: Limit
    /// The same sequences with adapters, where that was asked for.
    public var adapters: Adapters?
  }

  /// Sequences with adapters, beside the same without: the rounds of both are taken in turn.
  public struct Adapters: Codable, Sendable, Equatable {
    /// Adapters in the batch that are not the same; sequences have them in turn.
    public var different: Int
    public var tokensPerSecond: Double
    /// Time of a step over that without adapters: the median of the rounds' ratios, less 1.
    public var overheadPercent: Double
    /// The bytes of these adapters' A and B, each once, over those of the base's weights that a step reads.
    public var bytesPercent: Double
  }

  public var model: String
  /// Of the output projection's weights.
  public var element: String
  public var arithmetic: ProductArithmetic
  public var instructionSet: String
  public var threads: Int
  public var prompts: [Row]
  public var decoding: [Row]
  /// What was not measured, and why, one line each.
  public var leftOut: [String]
}
