import Foundation

/// The most that decoding may cost.
public enum LatencyBudget: Hashable, Sendable {
  /// The cheapest third of the measured costs.
  case cheapestThird
  /// Percent over the base's time per output token.
  case overheadPercent(Double)
  /// TPOT p95.
  case milliseconds(Double)

  /// `10`, `10%` or `7.5ms`; nil for anything else, for what is not finite, and for milliseconds not over 0.
  public init?(parsing text: String) {
    let trimmed = text.trimmingCharacters(in: .whitespaces)
    let isTime = trimmed.hasSuffix("ms")
    let digits = isTime ? String(trimmed.dropLast(2)) : trimmed.hasSuffix("%") ? String(trimmed.dropLast()) : trimmed
    guard let value = Double(digits.trimmingCharacters(in: .whitespaces)), value.isFinite, !isTime || value > 0 else {
      return nil
    }
    self = isTime ? .milliseconds(value) : .overheadPercent(value)
  }
}
