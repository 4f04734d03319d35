/// What M4 decimation keeps of a range of values (Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", 2014).
public struct SeriesBucket: Equatable, Sendable {
  /// The values at both ends, finite or not.
  public var first: Float = .nan
  public var last: Float = .nan
  /// Extremes of the finite values; NaN when there is none.
  public var minimum: Float = .nan
  public var maximum: Float = .nan
  public var finite = 0
  /// Finite values ≤ 0, which a log axis cannot show.
  public var nonPositive = 0
  public var count = 0

  public init() {}

  public init(first: Float, last: Float, minimum: Float, maximum: Float, finite: Int, nonPositive: Int, count: Int) {
    self.first = first
    self.last = last
    self.minimum = minimum
    self.maximum = maximum
    self.finite = finite
    self.nonPositive = nonPositive
    self.count = count
  }

  public var nonFinite: Int { count - finite }
}
