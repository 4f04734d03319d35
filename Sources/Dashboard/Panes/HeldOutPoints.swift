import Messages
import Terminal

/// The losses on held-out examples, as points of the loss chart: of each curve those in view, in its colour.
enum HeldOutPoints {
  /// More of them would lie in the same cells: of a long run some are left out, evenly, and never the newest.
  private static let most = 200

  /// - Parameter range: of steps in view.
  static func points(_ run: RunSummary, in range: ClosedRange<Double>, glyphs: Glyphs) -> [PlotPoint] {
    let steps = run.heldOutSteps
    let first = steps.count(upTo: Int(max(0, min(range.lowerBound, 1e9)).rounded(.up)) - 1)
    let end = min(run.heldOutLosses.count, steps.count(upTo: Int(max(0, min(range.upperBound, 1e9)))))
    guard first < end else { return [] }
    let values = run.heldOutLosses.values(first..<end)
    let stride = (values.count + most - 1) / most
    return values.indices.filter { (values.count - 1 - $0) % stride == 0 }.map { index in
      PlotPoint(x: Double(steps.step(at: first + index)), y: Double(values[index]), marker: mark(glyphs))
    }
  }

  /// What the points are, and the newest value where one run has them; nil where none is drawn.
  static func note(_ runs: [RunSummary], glyphs: Glyphs) -> String? {
    let watched = runs.filter { $0.heldOutLosses.count > 0 }
    guard let run = watched.first else { return nil }
    let name = "\(mark(glyphs)) held out"
    guard watched.count == 1, let last = run.heldOutLosses.last, last.isFinite else { return name }
    return "\(name) \(NumberFormat.short(Double(last)))"
  }

  /// Hollow, and in no slot's use.
  private static func mark(_ glyphs: Glyphs) -> Character { glyphs.maybeFront }
}
