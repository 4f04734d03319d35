import Messages
import Recipe
import Terminal

/// What follows from every input: cursors that exist, curves that are up to date, questions that have to be asked.
extension Update {
  mutating func take(_ snapshot: Snapshot) {
    let isFirst = !state.hasSnapshot
    let hadWork = state.hasSnapshot && state.hasWorkLeft
    let changes = RunChanges(from: state.snapshot.runs, to: snapshot.runs)
    state.snapshot = snapshot
    state.hasSnapshot = true
    if let replay = snapshot.engine.replay { state.now = replay.time }
    if isFirst { adoptNewest() }
    state.setup.follow(snapshot.data)
    if let model = snapshot.model { follow(model) }
    if isFirst {
      for run in snapshot.runs {
        guard let slot = run.seriesSlot else { continue }
        _ = state.marks.mark(run.id, preferred: slot)
      }
      state.handled = Set(snapshot.runs.filter(\.state.isTerminal).map(\.id))
      // Why nothing can be changed is said before a key is refused; who asked for it knows.
      if snapshot.engine.isReadOnly, !state.isReadOnly, snapshot.engine.replay == nil, let reason = state.readOnlyReason
      {
        state.say(reason, .warning)
      }
    }
    // What was watched stays when it ends.
    if let open = BracketPane.open(state) { state.sweep.openedBracket = open.id }
    state.marks.keep { snapshot.run($0) != nil }
    // What has not changed has been seen.
    let changed = changes.areOthers ? Array(snapshot.runs.indices) : changes.places
    for run in changed.lazy.map({ snapshot.runs[$0] })
    where run.isUnderWay && run.losses.count > 0 && !state.handled.contains(run.id) {
      // A run that starts is drawn at once while a slot is free; a short one may be done before it is first seen.
      state.handled.insert(run.id)
      guard !state.marks.contains(run.id), case .marked(let slot, _) = state.marks.mark(run.id) else { continue }
      state.markedUnasked.append(run.id)
      if state.readOnlyReason == nil { send(.setSeriesSlot(run.id, slot)) }
    }
    if snapshot.engine.hasShutDown { effects.append(.quit(.quit)) }
    tellEnd(hadWork: hadWork)
  }

  /// The bell and the desktop's message, where a person wants them, when nothing is left to do. A replay rings for nobody.
  private mutating func tellEnd(hadWork: Bool) {
    guard state.snapshot.engine.replay == nil else { return }
    if state.hasWorkLeft {
      state.underWay.formUnion(state.snapshot.queue)
      state.underWay.formUnion(state.activeRuns.map(\.id))
      return
    }
    let runs = state.underWay.compactMap { state.snapshot.run($0) }
    // A pause ends nothing.
    guard runs.allSatisfy(\.state.isTerminal) else { return }
    state.underWay = []
    guard hadWork, !runs.isEmpty, !state.snapshot.engine.hasShutDown else { return }
    if state.options.bell { effects.append(.ring) }
    guard state.options.notify else { return }
    let done = runs.count { $0.state == .done }
    let rest = runs.count - done
    effects.append(
      .notify("lorascope: \(Counted.text(done, "run")) done" + (rest > 0 ? ", \(rest) ended otherwise" : "")))
  }

  /// Rows and combinations are those of the model's groups, the tower's row is there where it has a tower, and ticks go with their rows.
  private mutating func follow(_ model: ModelSummary) {
    state.sweep.follow(model.linears.combinations)
    if state.checklist.groups != model.groups {
      state.checklist.groups = model.groups
      let lacking = TargetGroup.allCases.filter { !model.groups.contains($0) }
      for group in lacking { state.setup.targets.subtract(group.set) }
      if let group = state.checklist.group(of: state.checklist.cursor), lacking.contains(group) {
        state.checklist.cursor = state.checklist.rows.first ?? .vision
      }
    }
    state.checklist.hasVision = model.visionLayers > 0
    guard !state.checklist.hasVision else { return }
    state.setup.targets.subtract(.vision)
    if state.checklist.cursor == .vision { state.checklist.cursor = .group(.qkv) }
  }

