import Messages
import Terminal

/// What can be done on charts of curves.
package enum ChartAction: Hashable, Sendable {
  case inspect
  case step(Int)
  case series(Int)
  case end(Int)
  case zoom(Int)
  case all, follow, axes, raw, unit
  case smooth(Int)

  var name: String? {
    switch self {
    case .inspect: "inspect"
    case .step(let columns):
      abs(columns) > 1 ? (columns > 0 ? "far-right" : "far-left") : (columns > 0 ? "right" : "left")
    case .series(let step): step > 0 ? "next-series" : "previous-series"
    case .end(let end): end > 0 ? "last-step" : "first-step"
    case .zoom(let step): step > 0 ? "zoom-in" : "zoom-out"
    case .all: "zoom-all"
    case .follow: "follow"
    case .axes: "axes"
    case .raw: "raw"
    case .unit: "unit"
    case .smooth(let step): step > 0 ? "smoother" : "rougher"
    }
  }
}

extension Update {
  mutating func perform(_ action: ChartAction) {
    switch action {
    case .inspect:
      if state.chart.crosshair == nil {
        let last = focusedSeriesCount
        state.chart.crosshair = state.chart.range.map { step(at: ($0.lowerBound + $0.upperBound) / 2) } ?? last
      } else {
        state.chart.crosshair = nil
      }
    case .step(let columns):
      if let crosshair = state.chart.crosshair {
        state.chart.crosshair = crosshair + columns * stepsPerColumn
        keepCrosshairInView()
      } else {
        pan(columns * 4)
      }
    case .series(let step):
      let count = max(1, ChartRuns.of(state).count)
      state.chart.series = (state.chart.series + step + count) % count
      selectInspected()
    case .end(let end):
      state.chart.crosshair = end < 0 ? 1 : focusedSeriesCount
      keepCrosshairInView()
    case .zoom(let direction): zoom(direction)
    case .all:
      state.chart.range = nil
      state.chart.followsNewest = false
    case .follow:
      state.chart.followsNewest.toggle()
      state.chart.range = nil
    case .axes:
      let all = ChartView.Axes.allCases
      var next = all[((all.firstIndex(of: state.chart.axes) ?? 0) + 1) % all.count]
      if next.y == .log, !hasPositiveValue {
        // Without a positive value a log axis has nothing to show.
        next = next == .logY ? .logX : .linear
        state.say("log y is skipped: no value is positive", .warning)
      }
      state.chart.axes = next
    case .smooth(let step):
      // From what the inspected curve has of itself.
      let index = CurveSmoothing.index(state.chart.smoothing, of: inspectedRun)
      state.chart.smoothing = min(max(0, index + step), MovingAverage.betas.count - 1)
    case .raw: state.chart.showsRaw.toggle()
    case .unit:
      let all = ChartAxis.Unit.allCases
      state.chart.unit = all[((all.firstIndex(of: state.chart.unit) ?? 0) + 1) % all.count]
      // Another axis has other numbers.
      state.chart.range = nil
    }
  }

  private var focusedSeriesCount: Int {
    let runs = ChartRuns.of(state)
    guard runs.indices.contains(state.chart.series) else { return 1 }
    return max(1, runs[state.chart.series].losses.count)
  }

  private var hasPositiveValue: Bool {
    ChartRuns.of(state).contains { run in
      let bucket = state.curves.view(run.id, .loss).bucket(0..<run.losses.count)
      return bucket.maximum > 0
    }
  }

  /// Columns inside the axes, about.
  private var plotColumns: Int { max(8, (state.layout.rect(of: state.focusedPane)?.width ?? 40) - 8) }

  private var stepsPerColumn: Int {
    let range = ChartRuns.xRange(state)
    let width = range.upperBound - range.lowerBound
    return max(1, Int(min(1e9, (width / unitsPerStep / Double(plotColumns)).rounded())))
  }

  /// Tokens or seconds of a step of the inspected run, about; 1 where the axis counts steps.
  private var unitsPerStep: Double {
    guard state.chart.unit != .steps, let run = inspectedRun, run.losses.count > 0 else { return 1 }
    return max(1e-9, ChartAxis.reached(run, state.chart.unit) / Double(run.losses.count))
  }

  /// The run of the inspected curve is the selected one everywhere: in the table, in the scatter plot, among the results.
  private mutating func selectInspected() {
    guard let run = inspectedRun?.id else { return }
    switch state.screen {
    case .main: state.runs.selected = run
    case .compare: state.compare.selected = run
    case .run, .sweep, .advise, .log: return
    }
  }

  private var inspectedRun: RunSummary? {
    let runs = ChartRuns.of(state)
    return runs.indices.contains(state.chart.series) ? runs[state.chart.series] : nil
  }

  /// The step of the inspected run at a place of the axis.
  private func step(at x: Double) -> Int { inspectedRun.map { ChartAxis.step(at: x, $0, state) } ?? Int(x) }

