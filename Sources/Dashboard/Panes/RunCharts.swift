import Foundation
import Messages
import Terminal

/// What the Run screen shows beside the loss where it has room for some of its charts only.
package enum RunCharts: CaseIterable, Sendable {
  case gradientAndRate, speedAndMemory, latency

  /// The one with this pane in it.
  init?(showing pane: Pane) {
    switch pane {
    case .runGradient, .runRate: self = .gradientAndRate
    case .runSpeed, .runMemory: self = .speedAndMemory
    case .runLatency: self = .latency
    default: return nil
    }
  }

  var first: Pane {
    switch self {
    case .gradientAndRate: .runGradient
    case .speedAndMemory: .runSpeed
    case .latency: .runLatency
    }
  }

  package var title: String {
    switch self {
    case .gradientAndRate: "gradient norm and learning rate"
    case .speedAndMemory: "tokens a second and memory"
    case .latency: "token latencies"
    }
  }
}

/// The charts of the Run screen besides the loss, over the same steps: gradient norm, learning rate, tokens a second, memory.
package enum RunChartPane {
  /// - Returns: where its axes are, for the mouse; nil without a run.
  @discardableResult
  package static func draw(
    _ pane: Pane, _ state: DashboardState, in rect: Rect, on canvas: inout Canvas
  ) -> PlotReport? {
    let run = state.shownRun
    let metric = metric(of: pane)
    let view = run.map { state.curves.view($0.id, metric) } ?? .empty
    let inner = canvas.pane(pane, state, in: rect, note: note(pane, run, view))
    guard let run else { return nil }
    let slot = state.marks.slot(run.id) ?? 0
    let chart = state.chart
    // A learning rate is what it is, and memory jumps where something is allocated.
    let isSmoothed = pane == .runGradient || pane == .runSpeed
    let beta = isSmoothed ? chart.beta(of: run) : 0
    let axis = ChartAxis(state)
    // Steps of which nothing was recorded are no gaps in a curve.
    let isRecorded = view.bucket(0..<view.count).finite > 0 || pane == .runGradient || pane == .runRate
    let series = PlotSeries(
      values: isRecorded ? view : .empty, style: Style(ThemeKey.series(slot)), marker: state.glyphs.marker(slot),
      showsRaw: chart.showsRaw && beta > 0, positions: axis.positions(of: run, state),
      positionFactor: axis.factor)
    let model = PlotModel(
      series: [series], xRange: axis.shown(ChartRuns.xRange(state)), xScale: chart.axes.x,
      yRange: pane == .runGradient ? nil : fromZero(view, unit: pane == .runMemory ? memoryUnit(view).bytes : 1),
      smoothing: beta, xUnit: axis.unit,
      yFactor: pane == .runMemory ? 1 / memoryUnit(view).bytes : 1,
      message: state.curves.whyUnread(run.id, metric) ?? message(run, view, state),
      crosshair: axis.crosshair(state).map { $0 * axis.factor })
    let report = state.remembered.plots.draw(model, of: pane, in: inner, on: &canvas, glyphs: state.glyphs)
    guard report.crosshairColumn != nil, let step = chart.crosshair, view[step - 1].isFinite else { return report }
    canvas.put(
      " \(text(pane, Double(view[step - 1]))) ", endingAt: report.area.right, y: report.area.y,
      style: Style(.fg, bold: true))
    return report
  }

  /// What the Run screen's strip and titles say of the memory: the newest look, or the peak.
  static func memory(_ run: RunSummary?) -> String? {
    guard let run else { return nil }
    if let now = run.memory.lastHere, now.isFinite { return NumberFormat.bytes(whole(Double(now))) }
    return run.peakMemoryBytes.map { NumberFormat.bytes($0) }
  }

  /// What a store of another program holds may be far beyond any count.
  private static func whole(_ value: Double) -> Int { Int(min(max(value.isFinite ? value : 0, 0), 1e15)) }

  static func metric(of pane: Pane) -> CurveStore.Metric {
    switch pane {
    case .runRate: .learningRate
    case .runSpeed: .tokenRate
    case .runMemory: .memory
    default: .gradientNorm
    }
  }

  private static func text(_ pane: Pane, _ value: Double) -> String {
    switch pane {
    case .runRate: NumberFormat.scientific(value)
    case .runSpeed: NumberFormat.grouped(whole(value))
    case .runMemory: NumberFormat.bytes(whole(value))
    default: NumberFormat.short(value)
    }
  }

  private static func message(_ run: RunSummary, _ view: SeriesView, _ state: DashboardState) -> String {
    view.count > 0 ? "not recorded: an earlier version trained it" : WhyEmpty.noStep(run, state)
  }

  /// From zero, so that a ripple does not look like a change; without a value from 0 to `unit`, in the values' own units.
  private static func fromZero(_ view: SeriesView, unit: Double = 1) -> ClosedRange<Double> {
    let most = Double(view.bucket(0..<view.count).maximum)
    return 0...(most.isFinite && most > 0 ? most * 1.1 : unit)
  }

  /// The unit of the memory axis, by its largest value.
  private static func memoryUnit(_ view: SeriesView) -> (name: String, bytes: Double) {
    let most = Double(view.bucket(0..<view.count).maximum)
    return most >= 1_073_741_824 ? ("GiB", 1_073_741_824) : ("MiB", 1_048_576)
  }

  private static func note(_ pane: Pane, _ run: RunSummary?, _ view: SeriesView) -> String? {
    guard let run else { return nil }
    let now = view.lastFinite.map { "now \(text(pane, Double($0.value)))" }
    switch pane {
    case .runRate:
      let settings = run.plan.settings
      return (settings.warmupSteps > 0 ? "warm-up \(settings.warmupSteps), " : "") + settings.schedule.rawValue
    case .runSpeed: return now
    case .runMemory:
      let parts = [now, run.peakMemoryBytes.map { "peak \(NumberFormat.bytes($0))" }, memoryUnit(view).name]
      return parts.compactMap { $0 }.joined(separator: " · ")
    default:
      let clip = run.plan.settings.clip
      var parts = [clip > 0 ? "clip at \(NumberFormat.setting(clip))" : "no clipping"]
      if let last = view.last { parts.insert("now \(NumberFormat.short(Double(last)))", at: 0) }
      if clip > 0, view.count > 0, view.count <= 20_000 {
        let over = view.values(0..<view.count).count { Double($0) > clip }
        parts.append("\(NumberFormat.percent(Double(over) / Double(view.count))) clipped")
      }
      return parts.joined(separator: " · ")
    }
  }
}