  mutating func settle() {
    guard state.hasSnapshot else { return }
    let snapshot = state.snapshot
    if state.runs.selected.flatMap({ snapshot.run($0) }) == nil { state.runs.selected = state.runRows.first?.id }
    if !state.runs.chosen.isEmpty { state.runs.chosen = state.runs.chosen.filter { snapshot.index(of: $0) != nil } }
    if let start = state.runs.rangeStart, snapshot.run(start) == nil { state.runs.rangeStart = nil }
    settleChart()
    ask(\.published, .once) { _ in .published }
    askForFleets()
    switch state.screen {
    case .main:
      settleGroups()
      readRows()
      askForEstimate()
      askForPython()
      askForCombinations()
      settleScatter()
    case .sweep: askForSweepEstimate()
    case .advise: askForAdvice()
    case .compare:
      askForComparison()
      askForPictures()
    case .run:
      settleRun()
      askForPictures()
    case .log: askForLog()
    }
  }

  /// Asks where the key is another than that asked last; nil forgets what was answered.
  private mutating func ask<Key, Value>(
    _ asked: WritableKeyPath<DashboardState, Asked<Key, Value>>, _ key: Key?, _ question: (Key) -> Question
  ) {
    guard state[keyPath: asked].key != key, let key = state[keyPath: asked].want(key) else { return }
    effects.append(.ask(question(key)))
  }

  private mutating func settleChart() {
    let runs = ChartRuns.of(state)
    // Curves are kept of what is drawn: a store of a million steps is not held twice.
    state.curves.keep(only: Set(runs.map(\.id)))
    // The box beside the crosshair says the time.
    takeCurves(
      runs, [.loss] + [state.chart.unit.metric, state.chart.crosshair == nil ? nil : .elapsed].compactMap { $0 })
    var chart = state.chart
    if runs.allSatisfy({ $0.losses.count == 0 }) { chart.crosshair = nil }
    chart.series = min(max(0, chart.series), max(0, runs.count - 1))
    // The selected row's curve is the inspected one.
    let selected = state.screen == .main ? state.runs.selected : state.screen == .compare ? state.compare.selected : nil
    if let place = runs.firstIndex(where: { $0.id == selected }) { chart.series = place }
    if let crosshair = chart.crosshair {
      let last = runs.map(\.losses.count).max() ?? 0
      chart.crosshair = min(max(1, crosshair), max(1, last))
    }
    if chart != state.chart { state.chart = chart }
  }

  /// What the chosen Python lacks is said before a run is queued. To load its packages takes computing, which waits while latency is
  /// measured; what was found before stays.
  private mutating func askForPython() {
    let settings = state.setup.settings
    guard settings.engine == .peft else { return ask(\.peft, nil, Question.peft) }
    let request = PEFTRequest(settings)
    if state.peft.key != request, state.snapshot.engine.isMeasuring { return }
    if state.peft.key != request, state.peft.key != nil { ask(\.peft, nil, Question.peft) }
    ask(\.peft, request, Question.peft)
  }

  private mutating func askForEstimate() {
    guard let model = state.snapshot.model?.reference, let data = state.snapshot.data?.reference else { return }
    var combinations = state.sweep.combinations
    let targets = state.setup.targets
    if !targets.isEmpty && !targets.isCombination { combinations.append(targets) }
    let plan = SweepPlan(
      model: model, data: [data], combinations: combinations, seeds: state.setup.seeds,
      settings: state.setup.settings, reuseFinished: state.sweep.reuseFinished,
      cheapestFirst: state.sweep.cheapestFirst)
    ask(\.estimate, request(plan), Question.estimate)
  }

