import Recipe

/// A look at a base before it is trained: what of it, and how much.
public struct ProbeRequest: Hashable, Sendable {
  public var model: ModelReference
  public var data: DataReference
  /// Rank, alpha, seed, sequences of a batch, their length, and how the data is read. What decides nothing of gradients before the first
  /// step has its default, so that equal requests have equal answers: another learning rate or length is no reason to look again.
  public let settings: RunSettings
  public var batches: Int
  /// Starts of A.
  public var starts: Int
  /// TPOT of the four groups and of all of them, too.
  public var measuresLatency: Bool
  /// TPOT is that of a batch of so many sequences with an adapter each, over the same batch without; nil for one sequence's.
  public var fleet: Int?
  /// Feature norms, too.
  public var measuresFeatures: Bool

  public init(
    model: ModelReference, data: DataReference, settings: RunSettings, batches: Int = 8, starts: Int = 3,
    measuresLatency: Bool = true, fleet: Int? = nil, measuresFeatures: Bool = true
  ) {
    self.fleet = fleet
    self.model = model
    self.data = data
    self.settings = settings.ofProbe
    self.batches = batches
    self.starts = starts
    self.measuresLatency = measuresLatency
    self.measuresFeatures = measuresFeatures
  }
}

extension RunSettings {
  /// Without what a run does after its first gradients, and how it is scored.
  var ofProbe: RunSettings {
    let standard = RunSettings()
    var own = self
    own.learningRate = standard.learningRate
    own.learningRateByGroup = standard.learningRateByGroup
    own.learningRateRatio = standard.learningRateRatio
    own.learningRateRatioByGroup = standard.learningRateRatioByGroup
    own.steps = standard.steps
    own.epochs = standard.epochs
    own.schedule = standard.schedule
    own.warmupSteps = standard.warmupSteps
    own.weightDecay = standard.weightDecay
    own.clip = standard.clip
    own.gradientAccumulation = standard.gradientAccumulation
    own.evaluationExamples = 0
    own.evaluationSplit = standard.evaluationSplit
    own.evaluatesInBF16 = standard.evaluatesInBF16
    own.metric = standard.metric
    own.answerPattern = standard.answerPattern
    own.maxNewTokens = standard.maxNewTokens
    own.endsEarly = standard.endsEarly
    own.fewShot = standard.fewShot
    own.measureLatency = standard.measureLatency
    own.output = standard.output
    return own
  }
}

/// How far a probe has come.
public struct ProbeProgress: Hashable, Sendable {
  public enum Phase: String, Hashable, Sendable {
    /// Model and data are read.
    case reading
    case gradients
    case latency
  }

  public var phase: Phase
  /// Of the phase, 0 to 1.
  public var fraction: Double
  /// The search that it is for; nil for one that a person has asked for.
  public var search: SearchID?

  public init(phase: Phase, fraction: Double, search: SearchID? = nil) {
    self.phase = phase
    self.fraction = fraction
    self.search = search
  }

  /// What is being done, in words.
  public var words: String {
    switch phase {
    case .reading: "reading model and data"
    case .gradients: "gradients and features"
    case .latency: "TPOT of the four groups"
    }
  }
}
