import Messages
import Terminal

/// The losses on held-out examples, as points of the loss chart: of each curve those in view, in its colour.
enum HeldOutPoints {
  /// More of them would lie in the same cells: of a long run some are left out, evenly, and never the newest.
  private static let most = 200

  /// - Parameter range: what is in view, in steps, tokens or seconds.
  static func points(_ run: RunSummary, in range: ClosedRange<Double>, _ axis: ChartAxis, _ state: DashboardState)
    -> [PlotPoint]
  {
    let steps = run.heldOutSteps
    let first = steps.count(upTo: step(range.lowerBound, .up, run, axis, state) - 1)
    let end = min(run.heldOutLosses.count, steps.count(upTo: step(range.upperBound, .down, run, axis, state)))
    guard first < end else { return [] }
    let values = run.heldOutLosses.values(first..<end)
    let stride = (values.count + most - 1) / most
    return values.indices.filter { (values.count - 1 - $0) % stride == 0 }.map { index in
      let x = ChartAxis.x(ofStep: steps.step(at: first + index), run, state)
      return PlotPoint(x: x * axis.factor, y: Double(values[index]), marker: mark(state.glyphs))
    }
  }

  /// The step at a place of the axis.
  private static func step(
    _ x: Double, _ rule: FloatingPointRoundingRule, _ run: RunSummary, _ axis: ChartAxis, _ state: DashboardState
  ) -> Int {
    let x = max(0, min(x, 1e9))
    return axis.kind == .steps ? Int(x.rounded(rule)) : ChartAxis.step(at: x, run, state)
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
