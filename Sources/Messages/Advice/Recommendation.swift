import Recipe

/// One pick with its reasons.
public struct Recommendation: Hashable, Codable, Sendable {
  public enum Kind: String, Codable, CaseIterable, Sendable {
    case accuracy, balanced, challenging

    public var title: String {
      switch self {
      case .accuracy: "accuracy first"
      case .balanced: "balanced"
      case .challenging: "challenging tasks"
      }
    }
  }

  /// What was measured of the pick.
  public struct Figures: Hashable, Codable, Sendable {
    /// Percent, mean over the data sets; without an interval low and high are the estimate.
    public var score: Interval
    public var cost: StudyCost
    public var parameters: Int?
    /// Fewest over the data sets; 0 for published figures.
    public var seeds: Int
    /// Evaluated examples, all data sets together.
    public var examples: Int
    /// Share of resamples in which nothing is both more accurate and faster; nil where it was not computed.
    public var frontProbability: Double?

    public init(
      score: Interval, cost: StudyCost, parameters: Int?, seeds: Int, examples: Int, frontProbability: Double?
    ) {
      self.score = score
      self.cost = cost
      self.parameters = parameters
      self.seeds = seeds
      self.examples = examples
      self.frontProbability = frontProbability
    }
  }

  public var kind: Kind
  /// What it holds for: `all data sets`, `text`, `medmcqa`.
  public var scope: String
  public var origin: StudyOrigin
  /// Nil where the study does not hold enough to pick; `reason` says what.
  public var targets: Targets?
  public var figures: Figures?
  /// One sentence with its figures.
  public var reason: String
  /// Which model, data sets, runs and seeds.
  public var measuredOn: String
  /// What would have to be run to be sure.
  public var missing: [String]
  /// The runs that the pick rests on.
  public var runs: [RunID]
  /// The pick and what it was chosen over, a run each on the same data and seed, the pick first: at most eight.
  public var evidence: [RunID]

  public init(
    kind: Kind, scope: String, origin: StudyOrigin, targets: Targets?, figures: Figures? = nil, reason: String,
    measuredOn: String, missing: [String], runs: [RunID], evidence: [RunID] = []
  ) {
    self.kind = kind
    self.scope = scope
    self.origin = origin
    self.targets = targets
    self.figures = figures
    self.reason = reason
    self.measuredOn = measuredOn
    self.missing = missing
    self.runs = runs
    self.evidence = evidence
  }
}
