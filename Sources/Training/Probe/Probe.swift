import Kernels
import Recipe
import Transformer

/// Looks at a base before it is trained: the gradient energy of every module on some of a run's batches, and how the modules' features
/// lie. Nothing is changed. Belongs to one thread at a time.
public struct Probe {
  /// How much is looked at.
  public struct Options: Sendable, Hashable {
    public var batches: Int
    /// Starts of A: that of the settings' seed, and of those that follow it.
    public var starts: Int
    /// Of them, batches whose features are looked at too: their norms hardly differ from batch to batch. 0 leaves them out.
    public var featureBatches = 2
    /// Random directions that features are compared with.
    public var directions = 256

    public init(batches: Int = 8, starts: Int = 3) {
      self.batches = batches
      self.starts = starts
    }

    public static let counts = 1...256
  }

  /// How far it has come, in passes of about the same length.
  public struct Progress: Sendable, Equatable {
    public var done: Int
    public var total: Int
  }

  /// Tokens of prompts that go through the model together.
  private static let promptTokens = 512

  let base: BaseModel
  let settings: TrainingOptions
  let options: Options
  let team: WorkerTeam

  /// - Parameter settings: rank, alpha, seed, sequences of a batch and arithmetic are taken from them.
  public init(base: BaseModel, settings: TrainingOptions, options: Options, team: WorkerTeam) {
    self.base = base
    self.settings = settings
    self.options = options
    self.team = team
  }

  /// - Parameters:
  ///   - data: tokenised examples; those without loss are left out.
  ///   - source: says in errors where they came from.
  ///   - progress: called after each pass; false ends it.
  /// - Returns: nil if it was ended. TPOT is not measured here.
  /// - Throws: `TrainingError`, `ProbeError`, `BatchError`, `MemoryShortage`, or Transformer's `AdapterError` and `DecoderError`.
  public func run(
    _ data: [TokenizedExample], source: String, progress: (Progress) -> Bool = { _ in true }
  ) throws -> ProbeResult? {
    try settings.validate()
    let batches = try batches(data, source: source)
    let specification = try settings.specification(targets: .all, in: base.configuration)
    try checkMemory(specification, batches)
    let seeds = (0..<options.starts).map { settings.seed &+ UInt64($0) }
    let energy = try GradientEnergy(
      base: base, specification: specification, seeds: seeds,
      arithmetic: settings.useBF16 ? .bfloat16 : .float32, team: team)
    let featureBatches = min(options.featureBatches, batches.count)
    var state = Progress(done: 0, total: batches.count + featureBatches)
    func goesOn() -> Bool {
      state.done += 1
      return progress(state)
    }
    var measured: [GradientEnergy.Batch] = []
    for (index, examples) in batches.enumerated() {
      let batch = energy.measure(BatchAssembly.batch(examples))
      try check(batch, index: index)
      measured.append(batch)
      guard goesOn() else { return nil }
    }
    if measured.allSatisfy({ $0.energies.values.joined().allSatisfy { $0 == 0 } }) { throw ProbeError.noGradient }
    guard featureBatches > 0 else { return result(batches, measured, [], specification) }
    let features = FeatureNorms(base: base, directions: options.directions, seed: settings.seed, team: team)
    for examples in batches.prefix(featureBatches) {
      for prompts in Self.together(examples) { try features.add(prompts, team: team) }
      guard goesOn() else { return nil }
    }
    return result(batches, measured, features.norms, specification)
  }

  private func result(
    _ batches: [[TokenizedExample]], _ measured: [GradientEnergy.Batch], _ norms: [FeatureNorms.Norm],
    _ specification: LoRASpecification
  ) -> ProbeResult {
    let norms = Dictionary(norms.map { ($0.path, $0) }) { first, _ in first }
    let tokens = batches.map { $0.reduce(0) { $0 + $1.lossTokens } }
    let loss = zip(measured, tokens).reduce(0.0) { $0 + $1.0.loss * Double($1.1) }
    return ProbeResult(
      linears: base.configuration.linears, rank: specification.rank, alpha: Double(specification.alpha),
      seed: settings.seed, batches: batches.count, starts: options.starts,
      examples: batches.reduce(0) { $0 + $1.count }, lossTokens: tokens.reduce(0, +),
      loss: loss / Double(max(1, tokens.reduce(0, +))),
      cells: specification.targets.map { path in
        ProbeResult.Cell(
          path: path, energies: measured.map { $0.energies[path] ?? [] }, featureNorm: norms[path]?.features,
          randomNorm: norms[path]?.random)
      }, notes: notes(batches))
  }