  /// Of all combinations, so that each row has its time whether it is included or not.
  private mutating func askForSweepEstimate() {
    guard var plan = state.sweepPlan(of: state.sweep.combinations) else { return }
    plan.cheapestFirst = false
    ask(\.sweepEstimate, request(plan), Question.sweepEstimate)
    measureSpeedUnasked()
  }

  /// How long a sweep takes is what one comes here to know: it is measured once for a model and its data sets, while nothing else
  /// computes and never beside a measurement of latency.
  private mutating func measureSpeedUnasked() {
    let engine = state.snapshot.engine
    guard state.readOnlyReason == nil, state.sweepEstimate.value != nil, let plan = state.sweepPlan else { return }
    let totals = state.sweepTotals
    guard totals.seconds == nil, totals.toDo > 0, !state.hasWorkLeft, !engine.isMeasuring, !engine.queuePaused,
      engine.measuresSpeedOf == nil, engine.probe == nil, engine.answers == nil, engine.blockedReason == nil,
      state.dialog == nil,
      state.snapshot.runs.allSatisfy({ $0.remeasuring == nil })
    else { return }
    let place = SweepView.ClockedPlace(model: state.snapshot.model?.reference, data: state.studyData.map(\.reference))
    guard state.sweep.clockedUnasked.insert(place).inserted else { return }
    send(.measureSpeed(plan, again: false))
  }

  private func request(_ plan: SweepPlan) -> EstimateRequest {
    EstimateRequest(
      plan: plan, finishedRuns: state.overview.finished, measuredSpeeds: state.snapshot.engine.measuredSpeeds)
  }

  /// The question waits while latency is measured: its answer takes computing.
  private mutating func askForAdvice() {
    let snapshot = state.snapshot
    guard !snapshot.engine.isMeasuring else { return }
    var study = StudyRequest()
    if let model = snapshot.model?.reference,
      snapshot.runs.contains(where: { $0.state == .done && !$0.plan.isBaseline && $0.plan.model == model })
    {
      study.filter.model = model
    }
    study.options = state.advise.options
    study.scope = state.advise.scope
    study.publishedOnly = state.advise.showsPublished
    let request = AdviseView.Request(
      study: study, finishedRuns: state.overview.finished, results: state.overview.results,
      fleets: state.snapshot.engine.keptFleets)
    ask(\.advise.answer, request, Question.advice)
  }

  /// The question waits while latency is measured: its answer takes computing. What was answered of other data is no answer here.
  private mutating func askForCombinations() {
    let newest = state.newestScored
    let request = newest.flatMap { run in
      run.plan.baseline.map {
        CombinationsRequest(
          evaluation: $0, like: run.id, results: state.overview.results, fleets: state.snapshot.engine.keptFleets)
      }
    }
    if request?.evaluation != state.combinations.key?.evaluation {
      ask(\.combinations, nil, Question.combinations)
    }
    if !state.snapshot.engine.isMeasuring { ask(\.combinations, request, Question.combinations) }
  }

  /// The cursor stands on a row that is there; what groups say is asked while nothing is measured, for it takes computing.
  private mutating func settleGroups() {
    guard state.runs.grouping != nil else {
      state.runs.group = nil
      return ask(\.runGroups, nil, Question.runGroups)
    }
    let rows = state.runRows
    if state.runs.group == nil, rows.line(of: state.runs) == nil {
      state.runs.group = (rows.group(of: state.runs.selected) ?? rows.groups.first)?.title
    } else if let title = state.runs.group, !rows.groups.contains(where: { $0.title == title }) {
      state.runs.group = rows.groups.first?.title
    }
    guard !state.snapshot.engine.isMeasuring else { return }
    ask(\.runGroups, RunGroupsRequest(groups: state.groupMembers, results: state.overview.results), Question.runGroups)
  }

  /// Few rows of the store, but never beside a measurement.
  private mutating func askForFleets() {
    guard [.main, .compare, .run].contains(state.screen), !state.snapshot.engine.isMeasuring else { return }
    let request = FleetsRequest(kept: state.snapshot.engine.keptFleets, finishedRuns: state.overview.finished)
    ask(\.fleets, request, Question.fleets)
  }

