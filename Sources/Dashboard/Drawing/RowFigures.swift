import Messages
import Recipe
import Synchronization
import Terminal

/// The loss of a run in a row of a table, from what charts have decimated already where they have it.
enum LossLine {
  /// Stretches that a cell's height is a mean of: reading a long series whole would cost a frame.
  private static let samplesPerCell = 8

  static func text(_ run: RunSummary, _ state: DashboardState, columns: Int) -> String {
    let count = run.losses.count
    guard columns > 0, count > 1 else { return "" }
    return state.remembered.lines.text(run, columns: columns, set: state.characterSet) {
      Sparkline.text(values(run.losses, columns: columns), columns: columns, isLog: true, glyphs: state.glyphs)
    }
  }

  private static func values(_ losses: MetricSeries, columns: Int) -> [Float] {
    let most = columns * samplesPerCell
    guard losses.count > most else { return losses.values(0..<losses.count) }
    // Short stretches at even distances, over all of them; the last value is the newest.
    return (0..<most).map { place in
      let index = (losses.count - 1) * place / (most - 1)
      return losses.values(index..<index + 1).first ?? .nan
    }
  }
}

/// Texts of rows that stay as they are while the run does not grow: a table of runs that are finished costs a look-up a row.
final class RememberedLines: Sendable {
  private struct Key: Hashable {
    var run: RunID
    var columns: Int
    var set: CharacterSet
  }

  private struct Known {
    var count: Int
    var last: UInt32
    var text: String
  }

  private let known = Mutex<[Key: Known]>([:])
  /// Runs that were looked at long ago are forgotten with the others: a store of thousands does not fill the memory.
  private static let most = 512

  func text(_ run: RunSummary, columns: Int, set: CharacterSet, _ make: () -> String) -> String {
    let key = Key(run: run.id, columns: columns, set: set)
    let (count, last) = (run.losses.count, (run.losses.last ?? 0).bitPattern)
    if let known = known.withLock({ $0[key] }), known.count == count, known.last == last { return known.text }
    let text = make()
    known.withLock { known in
      if known.count >= Self.most { known.removeAll() }
      known[key] = Known(count: count, last: last, text: text)
    }
    return text
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
