import Messages
import Recipe
import Terminal

/// Which runs a screen's curves show, in the order of the legend, and over which steps.
package enum ChartRuns {
  package static func of(_ state: DashboardState) -> [RunSummary] {
    switch state.screen {
    case .main:
      let marked = state.markedRuns
      var others = state.activeRuns.filter { $0.state == .training }
      if let selected = state.selectedRun, !others.contains(where: { $0.id == selected.id }) { others.append(selected) }
      others.removeAll { state.marks.contains($0.id) || $0.losses.count == 0 }
      let shown = marked + others.sorted { $0.id < $1.id }
      if shown.isEmpty, let base = state.selectedRun, base.plan.isBaseline { return beside(base, state) }
      return shown
    case .compare: return state.comparedRuns
    case .run: return state.shownRun.map { [$0] } ?? []
    case .sweep, .advise, .log: return []
    }
  }

  /// The newest runs that were trained on what the base, which has no curve, was scored on.
  private static func beside(_ base: RunSummary, _ state: DashboardState) -> [RunSummary] {
    let trained = state.snapshot.runs.reversed().lazy.filter {
      !$0.plan.isBaseline && $0.losses.count > 0 && $0.plan.data == base.plan.data && $0.plan.model == base.plan.model
    }
    return trained.prefix(3).sorted { $0.id < $1.id }
  }

  /// 0 to the largest planned step, or to the tokens or seconds that it will take.
  package static func fullRange(_ state: DashboardState) -> ClosedRange<Double> {
    let unit = state.chart.unit
    let planned = of(state).map { ChartAxis.planned($0, unit) }.max() ?? 0
    if planned > 0 { return 0...planned }
    return 0...(unit == .steps ? Double(max(1, state.setup.settings.steps ?? 100)) : 1)
  }

  /// What the x axis spans now: all, the zoomed part, or the newest tenth.
  package static func xRange(_ state: DashboardState) -> ClosedRange<Double> {
    let all = fullRange(state)
    let chart = state.chart
    if chart.followsNewest {
      let newest = of(state).map { ChartAxis.reached($0, chart.unit) }.max() ?? 0
      let width = max(chart.unit == .steps ? 10 : 1e-3, (all.upperBound - all.lowerBound) / 10)
      let end = max(width, newest)
      return (end - width)...end
    }
    guard let range = chart.range else { return all }
    // A view that touches the newest step keeps following it.
    return max(
      all.lowerBound, range.lowerBound)...max(
        range.lowerBound + (chart.unit == .steps ? 1 : 1e-3), min(all.upperBound, range.upperBound))
  }
}

/// What the names in a legend follow from.
struct LegendKey: Equatable, Sendable {
  var outline: UInt64
  var runs: [RunID]
  var isMixed: Bool
  /// Columns of an entry beside its name.
  var extra: Int
  var columns: Int
  var rows: Int
  var set: CharacterSet
}

