/// How far a measurement has come.
public struct LatencyProgress: Sendable, Equatable {
  /// Rounds done.
  public var round: Int
  public var maximumRounds: Int
  public var seconds: Double
  public var timeCap: Double
  /// The widest half-width so far, in percentage points; nil before it is first computed or with no adapter.
  public var halfWidth: Double?
}
