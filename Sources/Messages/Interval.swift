/// An estimate with its 95 % interval.
public struct Interval: Hashable, Codable, Sendable {
  public var estimate: Double
  public var low: Double
  public var high: Double

  public init(estimate: Double, low: Double, high: Double) {
    self.estimate = estimate
    self.low = low
    self.high = high
  }

  /// The larger of the two distances from the estimate.
  public var halfWidth: Double { max(high - estimate, estimate - low) }
}
