import Recipe

/// The tokens that one model decoded without a break.
public struct LatencyBlock: Sendable, Codable, Equatable {
  /// 0 for the base, then the adapters in the order they were given.
  public var variant: Int
  /// From 0.
  public var round: Int
  /// The block's place within its round, from 0.
  public var place: Int
  /// The time of each token, in milliseconds.
  public var milliseconds: [Double]

  public init(variant: Int, round: Int, place: Int, milliseconds: [Double]) {
    self.variant = variant
    self.round = round
    self.place = place
    self.milliseconds = milliseconds
  }

  public var p50: Double { Percentile.of(milliseconds, 0.5) }
  public var p95: Double { Percentile.of(milliseconds, 0.95) }
}
