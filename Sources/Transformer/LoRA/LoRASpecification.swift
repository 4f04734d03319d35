import Recipe

/// What a LoRA adapter consists of: its modules, and for each a rank and an alpha.
///
/// `rankPattern` and `alphaPattern` override the two defaults for single modules, independently of each other, as PEFT's
/// fields of the same names do.
public struct LoRASpecification: Codable, Sendable, Equatable {
  /// In path order, each once.
  public private(set) var targets: [ModulePath]
  public var rank: Int
  public var alpha: Float
  public var rankPattern: [ModulePath: Int]
  public var alphaPattern: [ModulePath: Float]
  /// Scaling α/√r instead of α/r (rank-stabilised LoRA, arXiv 2312.03732).
  public var useRSLoRA: Bool
  /// Share of the LoRA branch's inputs that is dropped in training.
  public var dropout: Float
  /// Weight-decomposed: each output has a trained magnitude (DoRA, arXiv 2402.09353).
  public var useDoRA: Bool {
    get { dora ?? false }
    set { dora = newValue ? true : nil }
  }
  /// Absent without DoRA, as in what earlier versions stored.
  private var dora: Bool?
  /// The decoder's modules act on a sequence's prompt alone: from the first completion token on each position goes through the plain base,
  /// over the keys and values that the adapter made of the prompt. The last token of the prompt, which the first completion token
  /// is predicted from, still has it. Pictures stand in prompts: a vision tower's modules act on all of them.
  public var promptOnly: Bool {
    get { prompts ?? false }
    set { prompts = newValue ? true : nil }
  }
  /// Absent where the adapter acts on all tokens.
  private var prompts: Bool?

  public init(
    targets: [ModulePath], rank: Int, alpha: Float, rankPattern: [ModulePath: Int] = [:],
    alphaPattern: [ModulePath: Float] = [:], useRSLoRA: Bool = false, dropout: Float = 0, useDoRA: Bool = false
  ) {
    self.targets = Array(Set(targets)).sorted()
    self.rank = rank
    self.alpha = alpha
    self.rankPattern = rankPattern
    self.alphaPattern = alphaPattern
    self.useRSLoRA = useRSLoRA
    self.dropout = dropout
    dora = useDoRA ? true : nil
  }

  /// What `targets` names in a model.
  public init(
    targets: Targets, in configuration: ModelConfiguration, rank: Int, alpha: Float, useRSLoRA: Bool = false,
    dropout: Float = 0, useDoRA: Bool = false
  ) throws(TargetError) {
    self.init(
      targets: try targets.paths(in: configuration), rank: rank, alpha: alpha, useRSLoRA: useRSLoRA, dropout: dropout,
      useDoRA: useDoRA)
  }

  /// The adapter that a run's settings ask for: each module has the rank and alpha of its group.
  public init(
    targets: Targets, in configuration: ModelConfiguration, settings: RunSettings
  ) throws(TargetError) {
    try self.init(
      targets: targets, in: configuration, rank: settings.rank, alpha: Float(settings.resolvedAlpha),
      useRSLoRA: settings.useRSLoRA, dropout: Float(settings.dropout), useDoRA: settings.useDoRA)
    promptOnly = settings.promptOnly
    for path in self.targets {
      let (own, ownAlpha) = (settings.rank(of: path.group), Float(settings.resolvedAlpha(of: path.group)))
      if own != rank { rankPattern[path] = own }
      if ownAlpha != alpha { alphaPattern[path] = ownAlpha }
    }
  }

  public func rank(of path: ModulePath) -> Int { rankPattern[path] ?? rank }
  public func alpha(of path: ModulePath) -> Float { alphaPattern[path] ?? alpha }

  /// The factor of B·A: α/r, or α/√r with rsLoRA.
  public func scaling(of path: ModulePath) -> Float {
    let rank = Double(rank(of: path))
    return Float(Double(alpha(of: path)) / (useRSLoRA ? rank.squareRoot() : rank))
  }

  /// Trainable parameters in a model of this shape.
  public func parameterCount(in configuration: ModelConfiguration) -> Int {
    configuration.linears.adapterParameters(targets, useDoRA: useDoRA, rank: rank(of:))
  }

  /// Refuses what no adapter of this model can have.
  public func validate(in configuration: ModelConfiguration) throws(AdapterError) {
    guard !targets.isEmpty else { throw .noTargets }
    guard dropout >= 0, dropout < 1 else { throw .dropout(dropout) }
    guard !(promptOnly && useDoRA) else { throw .promptOnlyDoRA }
    for path in targets {
      guard let part = path.isVision ? configuration.vision?.tower : configuration,
        part.modules.contains(path.module)
      else { throw .absentModule(path: path) }
      guard (0..<part.layers).contains(path.layer) else { throw .layerOutOfRange(path: path, layers: part.layers) }
      guard part.modules(of: path.layer).contains(path.module) else { throw .absentModule(path: path) }
      let largest = 65_536
      guard (1...largest).contains(rank(of: path)) else {
        throw .rank(path: path, rank: rank(of: path), largest: largest)
      }
      let alpha = alpha(of: path)
      guard alpha.isFinite, alpha > 0 else { throw .alpha(path: path, alpha: alpha) }
    }
  }
}

/// Why an adapter cannot be built for a model, in one line.
public enum AdapterError: ExitStatusError, Equatable {
  case noTargets
  case layerOutOfRange(path: ModulePath, layers: Int)
  case absentModule(path: ModulePath)
  case rank(path: ModulePath, rank: Int, largest: Int)
  case alpha(path: ModulePath, alpha: Float)
  case dropout(Float)
  /// DoRA rescales the base's own outputs.
  case promptOnlyDoRA
  /// What acts on some positions alone is in no weight.
  case promptOnlyMerge
  case shape(tensor: String, expected: String, found: String)
  case configurationMismatch

  public var description: String {
    switch self {
    case .noTargets: "the adapter has no target modules; name at least one with --targets"
    case .layerOutOfRange(let path, let layers): "adapter target \(path): the model has layers 0 to \(layers - 1) only"
    case .absentModule(let path): "adapter target \(path): the model has no such layer"
    case .rank(let path, let rank, let largest):
      "adapter target \(path): rank \(rank) is not between 1 and \(largest)"
    case .alpha(let path, let alpha): "adapter target \(path): alpha \(alpha) is not a positive number"
    case .dropout(let rate): "LoRA dropout \(rate) is not in 0 ..< 1"
    case .promptOnlyDoRA: "a prompt-only adapter cannot be weight-decomposed: leave DoRA out, or let it act always"
    case .promptOnlyMerge:
      "the adapter is prompt-only: it cannot be merged, since completion tokens go through the base without it; serve it "
        + "unmerged, on the prompt alone"
    case .shape(let tensor, let expected, let found):
      "adapter tensor \(tensor): expected shape \(expected), found \(found)"
    case .configurationMismatch:
      "the adapter was made for a model of another shape; use the base model that it was trained on"
    }
  }

  /// `EX_DATAERR`.
  public var exitStatus: Int32 { 65 }
}
