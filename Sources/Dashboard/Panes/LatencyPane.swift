import Messages
import Recipe
import Terminal

/// The token latencies of a run's measurement, counted once when they come from the store.
package struct LatencyHistogram: Sendable, Equatable {
  package let adapter: HistogramCounts
  package let base: HistogramCounts

  /// A token that was held up is no part of the shape: the axis ends at so many percent of the slower model's tokens, and says how many
  /// lie beyond.
  private static let ends = (low: 0.002, high: 0.985)

  /// - Parameter blocks: bounded by the measurement, which has an end in time.
  init(_ blocks: [LatencyBlock]) {
    func times(_ isBase: Bool) -> [Double] {
      blocks.filter { $0.isBase == isBase }.flatMap(\.millisecondsPerToken).filter { $0.isFinite && $0 >= 0 }.sorted()
    }
    let (own, other) = (times(false), times(true))
    let both = [own, other].filter { !$0.isEmpty }
    let low = both.map { Percentile.ofSorted($0, Self.ends.low) }.min() ?? 0
    let high = both.map { Percentile.ofSorted($0, Self.ends.high) }.max() ?? 1
    // Equal times have a width of their own.
    let margin = high > low ? 0 : max(high * 0.05, 1e-6)
    let range = low - margin...high + margin
    adapter = HistogramCounts(own, in: range)
    base = HistogramCounts(other, in: range)
  }

  var isEmpty: Bool { adapter.total == 0 && base.total == 0 }
}

/// How long single tokens took, with the adapter and without it, over one axis.
package enum LatencyPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let run = state.shownRun
    let inner = canvas.pane(
      .runLatency, state, in: rect,
      note: run?.latency.map { "\(Figure.overhead($0, glyphs: state.glyphs).text) % over base" })
    guard let run else { return }
    guard let latency = run.latency, let histogram = state.run.latency.value, !histogram.isEmpty else {
      return canvas.paragraph(message(run, state), in: inner, style: .dim)
    }
    func label(_ name: String, _ counts: HistogramCounts, _ p50: Double, _ p95: Double) -> String {
      let long = "\(name)  p50 \(Figure.time(p50))  p95 \(Figure.time(p95))  \(counts.total) tokens"
      return CharacterWidth.columns(long) < inner.width - 2 ? long : "\(name) \(Figure.time(p50))"
    }
    let slot = state.marks.slot(run.id) ?? 0
    // Times of a small base are microseconds.
    let isMicro = histogram.adapter.range.upperBound < 0.1
    let factor = isMicro ? 1000.0 : 1
    let range = histogram.adapter.range.lowerBound * factor...histogram.adapter.range.upperBound * factor
    var area = inner
    if let busy = Figure.busy(latency) {
      canvas.put(
        "! \(busy)".truncated(toColumns: inner.width, ellipsis: state.glyphs.ellipsis), x: inner.x, y: inner.y,
        style: Style(.warn))
      area = inner.split(top: 1).bottom
    }
    Histogram.draw(
      HistogramModel(
        groups: [
          HistogramModel.Group(
            counts: histogram.adapter, style: Style(ThemeKey.series(slot)),
            label: label("adapter", histogram.adapter, latency.p50, latency.p95), mark: latency.p50 * factor),
          HistogramModel.Group(
            counts: histogram.base, style: .dim,
            label: label("base", histogram.base, latency.baseP50, latency.baseP95), mark: latency.baseP50 * factor),
        ], range: range, unit: isMicro ? "µs" : "ms"), in: area, on: &canvas, glyphs: state.glyphs)
  }

  private static func message(_ run: RunSummary, _ state: DashboardState) -> String {
    if run.plan.isBaseline { return "the base's tokens are measured beside each run's" }
    if let refusal = state.run.latency.refusal { return refusal }
    if run.latency == nil {
      return WhyEmpty.noLatency(run, state)
    }
    return state.run.latency.value == nil ? "reading" : "the single tokens are not stored"
  }
}