  private mutating func settleScatter() {
    if state.scatterPoints.causes != ScatterPoints.Causes(state) { state.scatterPoints = ScatterPoints(state) }
    guard let inspected = state.scatter.inspected else { return }
    let points = state.scatterPoints.points
    state.scatter.inspected = points.isEmpty ? nil : min(inspected, points.count - 1)
    // The point of the selected row, where that is one.
    guard let selected = state.runs.selected, !points.isEmpty,
      !points[min(inspected, points.count - 1)].runs.contains(selected)
    else { return }
    if let own = points.firstIndex(where: { $0.runs.contains(selected) }) { state.scatter.inspected = own }
  }

  private mutating func askForComparison() {
    let runs = state.comparedRuns.filter { $0.state == .done || $0.state == .stopped }
    if let baseline = state.compare.baseline, !runs.contains(where: { $0.id == baseline }) {
      state.compare.baseline = nil
    }
    guard runs.count >= 2 else { return ask(\.compare.answer, nil, Question.compare) }
    // The cheapest run is the baseline until a person says otherwise.
    let baseline = state.compare.baseline ?? runs.min { parameters($0) < parameters($1) }?.id ?? runs[0].id
    let request = CompareView.Request(
      runs: runs.map(\.id), baseline: baseline,
      finished: runs.map { run in
        (run.finished ?? 0) + (run.latency?.p50 ?? 0) + (run.latency?.coreShare ?? 0) + (run.score?.score.estimate ?? 0)
      })
    if state.compare.selected.flatMap({ id in runs.first { $0.id == id } }) == nil {
      state.compare.selected = baseline
    }
    ask(\.compare.answer, request, Question.compare)
  }

  private func parameters(_ run: RunSummary) -> Int {
    run.prepared?.trainableParameters
      ?? state.snapshot.model?.adapterParameters(run.plan) ?? 0
  }

  private mutating func settleRun() {
    if state.shownRun == nil {
      let charts = state.run.charts
      state.run = RunView()
      state.run.charts = charts
      state.run.run = state.runs.selected
    }
    guard let run = state.shownRun else { return }
    takeCurves([run], [.gradientNorm, .learningRate, .tokenRate, .memory])
    if state.run.latency.key?.run != run.id { ask(\.run.latency, nil, Question.latencyBlocks) }
    // It is drawn where there is room for it; reading it takes the store a moment, so never beside a measurement.
    if let latency = run.latency, !state.snapshot.engine.isMeasuring {
      ask(\.run.latency, RunView.LatencyRequest(run: run.id, p50: latency.p50), Question.latencyBlocks)
    }
    // The outputs of another run are none of this one.
    if state.run.answer.key?.run != run.id { ask(\.run.answer, nil, Question.examples) }
    guard run.score != nil || run.state == .evaluating else { return }
    ask(\.run.answer, RunView.Request(run: run.id, state: run.state), Question.examples)
  }

  /// Reading and decoding is computing: never beside a measurement. What was answered of another example is no answer here.
  private mutating func askForPictures() {
    let request = SamplePictures.request(state)
    if request.map({ ($0.run, $0.index) }) ?? (-1, -1) != state.pictures.key.map({ ($0.run, $0.index) }) ?? (-1, -1) {
      ask(\.pictures, nil, Question.pictures)
    }
    if !state.snapshot.engine.isMeasuring { ask(\.pictures, request, Question.pictures) }
  }

  private mutating func askForLog() {
    let newest = state.snapshot.notices.last?.time ?? 0
    if state.log.follows { state.log.selected = max(0, state.log.shown.count - 1) }
    ask(\.log.answer, newest, Question.log(newest:))
  }
}

extension RunSummary {
  fileprivate var isUnderWay: Bool { state.isActive || state == .done }
}