  private mutating func zoom(_ direction: Int) {
    let all = ChartRuns.fullRange(state)
    let now = ChartRuns.xRange(state)
    let width = (now.upperBound - now.lowerBound) * (direction > 0 ? 0.8 : 1.25)
    guard width >= 5 * unitsPerStep || direction < 0 else { return state.say("no closer than 5 steps") }
    guard width < all.upperBound - all.lowerBound else {
      state.chart.range = nil
      return
    }
    let newest = ChartRuns.of(state).map { ChartAxis.reached($0, state.chart.unit) }.max() ?? 0
    let about = ChartAxis(state).crosshair(state) ?? min(newest, now.upperBound)
    let share = now.upperBound > now.lowerBound ? (about - now.lowerBound) / (now.upperBound - now.lowerBound) : 0.5
    state.chart.followsNewest = false
    setRange(lower: about - share * width, width: width, within: all)
  }

  private mutating func pan(_ columns: Int) {
    guard let range = state.chart.range else { return }
    setRange(
      lower: range.lowerBound + Double(columns * stepsPerColumn) * unitsPerStep,
      width: range.upperBound - range.lowerBound,
      within: ChartRuns.fullRange(state))
  }

  private mutating func setRange(lower: Double, width: Double, within all: ClosedRange<Double>) {
    let low = min(max(all.lowerBound, lower), max(all.lowerBound, all.upperBound - width))
    state.chart.range = low...min(all.upperBound, low + width)
  }

  private mutating func keepCrosshairInView() {
    guard let crosshair = state.chart.crosshair, let range = state.chart.range else { return }
    let x = ChartAxis(state).crosshair(state) ?? Double(crosshair)
    guard !range.contains(x) else { return }
    let width = range.upperBound - range.lowerBound
    setRange(lower: x - width / 2, width: width, within: ChartRuns.fullRange(state))
  }
}

/// What can be done on the scatter plot.
package enum ScatterAction: Hashable, Sendable {
  case inspect
  case point(Int)
  case unit, confidence, published, useSet

  var name: String? {
    switch self {
    case .inspect: "inspect"
    case .point(let step): step > 0 ? "next-series" : "previous-series"
    case .unit: "unit"
    case .confidence: "confidence"
    case .published: "published"
    case .useSet: "use-set"
    }
  }
}

extension Update {
  mutating func perform(_ action: ScatterAction) {
    let points = state.scatterPoints.points
    let count = points.count
    switch action {
    case .inspect:
      // Where the table's cursor is, that point comes first.
      let selected = state.runs.selected
      let own = points.firstIndex { point in selected.map(point.runs.contains) ?? false } ?? 0
      state.scatter.inspected = state.scatter.inspected == nil && count > 0 ? own : nil
      selectPoint()
    case .point(let step):
      guard count > 0 else { return }
      state.scatter.inspected = ((state.scatter.inspected ?? (step > 0 ? -1 : 0)) + step + count) % count
      selectPoint()
    case .unit:
      let all = CombinationSummary.Axis.allCases
      state.scatter.x = all[((all.firstIndex(of: state.scatter.x) ?? 0) + 1) % all.count]
      if state.scatter.x == .overOProj, ScatterPoints(state).points.isEmpty, !state.scatter.showsPublished {
        // Without a run of o_proj there is nothing to set the others against.
        state.scatter.x = .fleet
      }
      if state.scatter.x == .fleet, ScatterPoints(state).points.isEmpty {
        // Nothing was measured of a fleet on this base, from which the others could be told.
        state.scatter.x = .overhead
        if !points.isEmpty { state.say("of a fleet nothing was measured on this base yet: F in Runs does that") }
      }
    case .published:
      state.scatter.showsPublished.toggle()
      state.scatter.x = state.scatter.showsPublished ? .overOProj : .overhead
      if state.scatter.showsPublished {
        state.say("published: on another machine, base model and data; only TPOT over o_proj's compares")
      }
    case .confidence:
      switch state.scatter.uncertainty {
      case .bars: state.scatter.uncertainty = .ellipses
      case .ellipses: state.scatter.uncertainty = .off
      case .off: state.scatter.uncertainty = .bars
      }
    case .useSet:
      if let index = state.scatter.inspected, points.indices.contains(index) { use(points[index].targets) }
    }
  }
  /// A run of the inspected point is the selected one everywhere; of several the one that is marked, or the newest.
  private mutating func selectPoint() {
    guard let index = state.scatter.inspected, state.scatterPoints.points.indices.contains(index) else { return }
    let runs = state.scatterPoints.points[index].runs
    if let selected = state.runs.selected, runs.contains(selected) { return }
    guard let run = runs.first(where: { state.marks.contains($0) }) ?? runs.max() else { return }
    state.runs.selected = run
  }
}
