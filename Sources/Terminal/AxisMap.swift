import Foundation

/// Maps values of a range to 0…1 and back, linear or logarithmic. A log axis with a lower end ≤ 0 starts at a small positive value.
struct AxisMap: Sendable, Equatable {
  let scale: AxisScale
  private let low: Double
  private let span: Double

  init(_ range: ClosedRange<Double>, scale: AxisScale) {
    self.scale = scale
    switch scale {
    case .linear:
      low = range.lowerBound
      span = max(range.upperBound - range.lowerBound, .leastNormalMagnitude)
    case .log:
      let top = max(range.upperBound, .leastNormalMagnitude)
      let bottom = range.lowerBound > 0 ? range.lowerBound : min(1, top / 1e4)
      low = Foundation.log(bottom)
      span = max(Foundation.log(top) - low, 1e-12)
    }
  }

  /// nil for what the axis cannot show: not finite, or ≤ 0 on a log axis.
  func position(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    switch scale {
    case .linear: return (value - low) / span
    case .log: return value > 0 ? (Foundation.log(value) - low) / span : nil
    }
  }

  func value(_ position: Double) -> Double {
    let mapped = low + position * span
    return scale == .log ? exp(mapped) : mapped
  }
}
