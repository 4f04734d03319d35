/// An estimate and the bounds of its interval, all three in the same unit.
public struct MeasuredInterval: Sendable, Codable, Equatable {
  public var estimate: Double
  public var low: Double
  public var high: Double

  public init(estimate: Double, low: Double, high: Double) {
    self.estimate = estimate
    self.low = low
    self.high = high
  }

  /// The wider of the two sides: what is written behind ±.
  public var halfWidth: Double { max(high - estimate, estimate - low) }
}
