/// Where a run's wall time went, seconds; time in which it was paused is not counted.
public struct PhaseSeconds: Hashable, Codable, Sendable {
  /// Reading the base and tokenising.
  public var preparing = 0.0
  public var training = 0.0
  public var evaluating = 0.0
  /// Measuring TPOT; everything else waits meanwhile.
  public var measuring = 0.0

  public init() {}
}
