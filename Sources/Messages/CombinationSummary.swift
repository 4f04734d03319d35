import Recipe

/// What all seeds of one combination of targets say together.
public struct CombinationSummary: Hashable, Codable, Sendable {
  /// What a combination may cost: each is an axis against which scores are plotted.
  public enum Axis: String, CaseIterable, Hashable, Codable, Sendable {
    /// TPOT p50 over the base's, percent, and the times themselves in milliseconds.
    case overhead, p50, p95
    /// Adapter parameters.
    case parameters
    /// TPOT p95 over that of o_proj, percent, each against the base that was measured beside it.
    case overOProj
  }

  /// Where a combination is among the others of its plot.
  public enum Place: String, Hashable, Codable, Sendable { case front, mayBeOnFront, behind }

  public struct Cost: Hashable, Codable, Sendable {
    /// Mean over the seeds.
    public var value: Double
    public var interval: Interval?
    public var place: Place

    public init(value: Double, interval: Interval? = nil, place: Place = .behind) {
      self.value = value
      self.interval = interval
      self.place = place
    }
  }

  public var targets: Targets
  /// Finished runs, one for each seed.
  public var runs: [RunID]
  public var trainableParameters: Int?
  /// Mean score, 0 to 1; the interval is from resampling seeds, then examples. Nil without examples that all share.
  public var score: Interval?
  /// Mean TPOT overhead over the base, percent; nil where none was measured.
  public var overheadPercent: Interval?
  /// Nothing in the study is both more accurate and faster; nil without both figures.
  public var onFront: Bool?
  /// Share of resamples in which it is on the front.
  public var frontProbability: Double?
  /// Where combinations are summed up for a plot: all costs that are known.
  public var costs: [Axis: Cost] = [:]
  /// All of its runs were stopped early: a partial result is on no front.
  public var isPartial = false
  /// Its latencies were all measured on a busy machine: they are shown, and are on no front.
  public var isBusy = false

  public init(
    targets: Targets, runs: [RunID], trainableParameters: Int?, score: Interval?, overheadPercent: Interval?,
    onFront: Bool?, frontProbability: Double?
  ) {
    self.targets = targets
    self.runs = runs
    self.trainableParameters = trainableParameters
    self.score = score
    self.overheadPercent = overheadPercent
    self.onFront = onFront
    self.frontProbability = frontProbability
  }
}
