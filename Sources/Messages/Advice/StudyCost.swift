import Recipe

/// What a combination costs when it decodes.
public struct StudyCost: Hashable, Codable, Sendable {
  public enum Unit: String, Codable, Sendable {
    /// Percent of the base's time per output token.
    case overheadPercent = "% over the base's TPOT"
    case p95Milliseconds = "ms TPOT p95"
  }

  public var unit: Unit
  public var value: Double
  public var interval: Interval?

  public init(unit: Unit, value: Double, interval: Interval? = nil) {
    self.unit = unit
    self.value = value
    self.interval = interval
  }
}
