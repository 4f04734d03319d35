import Messages
import Terminal

/// The charts of the Run screen besides the loss: gradient norm and learning rate over the same steps.
package enum RunChartPane {
  package static func draw(_ pane: Pane, _ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let isGradient = pane == .runGradient
    let run = state.shownRun
    let view = run.map { state.curves.view($0.id, isGradient ? .gradientNorm : .learningRate) } ?? .empty
    let inner = canvas.pane(
      pane, state, in: rect, note: isGradient ? gradientNote(run, view, state) : run.map { rateNote($0) })
    guard let run else { return }
    let slot = state.marks.slot(run.id) ?? 0
    let chart = state.chart
    let series = PlotSeries(
      values: view, style: Style(ThemeKey.series(slot)), marker: state.glyphs.marker(slot),
      showsRaw: isGradient && chart.showsRaw && chart.beta > 0)
    let model = PlotModel(
      series: [series], xRange: ChartRuns.xRange(state), xScale: chart.axes.x,
      yRange: isGradient ? nil : rateRange(view), smoothing: isGradient ? chart.beta : 0,
      message: run.state == .waiting ? "waiting" : "no step yet", crosshair: chart.crosshair.map(Double.init))
    let report = Plot.draw(model, in: inner, on: &canvas, glyphs: state.glyphs)
    guard report.crosshairColumn != nil, let step = chart.crosshair, view[step - 1].isFinite else { return }
    let text = isGradient ? NumberFormat.short(Double(view[step - 1])) : NumberFormat.scientific(Double(view[step - 1]))
    canvas.put(" \(text) ", endingAt: report.area.right, y: report.area.y, style: Style(.fg, bold: true))
  }

  private static func rateRange(_ view: SeriesView) -> ClosedRange<Double> {
    let most = Double(view.bucket(0..<view.count).maximum)
    return 0...(most.isFinite && most > 0 ? most * 1.1 : 1)
  }

  private static func gradientNote(_ run: RunSummary?, _ view: SeriesView, _ state: DashboardState) -> String? {
    guard let run else { return nil }
    let clip = run.plan.settings.clip
    var parts = [clip > 0 ? "clip at \(NumberFormat.setting(clip))" : "no clipping"]
    if let last = view.last { parts.insert("now \(NumberFormat.short(Double(last)))", at: 0) }
    if clip > 0, view.count > 0, view.count <= 20_000 {
      let over = view.values(0..<view.count).count { Double($0) > clip }
      parts.append("\(NumberFormat.percent(Double(over) / Double(view.count))) clipped")
    }
    return parts.joined(separator: " · ")
  }

  private static func rateNote(_ run: RunSummary) -> String {
    let settings = run.plan.settings
    let warmup = settings.warmupSteps > 0 ? "warm-up \(settings.warmupSteps), " : ""
    return warmup + settings.schedule.rawValue
  }
}
