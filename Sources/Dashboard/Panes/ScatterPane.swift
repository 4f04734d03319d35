import Messages
import Recipe
import Terminal

/// How the scatter plot is looked at.
package struct ScatterView: Sendable, Equatable {
  package var x = CombinationSummary.Axis.overhead
  package var showsPublished = false
  package var uncertainty = ScatterModel.Uncertainty.bars
  /// Index of the inspected point in the order of `ScatterPoints.points`; nil: not inspecting.
  package var inspected: Int?

  package init() {}
}

/// What is asked of the engine for the scatter plot: each combination over all of its seeds.
package struct CombinationsRequest: Hashable, Sendable {
  /// The way of evaluating whose points are shown, by the base's evaluation that goes with it. Scores on the tuning split, or on
  /// other examples, are another plot.
  package var evaluation: RunPlan
  /// The newest run that was evaluated so.
  package var like: RunID
  /// Asked for again with every result, that of a latency that was measured again too,
  package var results: Int
  /// and with every fleet that was measured.
  package var fleets = 0
}

extension CombinationSummary.Axis {
  package var title: String {
    switch self {
    case .overhead: "TPOT p50 over base"
    case .p50: "TPOT p50"
    case .p95: "TPOT p95"
    case .parameters: "adapter parameters"
    // The only one on which the article's latencies compare: within one machine, over the same set.
    case .overOProj: "TPOT p95 over o_proj's"
    case .fleet: "TPOT over the base at N = \(CombinationSummary.fleetSequences)"
    }
  }

  /// Of the points' x, as files have it. On the screen numbers of parameters say their own, `400k`.
  package var unit: String {
    switch self {
    case .overhead, .overOProj, .fleet: "%"
    case .p50, .p95: "ms"
    case .parameters: "k"
    }
  }
}

/// The engine's summaries of combinations as points on one axis: one for each set of modules (and settings).
package struct ScatterPoints: Sendable {
  package struct Point: Sendable, Equatable {
    package var targets: Targets
    package var runs: [RunID]
    /// Mean score, percent.
    package var accuracy: Double
    /// Percent.
    package var accuracyInterval: Interval
    package var x: Double
    /// Percent over the base's TPOT; nil where no latency was measured.
    package var overhead: Interval?
    /// Stopped early.
    package var isPartial: Bool
    /// Measured on a busy machine only.
    package var isBusy: Bool
    package var place: CombinationSummary.Place
    /// Of x, percent, where the axis has one.
    package var interval: Interval?
    /// What x rests on where the axis is a fleet's.
    package var fleet: FleetOverhead?
    /// The run whose adapter was made smaller to this one.
    package var prunedFrom: RunID?
    package var isPromptOnly = false

    package let label: String
  }

  /// Sorted by x. All of them were evaluated alike.
  package private(set) var points: [Point] = []
  /// The unadapted base: percent, when a run of the present model and data has no targets and a score.
  package private(set) var base: Double?
  /// Of the newest of these runs that was measured on a quiet machine.
  package private(set) var baseP50: Double?
  /// The split on which these points were evaluated; nil is the evaluation split.
  package private(set) var split: RunSettings.EvaluationSplit?

  /// What the points follow from: they are placed anew when one of these changes.
  package struct Causes: Equatable, Sendable {
    private var outline: UInt64
    private var answer: UInt64
    private var setup: Setup
    private var axis: CombinationSummary.Axis

    init(_ state: DashboardState) {
      outline = state.outline
      answer = state.combinationsSerial
      setup = state.setup
      axis = state.scatter.x
    }
  }

  private(set) var causes: Causes?

  package init() {}

  package init(_ state: DashboardState) {
    causes = Causes(state)
    let axis = state.scatter.x
    base = state.baseRun?.score.map { $0.score.estimate * 100 }
    split = state.combinations.key?.evaluation.settings.evaluationSplit
    let summaries = state.combinations.value ?? []
    points = summaries.compactMap { summary in
      guard let score = summary.score, score.estimate.isFinite, let cost = summary.costs[axis] else { return nil }
      let plan = summary.runs.first.flatMap { state.snapshot.run($0)?.plan }
      return Point(
        targets: summary.targets, runs: summary.runs, accuracy: score.estimate * 100,
        accuracyInterval: Interval(estimate: score.estimate * 100, low: score.low * 100, high: score.high * 100),
        x: axis == .parameters ? cost.value / 1000 : cost.value,
        overhead: summary.costs[.overhead]?.interval, isPartial: summary.isPartial,
        isBusy: summary.isBusy, place: cost.place,
        interval: axis == .overhead || axis == .fleet ? cost.interval : nil, fleet: cost.fleet,
        prunedFrom: plan?.pruning?.parent, isPromptOnly: plan?.settings.promptOnly == true,
        label: summary.targets.code ?? "~")
    }.sorted { a, b in
      a.x != b.x ? a.x < b.x : a.accuracy != b.accuracy ? a.accuracy > b.accuracy : a.runs[0] < b.runs[0]
    }
    let runs = OneMachine(summaries.flatMap(\.runs).compactMap { state.snapshot.run($0) }).runs
    baseP50 =
      runs.filter { $0.quietLatency != nil }.max { ($0.finished ?? 0) < ($1.finished ?? 0) }?.latency?.baseP50
  }
}

