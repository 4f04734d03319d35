import Recipe

/// A row of the article's table of expected trade-offs beside what a study measured.
public struct ExpectedTradeoff: Hashable, Sendable {
  public enum Verdict: String, Codable, Sendable {
    case asExpected = "as expected"
    case above = "above"
    case below = "below"
    case cannotTell = "can't tell"
    case notMeasured = "not measured"
    /// Only on a machine that other programs kept busy.
    case measuredBusy = "busy machine"
    /// The article names no range.
    case noRange = "no range given"
  }

  public var targets: Targets
  public var expectedAccuracy: String
  public var expectedLatency: String
  /// Percent over the base; nil where the article names none.
  public var expectedOverhead: ClosedRange<Double>?
  /// Percent of the base's TPOT, mean over the data sets.
  public var measuredOverhead: Interval?
  /// Mean score over the data sets on which it was run, percent, and their number.
  public var measuredMean: Double?
  public var datasets: Int
  public var verdict: Verdict

  public init(
    targets: Targets, expectedAccuracy: String, expectedLatency: String, expectedOverhead: ClosedRange<Double>?,
    measuredOverhead: Interval?, measuredMean: Double?, datasets: Int, verdict: Verdict
  ) {
    self.targets = targets
    self.expectedAccuracy = expectedAccuracy
    self.expectedLatency = expectedLatency
    self.expectedOverhead = expectedOverhead
    self.measuredOverhead = measuredOverhead
    self.measuredMean = measuredMean
    self.datasets = datasets
    self.verdict = verdict
  }
}
