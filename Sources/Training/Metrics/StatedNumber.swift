/// A number as a text states it: `-1,234.50`, `($12.5)`, `7 %`, `1.2 million`.
struct StatedNumber: Equatable {
  /// As it is written, its sign included, before percent or scale.
  var value: Double
  /// Digits after the point.
  var decimals: Int
  /// What the unit behind it multiplies by: 0.01 for percent, a thousand, a million, …; nil without one.
  var unit: Double?

  /// Whether this rounds to `gold`: off by at most half a unit of gold's last decimal, and by nothing where gold is whole. A unit that only one
  /// of them states is not held against them, as tables state it once for all figures.
  func states(_ gold: StatedNumber) -> Bool {
    if Self.isClose(value, gold, scale: 1), unit == gold.unit || unit == nil || gold.unit == nil { return true }
    let scale = gold.unit ?? 1
    return unit != gold.unit && Self.isClose(value * (unit ?? 1), gold, scale: scale)
  }

  private static func isClose(_ value: Double, _ gold: StatedNumber, scale: Double) -> Bool {
    let half = gold.decimals > 0 ? 0.5 * Self.power(gold.decimals) * scale : 0
    let wanted = gold.value * scale
    // Decimal fractions have no exact binary form.
    return abs(value - wanted) <= half + 1e-9 * max(1, abs(wanted))
  }

  private static func power(_ decimals: Int) -> Double { (0..<decimals).reduce(1.0) { power, _ in power / 10 } }
}
