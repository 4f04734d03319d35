import Messages
import Recipe
import Terminal

/// The loss of a run in a row of a table.
enum LossLine {
  /// Stretches that a cell's height is a mean of: reading a long series whole would cost a frame.
  private static let samplesPerCell = 8

  /// Empty for a run without a curve, and until it was read.
  static func text(_ run: RunSummary, _ state: DashboardState, columns: Int) -> String {
    state.remembered.losses.line(run, columns: columns, set: state.characterSet)
  }

  static func make(_ losses: MetricSeries, columns: Int, set: CharacterSet) -> String {
    guard columns > 0, losses.count > 1 else { return "" }
    let glyphs = Glyphs.glyphs(for: set)
    return Sparkline.text(values(losses, columns: columns), columns: columns, isLog: true, glyphs: glyphs)
  }

  private static func values(_ losses: MetricSeries, columns: Int) -> [Float] {
    let most = columns * samplesPerCell
    guard losses.count > most else { return losses.values(ofEach: [0..<losses.count]) }
    // Single steps at even distances, over all of them; the last value is the newest.
    return losses.values(
      ofEach: (0..<most).map { place in
        let index = (losses.count - 1) * place / (most - 1)
        return index..<index + 1
      })
  }
}

/// An estimate with its interval as a small bar: filled up to the interval's lower end, shaded to its upper one.
enum IntervalBar {
  static func text(_ interval: Interval, in range: ClosedRange<Double>, columns: Int, glyphs: Glyphs) -> String {
    let width = range.upperBound - range.lowerBound
    guard columns > 1, width > 0, interval.estimate.isFinite, interval.low.isFinite, interval.high.isFinite else {
      return ""
    }
    func cells(_ value: Double) -> Double { min(max(0, (value - range.lowerBound) / width), 1) * Double(columns) }
    let low = Int(cells(interval.low).rounded(.down))
    let high = max(low, min(columns, Int(cells(interval.high).rounded(.up))))
    return String(repeating: glyphs.barFull, count: low) + String(repeating: glyphs.shades[1], count: high - low)
  }
}
