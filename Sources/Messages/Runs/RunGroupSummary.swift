import Recipe

/// What the runs of one group say together, over their seeds.
///
/// Groups hold runs that differ in more than their seeds. A seed's value is its mean over what every seed of the group has a result on:
/// the same model, data set, modules and settings, here called a setup. So a seed that was trained on easier setups alone does not look
/// better, and the interval says how far the mean would move with other seeds, on these very setups.
public struct RunGroupSummary: Hashable, Codable, Sendable {
  public struct Mean: Hashable, Codable, Sendable {
    /// Over seeds and setups.
    public var value: Double
    /// 95 %, Student's t over seeds; nil with one seed.
    public var interval: Interval?
    public var seeds: Int
    /// Setups on which every one of the seeds has a result.
    public var setups: Int

    public init(value: Double, interval: Interval?, seeds: Int, setups: Int) {
      (self.value, self.interval, self.seeds, self.setups) = (value, interval, seeds, setups)
    }
  }

  /// Runs of the group, the base's evaluations among them.
  public var runs: Int
  /// Finished runs with a score, without the base's evaluations.
  public var scored: Int
  /// Setups with a score of any seed.
  public var setups: Int
  /// Score, 0 to 1; nil where no setup has a result of every seed.
  public var score: Mean?
  /// TPOT p50 over the base's, percent, of what was measured on a quiet machine.
  public var overheadPercent: Mean?

  public init(runs: Int, scored: Int, setups: Int, score: Mean?, overheadPercent: Mean?) {
    (self.runs, self.scored, self.setups) = (runs, scored, setups)
    (self.score, self.overheadPercent) = (score, overheadPercent)
  }
}
