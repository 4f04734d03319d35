import Foundation

/// Places and labels of axes: steps of 1, 2 or 5 × 10ⁿ, equal decimals, no label twice.
public enum Ticks {
  /// At most `count` ticks of a linear axis, and at least one when the range is not empty.
  public static func linear(_ range: ClosedRange<Double>, atMost count: Int) -> [Tick] {
    let span = range.upperBound - range.lowerBound
    guard span > 0, span.isFinite, count > 0 else {
      return [Tick(value: range.lowerBound, label: NumberFormat.short(range.lowerBound))]
    }
    var step = niceStep(atLeast: span / Double(max(1, count)))
    var values = multiples(of: step, in: range)
    while values.count > count {
      step = niceStep(atLeast: step * 1.01)
      values = multiples(of: step, in: range)
    }
    return zip(values, labels(values, step: step)).map { Tick(value: $0, label: $1) }
  }

  /// The smallest 1-2-5 × 10ⁿ that is not less than `value`.
  public static func niceStep(atLeast value: Double) -> Double {
    guard value > 0, value.isFinite else { return 1 }
    let exponent = log10(value).rounded(.down)
    for factor in [1.0, 2, 5, 10] where factor * pow(10, exponent) >= value * (1 - 1e-9) {
      return factor * pow(10, exponent)
    }
    return pow(10, exponent + 1)
  }

  /// Ticks of a log axis: decades, with 2 and 5 between them when fewer than two decades show; where that leaves fewer than two,
  /// a linear axis' ticks. `distance` gives cells between two values; ticks closer than `apart` are left out.
  public static func log(
    _ range: ClosedRange<Double>, apart: Double, distance: (Double, Double) -> Double
  ) -> [Tick] {
    guard range.lowerBound > 0, range.upperBound > range.lowerBound, range.upperBound.isFinite else { return [] }
    let first = Int(log10(range.lowerBound).rounded(.down))
    let last = Int(log10(range.upperBound).rounded(.up))
    let decades = log10(range.upperBound / range.lowerBound)
    let inside = { (value: Double) in
      value >= range.lowerBound * (1 - 1e-9) && value <= range.upperBound * (1 + 1e-9)
    }
    var values = (first...last).map { pow(10, Double($0)) }.filter(inside)
    if decades < 2 {
      // Decades first: where they crowd, 2 and 5 give way.
      for exponent in first...last {
        for factor in [2.0, 5] {
          let value = factor * pow(10, Double(exponent))
          if inside(value), !values.contains(where: { abs(distance($0, value)) < apart }) { values.append(value) }
        }
      }
    }
    var kept: [Double] = []
    for value in values.sorted() where kept.last.map({ abs(distance($0, value)) >= apart }) ?? true {
      kept.append(value)
    }
    guard kept.count >= 2 else {
      let cells = abs(distance(range.lowerBound, range.upperBound))
      var ticks: [Tick] = []
      for tick in linear(range, atMost: max(2, Int(cells / max(apart, 1)) + 1)) where tick.value > 0 {
        if ticks.last.map({ abs(distance($0.value, tick.value)) >= apart }) ?? true { ticks.append(tick) }
      }
      return ticks
    }
    return kept.map { Tick(value: $0, label: label($0, step: $0)) }
  }

  /// Multiples of `step` inside the range, ends included.
  static func multiples(of step: Double, in range: ClosedRange<Double>) -> [Double] {
    let first = (range.lowerBound / step - 1e-9).rounded(.up)
    let last = (range.upperBound / step + 1e-9).rounded(.down)
    guard first <= last, last - first < 10_000 else { return [] }
    return stride(from: first, through: last, by: 1).map { $0 == 0 ? 0 : $0 * step }
  }

  /// Labels with the decimals that the step needs; thousands as k, millions as M when all are large enough.
  private static func labels(_ values: [Double], step: Double) -> [String] {
    values.map { label($0, step: step) }
  }

  private static func label(_ value: Double, step: Double) -> String {
    if value == 0 { return "0" }
    let magnitude = abs(value)
    if step < 0.001 { return NumberFormat.scientific(value, digits: significantDigits(value, step: step)) }
    if magnitude >= 1e6 { return NumberFormat.fixed(value / 1e6, max(1, decimals(step / 1e6))) + "M" }
    if magnitude >= 10_000 { return NumberFormat.fixed(value / 1e3, decimals(step / 1e3)) + "k" }
    return NumberFormat.fixed(value, decimals(step))
  }

  private static func decimals(_ step: Double) -> Int { min(15, max(0, Int((-log10(step) - 1e-9).rounded(.up)))) }

  private static func significantDigits(_ value: Double, step: Double) -> Int {
    let first = (log10(abs(value)) + 1e-9).rounded(.down)
    let last = (log10(step) + 1e-9).rounded(.down)
    return min(15, max(1, Int(first - last) + 1))
  }
}