  private func notes(_ batches: [[TokenizedExample]]) -> [String] {
    var notes: [String] = []
    if settings.useDoRA { notes.append("the energies are plain LoRA's: DoRA's magnitudes are not looked at") }
    if settings.initialAdapter != nil {
      notes.append("the base itself was looked at, without the adapter that runs would begin with")
    }
    if let most = batches.map(\.count).max(), most < settings.batchSize {
      notes.append("batches of \(most) instead of \(settings.batchSize) examples: the data has no more")
    }
    return notes
  }

  // MARK: Batches

  /// The first batches of a run with this seed that packs nothing; smaller ones where the data has too few examples for these.
  private func batches(_ data: [TokenizedExample], source: String) throws -> [[TokenizedExample]] {
    let usable = data.filter { $0.lossTokens > 0 }
    guard !usable.isEmpty else {
      throw TrainingError.noExamples(
        source: source, leftOut: data.count, sequenceLength: settings.sequenceLength)
    }
    guard usable.count >= options.batches else {
      throw ProbeError.tooFewExamples(source: source, examples: usable.count, batches: options.batches)
    }
    for example in usable { try BatchAssembly.batch([example]).check(in: base.configuration) }
    var own = settings
    own.packing = false
    own.steps = options.batches
    own.batchSize = min(settings.batchSize, usable.count / options.batches)
    var plan = BatchPlan(lengths: usable.map(\.tokens.count), options: own)
    return (0..<options.batches).map { _ in plan.next().map { usable[$0] } }
  }

  private static func together(_ examples: [TokenizedExample]) -> [[Prompt]] {
    var groups: [[Prompt]] = []
    var tokens = 0
    for example in examples {
      let prompt = Prompt(tokens: example.tokens, images: example.images.flatMap(\.pixelValues))
      if groups.isEmpty || tokens + prompt.tokens.count > promptTokens {
        groups.append([])
        tokens = 0
      }
      groups[groups.count - 1].append(prompt)
      tokens += prompt.tokens.count
    }
    return groups
  }

  private func checkMemory(
    _ specification: LoRASpecification, _ batches: [[TokenizedExample]]
  ) throws(MemoryShortage) {
    let stacked = GradientEnergy.plain(specification, starts: options.starts)
    let needed =
      GradientEnergy.byteCount(specification, in: base.configuration, starts: options.starts)
      + TrainingMemory.activations(
        configuration: base.configuration, specification: stacked, sequences: batches.map(\.count).max() ?? 0,
        length: batches.joined().map(\.tokens.count).max() ?? 0,
        images: batches.map { $0.reduce(0) { $0 + $1.images.count } }.max() ?? 0)
    try MemoryShortage.check(needed, for: "the passes of the probe") { _ in
      "what would take less: --starts 1, a smaller --batch-size, --sequence-length or --rank"
    }
  }

  private func check(_ batch: GradientEnergy.Batch, index: Int) throws {
    guard batch.loss.isFinite else { throw ProbeError.notFinite(what: "the loss", batch: index + 1) }
    let bad = batch.energies.filter { !$0.value.allSatisfy(\.isFinite) }.keys.min()
    if let bad {
      throw ProbeError.notFinite(
        what: "the gradient of \(base.configuration.name(of: bad))", batch: index + 1)
    }
  }
}

/// Why a base was not looked at, or says nothing: one line each.
public enum ProbeError: ExitStatusError, Equatable {
  case tooFewExamples(source: String, examples: Int, batches: Int)
  /// `batch` counts from 1.
  case notFinite(what: String, batch: Int)
  case noGradient

  public var description: String {
    switch self {
    case .tooFewExamples(let source, let examples, let batches):
      "\(source): \(examples) \(examples == 1 ? "example has" : "examples have") something to learn, too few for \(batches) batches; "
        + "give --batches \(examples) or fewer, or more data"
    case .notFinite(let what, let batch):
      "\(what) is not a finite number (batch \(batch)): this base gives no order of its modules; look whether its weights are whole, "
        + "and leave --bf16 out if it was given"
    case .noGradient:
      "every gradient is zero: this base gives no order of its modules; it has nothing left to learn from these examples, or its weights "
        + "are zero"
    }
  }

  /// `EX_DATAERR`.
  public var exitStatus: Int32 { 65 }
}