extension DashboardState {
  /// Why scored runs are no points yet; nil where they are, or there are none.
  package var whyNotSummedUp: String? {
    guard combinations.value == nil, newestScored != nil else { return nil }
    // The answer takes computing, which waits for the measurement.
    return snapshot.engine.isMeasuring ? "runs are summed up when TPOT is measured" : "summing up the runs"
  }
}

/// Accuracy against latency: one point a set, with intervals and the front.
package enum ScatterPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let points = state.scatterPoints
    let glyphs = state.glyphs
    let inner = canvas.pane(
      .scatter, state, in: rect,
      footerNote: state.focusedPane == .scatter ? "i inspect  t x axis  o published" : nil)
    var area = inner
    let hasLegend = inner.height >= 8
    let hasCaption = inner.height >= 7
    // The digits at the points are explained in view of them.
    let digits = inner.height >= 9 ? digits(points, width: inner.width) : nil
    if hasLegend { area = area.split(top: 1).bottom }
    if hasCaption { area = area.split(bottom: digits == nil ? 1 : 2).top }
    let report = state.remembered.scatters.draw(
      model(state, points), of: .scatter, in: area, on: &canvas, glyphs: glyphs)
    var notes: [String] = []
    if state.hasSeveralDataSets, let data = state.snapshot.data { notes.append(data.name) }
    if state.layout.sizeClass != .wide && !state.isZoomed && state.screen == .main { notes.append("4 Loss") }
    if points.split == .tuning { notes.append("tuning split") }
    if report.hiddenLabels > 0 { notes.append("\(report.hiddenLabels) hidden") }
    switch state.scatter.uncertainty {
    case .bars: notes.append("95% CI")
    case .ellipses: notes.append("95% ellipses")
    case .off: break
    }
    canvas.note(notes, of: .scatter, state, in: rect)
    if hasLegend {
      canvas.put(legend(points, state, width: inner.width), x: inner.x, y: inner.y, maxWidth: inner.width)
    }
    if hasCaption { caption(points, state, in: inner, on: &canvas) }
    if let digits { canvas.put(digits, x: inner.x, y: inner.bottom - 2, style: .dim) }
  }

  /// The digit of a set is the sum of its modules'; nil where there is none in the plot, or no room to say it.
  private static func digits(_ points: ScatterPoints, width: Int) -> String? {
    guard !points.points.isEmpty else { return nil }
    let further = TargetGroup.allCases.filter { group in
      !TargetGroup.article.contains(group) && points.points.contains { $0.targets.contains(group.set) }
    }
    let sum = (TargetGroup.article + further).map { "\($0.bit) \($0.rawValue)" }.joined(separator: " + ")
    let wordings = [
      further.isEmpty ? "digit = \(sum), A to F are 10 to 15" : "number = \(sum), in hexadecimal",
      further.isEmpty ? "digit = \(sum)" : "number = \(sum)", sum,
    ]
    return wordings.first { CharacterWidth.columns($0) <= width }
  }

  private static func legend(_ points: ScatterPoints, _ state: DashboardState, width: Int) -> [Span] {
    let glyphs = state.glyphs
    var spans = [Span("score %  ", .dim), Span(String(glyphs.front), Style(.fg, bold: true)), Span(" front  ", .dim)]
    if !PublishedOverlay.points(state).isEmpty {
      spans += [Span(String(glyphs.published), Style(.published)), Span(" published  ", Style(.published))]
    }
    if points.points.contains(where: { $0.place == .mayBeOnFront }) {
      spans += [Span(String(glyphs.maybeFront)), Span(" may be  ", .dim)]
    }
    spans += [Span(String(glyphs.mine), Style(.live)), Span(" behind", .dim)]
    if points.base != nil { spans += [Span("  \(glyphs.base)", .dim), Span(" base", .dim)] }
    for (glyph, name, isThere) in [
      (glyphs.pruned, "pruned", points.points.contains { $0.prunedFrom != nil }),
      (glyphs.promptOnly, "prompt-only", points.points.contains(where: \.isPromptOnly)),
      (glyphs.predicted, "predicted", points.points.contains { $0.fleet?.isPredicted == true }),
    ] where isThere {
      spans += [Span("  \(glyph)", Style(.live)), Span(" \(name)", .dim)]
    }
    if state.scatter.x != .fleet, points.points.contains(where: \.isBusy) {
      spans += [Span("  \(glyphs.busy)", Style(.warn)), Span(" busy", Style(.warn))]
    }
    if points.points.contains(where: \.isPartial) {
      spans += [Span("  \(glyphs.provisional)"), Span(" partial", .dim)]
    }
    return spans
  }

  private static func model(_ state: DashboardState, _ points: ScatterPoints) -> ScatterModel {
    let axis = state.scatter.x
    let factor: Double = axis == .parameters ? 1000 : 1
    var plotted = points.points.enumerated().map { index, point in
      ScatterPoint(
        x: point.x * factor, y: point.accuracy, label: point.label, kind: kind(point, axis),
        xInterval: point.interval.map { min($0.low, point.x)...max($0.high, point.x) },
        yInterval: min(point.accuracyInterval.low, point.accuracy)...max(point.accuracyInterval.high, point.accuracy),
        isSelected: index == state.scatter.inspected || point.runs.contains(state.runs.selected ?? -1),
        style: style(point, state))
    }
    if let base = points.base {
      let x: Double? =
        switch axis {
        case .overhead, .parameters, .fleet: 0
        case .p50: points.baseP50
        case .p95, .overOProj: nil
        }
      if let x { plotted.append(ScatterPoint(x: x, y: base, label: "base", kind: .base)) }
    }
    for point in PublishedOverlay.points(state) {
      plotted.append(
        ScatterPoint(x: point.x, y: point.y, label: point.targets.code ?? "~", kind: .published))
    }
    let front = points.points.filter { $0.place == .front }.map { PlotPoint(x: $0.x * factor, y: $0.accuracy) }
    return ScatterModel(
      points: plotted, front: front.count > 1 ? front : [],
      xRange: plotted.isEmpty ? 0...20 : times(points, axis), yLimits: 0...100,
      uncertainty: state.scatter.uncertainty, xUnit: axis == .parameters ? "" : axis.unit, xSigned: axis.unit == "%",
      // Where there are points nobody reads through the runs for why there might be none.
      message: points.points.isEmpty && PublishedOverlay.points(state).isEmpty ? emptyMessage(state) : nil)
  }

  /// Of an axis of times, which begins where the times do: from zero all would stand in a heap.
  private static func times(_ points: ScatterPoints, _ axis: CombinationSummary.Axis) -> ClosedRange<Double>? {
    guard axis == .p50 || axis == .p95 else { return nil }
    var ends = points.points.flatMap { [$0.x, $0.interval?.low ?? $0.x, $0.interval?.high ?? $0.x] }
    if axis == .p50, let base = points.baseP50 { ends.append(base) }
    ends.removeAll { !$0.isFinite }
    guard let low = ends.min(), let high = ends.max(), high > low else { return nil }
    let margin = (high - low) * 0.08
    return max(0, low - margin)...high + margin
  }

  private static func kind(_ point: ScatterPoints.Point, _ axis: CombinationSummary.Axis) -> ScatterKind {
    // How many parameters there are does not depend on the machine, and of fleets only quiet measurements count.
    if point.isBusy, axis != .parameters, axis != .fleet { return .busy }
    if point.prunedFrom != nil { return .pruned }
    if point.isPromptOnly { return .promptOnly }
    if point.fleet?.isPredicted == true { return .predicted }
    if point.isPartial { return .provisional }
    switch point.place {
    case .front: return .front
    case .mayBeOnFront: return .maybeFront
    case .behind: return .mine
    }
  }

  /// A marked run's point has its curve's colour, and a pruned one's that of the run that it was pruned from.
  private static func style(_ point: ScatterPoints.Point, _ state: DashboardState) -> Style? {
    // The colour of a warning says more than that of a curve.
    guard !point.isBusy || state.scatter.x == .fleet,
      let run = (point.runs + [point.prunedFrom].compactMap { $0 }).first(where: { state.marks.contains($0) })
    else { return nil }
    return state.seriesStyle(run)
  }

  private static func emptyMessage(_ state: DashboardState) -> String {
    if let refusal = state.combinations.refusal { return refusal }
    if let reason = state.whyNotSummedUp { return reason }
    if state.scatter.x == .fleet, state.combinations.value?.isEmpty == false {
      return "no fleet was measured on this base: F in Runs does that"
    }
    let data = state.snapshot.data?.reference
    let scored = state.snapshot.runs.filter { $0.score != nil && $0.plan.data == data && !$0.plan.isBaseline }
    if scored.isEmpty {
      let elsewhere = state.snapshot.runs.last { $0.score != nil && !$0.plan.isBaseline }
      return elsewhere.map { "the runs here are on \($0.plan.data.displayName): choose it in 1 Setup" }
        ?? "each finished run is a point"
    }
    return scored.allSatisfy { $0.state.isTerminal && $0.remeasuring == nil }
      ? "scored, TPOT was not measured; t: parameters as x axis" : "scored; TPOT is measured last"
  }

  /// `+7.1±0.3 % at N = 8 `, or what it was predicted from.
  private static func fleet(_ point: ScatterPoints.Point, _ glyphs: Glyphs) -> String {
    point.fleet.map { fleet in
      "\(Figure.fleet(fleet, glyphs: glyphs).text) % at N = \(fleet.sequences) "
        + (fleet.prediction.map { "\($0) " } ?? "")
    } ?? ""
  }

  private static func caption(_ points: ScatterPoints, _ state: DashboardState, in inner: Rect, on canvas: inout Canvas)
  {
    let glyphs = state.glyphs
    var text = state.scatter.x.title
    if state.scatter.x == .overhead, let base = points.baseP50 { text += " \(Figure.time(base))" }
    if let index = state.scatter.inspected, points.points.indices.contains(index) {
      let point = points.points[index]
      let overhead = point.overhead.map { Figure.overhead($0, glyphs: glyphs) }
      text =
        "\(point.targets.label) \(Figure.interval(point.accuracyInterval, glyphs: glyphs)) % "
        + (state.scatter.x == .fleet
          ? fleet(point, glyphs) : overhead.map { point.isBusy ? "~\($0) %! busy machine " : "\($0) % " } ?? "")
        + (point.prunedFrom.map { "pruned from #\($0) " } ?? "") + (point.isPromptOnly ? "prompt-only " : "")
        + Counted.text(point.runs.count, "seed")
    }
    canvas.put(
      text.truncated(toColumns: inner.width, ellipsis: glyphs.ellipsis), x: inner.x, y: inner.bottom - 1,
      style: state.scatter.inspected == nil ? .dim : .plain)
  }
}