/// Curves of one or several runs: on Main, on Compare and on Run.
package enum LossPane {
  /// - Returns: where its axes are, for the mouse.
  @discardableResult
  package static func draw(
    _ pane: Pane, _ state: DashboardState, in rect: Rect, on canvas: inout Canvas
  ) -> PlotReport {
    let chart = state.chart
    let runs = ChartRuns.of(state)
    let glyphs = state.glyphs
    let inner = canvas.pane(
      pane, state, in: rect, footerNote: footer(state.focusedPane == pane, chart))
    // The legend has rows of its own where several runs share the plot: as many as names take, and a tall plot can give.
    let hasLegend = pane != .runLoss && !runs.isEmpty
    let legendRows = max(1, min(mostLegendRows, inner.height - leastPlotRows))
    var model = model(state, runs, columns: inner.width, rows: legendRows)
    let legend = hasLegend ? Plot.legend(model, columns: inner.width, rows: legendRows, glyphs: glyphs) : []
    let hasCaption = rect.height >= 14
    var plot = inner.split(top: legend.count).bottom
    if hasCaption { plot = plot.split(bottom: 1).top }
    let axis = ChartAxis(state)
    model.crosshair = axis.crosshair(state).map { $0 * axis.factor }
    let report = state.remembered.plots.draw(model, of: pane, in: plot, on: &canvas, glyphs: glyphs)
    var notes = [
      chart.smoothingTitle(of: runs) + (chart.showsRaw && pane == .runLoss ? " + raw" : ""), chart.axes.title,
    ]
    // First, since what stands last is cut where the title is narrow.
    if let heldOut = HeldOutPoints.note(runs, glyphs: glyphs) { notes.insert(heldOut, at: 0) }
    if report.nonFinite > 0 { notes.append("\(report.nonFinite) NaN") }
    if report.nonPositive > 0 { notes.append("\(report.nonPositive) ≤ 0 left out") }
    if chart.range != nil { notes.append("zoomed") }
    if chart.followsNewest { notes.append("follow") }
    if chart.crosshair != nil { notes.append("inspect") }
    // Where there is one data set only it goes without saying; where the curves are of several, each name says its own.
    if state.hasSeveralDataSets, pane != .runLoss, let data = state.commonData(runs) { notes.insert(data, at: 0) }
    if state.screen == .main && state.layout.sizeClass != .wide && !state.isZoomed { notes.insert("5 Acc/lat", at: 0) }
    canvas.note(notes, of: pane, state, in: rect)
    for (row, line) in legend.enumerated() { canvas.put(line, x: inner.x, y: inner.y + row) }
    if hasCaption {
      canvas.put(
        caption(pane, state, runs).truncated(toColumns: inner.width, ellipsis: glyphs.ellipsis), x: inner.x,
        y: inner.bottom - 1, style: .dim)
    }
    if let column = report.crosshairColumn, let step = chart.crosshair {
      let hasBox = InspectBox.draw(state, runs: runs, step: step, column: column, area: report.area, on: &canvas)
      if !hasBox {
        for row in 0..<max(1, legend.count) { canvas.fill(inner.row(row)) }
        let used = canvas.put("step \(step)  ", x: inner.x, y: inner.y, style: Style(.key), maxWidth: inner.width)
        canvas.put(
          InspectBox.row(state, runs: runs, step: step, columns: inner.width - used), x: inner.x + used, y: inner.y)
      }
    } else if pane == .runLoss, let run = runs.first, report.area.width >= 40 {
      facts(run, state, in: report.area, on: &canvas)
    }
    return report
  }

  private static let mostLegendRows = 4
  private static let leastPlotRows = 13

  /// - Parameters: `columns` and `rows`: of the legend.
  private static func model(_ state: DashboardState, _ runs: [RunSummary], columns: Int, rows: Int) -> PlotModel {
    let chart = state.chart
    let focusIndex = chart.crosshair != nil ? chart.series : runs.firstIndex { $0.id == focusedRun(state) } ?? 0
    let isMixed = runs.count > 1 && state.commonData(runs) == nil
    func data(_ run: RunSummary) -> String {
      isMixed ? " " + run.plan.data.displayName.shortened(toColumns: 14, ellipsis: state.glyphs.ellipsis) : ""
    }
    let axis = ChartAxis(state)
    let series = runs.enumerated().map { index, run in
      let isFocused = index == focusIndex
      return PlotSeries(
        values: state.curves.view(run.id, .loss),
        style: state.screen == .run ? Style(ThemeKey.series(state.marks.slot(run.id) ?? 0)) : state.seriesStyle(run.id),
        marker: state.screen == .run ? state.glyphs.marker(state.marks.slot(run.id) ?? 0) : state.marker(run.id),
        isFocused: isFocused && runs.count > 1, showsRaw: chart.showsRaw && (isFocused || runs.count == 1),
        points: HeldOutPoints.points(run, in: ChartRuns.xRange(state), axis, state),
        label: "", positions: axis.positions(of: run, state), positionFactor: axis.factor,
        smoothing: chart.beta(of: run))
    }
    var model = PlotModel(
      series: series, xRange: axis.shown(ChartRuns.xRange(state)), yScale: chart.axes.y, xScale: chart.axes.x,
      xUnit: axis.unit, message: message(state, runs))
    // A marker before, the longest value behind.
    let extra = series.reduce(5) { max($0, Plot.value(of: $1, model)?.count ?? 0) } + 3
    let key = LegendKey(
      outline: state.outline, runs: runs.map(\.id), isMixed: isMixed, extra: extra, columns: columns, rows: rows,
      set: state.characterSet)
    let names = state.remembered.legends.value(for: key) {
      state.names(runs, suffix: data, extra: extra, columns: columns, rows: rows)
    }
    for index in names.indices { model.series[index].label = names[index] }
    return model
  }

  private static func focusedRun(_ state: DashboardState) -> RunID? {
    let active = state.activeRuns.first { $0.state == .training && state.marks.contains($0.id) }?.id
    switch state.screen {
    case .main:
      return state.runs.selected.flatMap { id in state.marks.contains(id) ? id : nil } ?? active
    case .compare: return state.compare.selected
    case .run, .sweep, .advise, .log: return state.run.run
    }
  }

  /// What the empty plot says.
  private static func message(_ state: DashboardState, _ runs: [RunSummary]) -> String {
    if runs.isEmpty {
      switch state.screen {
      // What is missing is said once: among the results, where these are open.
      case .compare:
        return state.layout.rect(of: .compareResults) == nil ? "mark two runs in Runs with Space" : ""
      case .run: return "there is no run yet"
      case .main, .sweep, .advise, .log: return WhyEmpty.noCurve(state)
      }
    }
    if let reason = runs.lazy.compactMap({ state.curves.whyUnread($0.id, .loss) }).first { return reason }
    // Only runs without any finite loss are read through: the others draw something.
    if let run = runs.first(where: { $0.losses.count > 0 }),
      state.curves.view(run.id, .loss).bucket(0..<run.losses.count).finite == 0
    {
      return "no finite loss: NaN from the first step on"
    }
    // The one that comes first to a step.
    let next = runs.first { $0.state.isActive } ?? runs.first { $0.state == .waiting } ?? runs.first
    return next.map { WhyEmpty.noStep($0, state) } ?? ""
  }

  private static func caption(_ pane: Pane, _ state: DashboardState, _ runs: [RunSummary]) -> String {
    guard pane == .loss else { return "nats per token · x: \(state.chart.unit.rawValue)" }
    guard let run = runs.first(where: { $0.state == .training }) ?? runs.first else { return "" }
    var text = "#\(run.id) step \(run.step)"
    if run.totalSteps > 0 { text += "/\(run.totalSteps)" }
    if state.chart.showsRaw, let focused = focusedRun(state) ?? runs.first?.id {
      text += " · raw: dots under #\(focused)"
    }
    return text
  }

  private static func footer(_ focused: Bool, _ chart: ChartView) -> String? {
    guard focused else { return nil }
    return chart.crosshair == nil ? "i inspect" : "h l step  j k series  Esc ends"
  }

  /// The figures of the Run screen, in the free upper right corner of the plot.
  private static func facts(_ run: RunSummary, _ state: DashboardState, in area: Rect, on canvas: inout Canvas) {
    let view = state.curves.view(run.id, .loss)
    guard view.count > 0 else { return }
    let smoothed = view.smoothed(beta: state.chart.beta(of: run), scale: state.chart.axes.y)
    var lines: [String] = []
    if let now = smoothed.lastFinite { lines.append("now  \(NumberFormat.short(Double(now.value)))") }
    let least = smoothed.bucket(0..<smoothed.count).minimum
    if least.isFinite {
      // Where the minimum lies is looked up in short runs only: a frame costs no pass over a long one.
      let index = smoothed.count <= 20_000 ? smoothed.values(0..<smoothed.count).firstIndex(of: least) : nil
      let place = index.map { " @ \($0 + 1)" } ?? ""
      lines.append("min  \(NumberFormat.short(Double(least)))\(place)")
    }
    if run.state == .done || run.state == .stopped, let score = run.score {
      // A metric's name is whole or not there.
      let metric = CharacterWidth.columns(score.metric) <= area.width / 3 ? score.metric : "score"
      lines.append("\(metric) \(Figure.percent(score.score, glyphs: state.glyphs)) %")
    }
    let width = lines.map { CharacterWidth.columns($0) }.max() ?? 0
    for (index, line) in lines.enumerated() where index < area.height {
      canvas.put(line, x: area.right - width - 1, y: area.y + index)
    }
  }
}
