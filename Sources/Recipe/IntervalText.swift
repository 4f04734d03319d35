import Foundation

extension Interval {
  /// To which sides of the estimate an interval reaches.
  public enum Sides: Hashable, Sendable {
    case both
    /// The estimate is its lower end, or its upper one: there is nothing below 0 % and above 100 %.
    case above, below
    /// It has no width: nothing is known of one.
    case neither
  }

  public var sides: Sides {
    if low == estimate { return high > estimate ? .above : .neither }
    return high == estimate ? .below : .both
  }

  /// How much room is around the sign.
  public enum Spacing: Sendable { case sentence, table }

  /// `69.6 ± 2.1` or `69.6 ±2.1`; one-sided `0.0 (≤ 26.5)` and `100.0 (≥ 73.5)`, and without a width the estimate alone.
  ///
  /// - Parameters:
  ///   - scale: 100 for shares that are shown in percent.
  ///   - signed: with a plus.
  public func text(
    scale: Double = 1, digits: Int = 1, signed: Bool = false, _ spacing: Spacing = .sentence
  ) -> String {
    func number(_ value: Double, _ signed: Bool) -> String {
      String(format: "%\(signed ? "+" : "").\(digits)f", scale * value)
    }
    let space = spacing == .sentence ? " " : ""
    let value = number(estimate, signed)
    switch sides {
    case .both: return "\(value) ±\(space)\(number(halfWidth, false))"
    case .above: return "\(value) (≤\(space)\(number(high, signed)))"
    case .below: return "\(value) (≥\(space)\(number(low, signed)))"
    case .neither: return value
    }
  }
}
