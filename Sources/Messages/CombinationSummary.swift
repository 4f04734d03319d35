/// What all seeds of one combination of targets say together.
public struct CombinationSummary: Hashable, Codable, Sendable {
  public var targets: TargetSet
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

  public init(
    targets: TargetSet, runs: [RunID], trainableParameters: Int?, score: Interval?, overheadPercent: Interval?,
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
