import Messages
import Recipe
import Terminal

/// What can be exported where one stands: the focused pane as a chart, as a table, and always as text.
package enum ExportSubject {
  /// The forms of the focused pane, in the order of the menu.
  package static func forms(_ state: DashboardState) -> [ExportDocument.Form] {
    if chart(state) != nil { return [.svg, .text, .csv] }
    return table(state) == nil ? [.text, .svg] : [.markdown, .csv, .text, .svg]
  }

  package static func document(_ form: ExportDocument.Form, _ state: DashboardState) -> ExportDocument {
    let stem = "lorascope-\(state.focusedPane.fileName)"
    if form != .text {
      if let chart = chart(state) { return ExportDocument(stem: stem, form: form, content: .chart(chart)) }
      if form != .svg, let table = table(state) {
        return ExportDocument(stem: stem, form: form, content: .table(table))
      }
    }
    let pane = pane(state)
    return form == .svg
      ? ExportDocument(stem: stem, form: .svg, content: .pane(pane))
      : ExportDocument(stem: stem, form: .text, content: .rows(pane.text))
  }

  /// The pane alone at full size, as a terminal of 120 columns shows it.
  private static func pane(_ state: DashboardState) -> Canvas {
    var state = state
    state.dialog = nil
    state.help = nil
    state.isZoomed = true
    state.size = ScreenSize(columns: max(120, state.size.columns), rows: max(36, state.size.rows))
    let screen = Render.screen(state)
    guard let rect = state.layout.rect(of: state.focusedPane)?.intersection(screen.bounds) else { return screen }
    var pane = Canvas(width: rect.width, height: rect.height)
    for y in 0..<rect.height {
      for x in 0..<rect.width { pane[x, y] = screen[rect.x + x, rect.y + y] }
    }
    return pane
  }

  // MARK: Charts

  package static func chart(_ state: DashboardState) -> ChartDrawing? {
    switch state.focusedPane {
    case .loss, .compareLoss, .runLoss: curves(state, .loss, "Loss", "nats per token")
    case .runGradient: curves(state, .gradientNorm, "Gradient norm", "gradient norm")
    case .runRate: curves(state, .learningRate, "Learning rate", "learning rate")
    case .runSpeed: curves(state, .tokenRate, "Tokens a second", "tokens a second")
    case .runMemory: curves(state, .memory, "Memory", "bytes resident")
    case .scatter: scatter(state)
    default: nil
    }
  }

  private static func curves(
    _ state: DashboardState, _ metric: CurveStore.Metric, _ title: String, _ unit: String
  ) -> ChartDrawing? {
    let runs = ChartRuns.of(state)
    let axis = ChartAxis(state)
    let xTitle =
      switch axis.kind {
      case .steps: "step"
      case .tokens: "tokens"
      case .time: AxisUnit.title("training time", axis.unit)
      }
    var chart = ChartDrawing(title: title, xTitle: xTitle, yTitle: unit)
    chart.curves = runs.compactMap { run in
      let values = state.curves.view(run.id, metric)
      // Speeds and memory that an earlier version did not record are no curve.
      guard values.count > 0, metric == .loss || values.bucket(0..<values.count).finite > 0 else { return nil }
      let name = "#\(run.id) \(run.plan.targets.label) seed \(run.plan.settings.seed)"
      return ChartDrawing.Curve(
        name: name, values: values, slot: state.marks.slot(run.id) ?? 0, positions: axis.positions(of: run, state),
        positionFactor: axis.factor, smoothing: metric == .loss ? state.chart.beta(of: run) : 0)
    }
    guard !chart.curves.isEmpty else { return nil }
    let data = state.commonData(runs) ?? "several data sets"
    let models = Set(runs.map(\.plan.model.displayName))
    chart.subtitle = "\(models.count == 1 ? models.first ?? "" : "several models"), \(data)"
    chart.xRange = axis.shown(ChartRuns.xRange(state))
    chart.xScale = state.chart.axes.x
    if metric == .loss {
      chart.yScale = state.chart.axes.y
      if chart.curves.contains(where: { $0.smoothing > 0 }) {
        chart.subtitle += ", \(state.chart.smoothingTitle(of: runs))"
      }
    }
    return chart
  }

  private static func scatter(_ state: DashboardState) -> ChartDrawing? {
    let points = state.scatterPoints.points
    guard !points.isEmpty else { return nil }
    let axis = state.scatter.x
    var chart = ChartDrawing(
      title: "Accuracy / latency", xTitle: AxisUnit.title(axis.title, axis.unit),
      yTitle: AxisUnit.title("score", "%"))
    chart.subtitle =
      "\(state.snapshot.model?.name ?? ""), \(state.snapshot.data?.name ?? ""), intervals 95 %"
      + (state.scatterPoints.split == .tuning ? ", tuning split" : "")
    chart.yLimits = 0...100
    chart.points = points.map { point in
      ChartDrawing.Point(
        name: point.targets.label, x: point.x, y: point.accuracy,
        xInterval: point.interval.map { min($0.low, point.x)...max($0.high, point.x) },
        yInterval: min(point.accuracyInterval.low, point.accuracy)...max(point.accuracyInterval.high, point.accuracy),
        isOnFront: point.place == .front,
        isProvisional: point.isPartial || point.fleet?.isPredicted == true
          || point.isBusy && axis != .parameters && axis != .fleet)
    }
    return chart
  }

  // MARK: Tables

  package static func table(_ state: DashboardState) -> ExportTable? {
    switch state.focusedPane {
    case .runs: ExportTables.runs(state)
    case .parameters: ExportTables.parameters(state)
    case .setup: ExportTables.setup(state)
    case .sweepCombinations: ExportTables.combinations(state)
    case .adviseCards: ExportTables.cards(state)
    case .adviseFindings: ExportTables.findings(state)
    case .adviseTradeoffs: ExportTables.tradeoffs(state)
    case .log: ExportTables.log(state)
    case .compareSettings, .compareResults, .compareSamples, .compareExamples, .comparePairs, .compareLatency:
      state.compare.comparison.flatMap { CompareTables.table(state.focusedPane, $0, state.compare.grid) }
    case .compareLayers: CompareLayersPane.table(state)
    case .runLatency: RunTables.latency(state)
    case .energy, .runEnergy: RunTables.energy(state)
    case .runSamples: RunTables.samples(state)
    default: nil
    }
  }
}

extension Pane {
  /// The pane's part of a file's name.
  fileprivate var fileName: String {
    switch self {
    case .loss, .compareLoss, .runLoss: "loss"
    case .scatter: "accuracy-latency"
    case .runGradient: "gradient-norm"
    case .runRate: "learning-rate"
    case .energy, .runEnergy: "energy"
    default:
      title.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }.reduce(into: "") {
        if !($1 == "-" && $0.hasSuffix("-")) { $0.append($1) }
      }
    }
  }
}
