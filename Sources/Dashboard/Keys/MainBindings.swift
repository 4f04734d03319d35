import Messages
import Terminal

/// Keys of the runs table.
enum RunsBindings {
  static let all: [KeyBinding] = [
    KeyBinding(.runs, [.space], "mark for curves and Compare", hint: "mark", .runs(.mark), whyNot: needsRun),
    KeyBinding(.runs, [.enter], "open the run, or fold the group", hint: "open", .runs(.open)) {
      $0.selectedGroup == nil ? needsRun($0) : nil
    },
    KeyBinding(
      .runs, [.character("p")], "pause or resume", hint: "pause", changesRuns: true, .runs(.pause), whyNot: cannotPause),
    KeyBinding(
      .runs, [.character("x")], "stop or cancel…", hint: "stop…", changesRuns: true, .runs(.stop), whyNot: cannotStop),
    KeyBinding(.main, [.character("n")], "queue the current setup", hint: "queue", changesRuns: true, .runs(.queue)) {
      state in state.setup.targets.isEmpty ? "no module is on: Space in Modules toggles one" : nil
    },
    KeyBinding(
      .runs, [.character("r")], "repeat with the next seed", hint: "repeat", changesRuns: true, .runs(.repeatRun),
      whyNot: cannotRepeat),
    KeyBinding(.runs, [.character("s")], "sort by… (again: reverse)", hint: "sort", .runs(.sort)),
    KeyBinding(
      .runs, [.character("e")], "export the adapter as a PEFT folder…", hint: "export…", .runs(.export),
      whyNot: cannotExport),
    KeyBinding(
      .runs, [.character("t")], "measure TPOT again… (again: not)", changesRuns: true, .runs(.measureAgain),
      whyNot: cannotMeasureAgain),
    KeyBinding(.runs, [.character("/")], "filter", hint: "filter", .list(.filter)),
    KeyBinding(.runs, [.character("v")], "range of marks: start, end", .runs(.range), whyNot: needsRun),
    KeyBinding(.runs, [.character("u")], "unmark all", .runs(.unmarkAll)) {
      $0.marks.runs.isEmpty ? "no run is marked" : nil
    },
    KeyBinding(.runs, [.character("o")], "sort by the explained column (again: reverse)", .runs(.sortByColumn)) {
      $0.runs.column == nil ? "h and l choose a column first" : nil
    },
    KeyBinding(
      .runs, [.character("a")], "group by…: study, data set, combination, base model", .runs(.group), whyNot: noRuns),
    KeyBinding(.runs, [.character("w")], "fold or unfold all groups", .runs(.foldAll)) {
      $0.runs.grouping == nil ? "there are no groups: a makes them" : nil
    },
    KeyBinding(.runs, [.character("c")], "columns…: any setting too", .runs(.columns), whyNot: noRuns),
    KeyBinding(
      .runs, [.character("N")], "write on the run or the chosen ones: name, tags, note, pin…", changesRuns: true,
      .runs(.labels), whyNot: needsRunOrChosen),
    KeyBinding(
      .runs, [.character("V")], "choose all runs that the filter shows (again: none)", .runs(.chooseMatching)
    ) { $0.runRows.isEmpty ? "no run is shown" : nil },
    KeyBinding(
      .run, [.character("N")], "write on the run: name, tags, note, pin…", changesRuns: true, .runs(.labels)
    ) { $0.shownRun == nil ? "there is no run" : nil },
    KeyBinding(
      .runs, [.character("d")], "delete the record and its files…", changesRuns: true, .runs(.delete),
      whyNot: cannotDelete),
    KeyBinding(.runs, [.character("b")], "make it the baseline of Compare", .runs(.baseline)) { state in
      guard let run = state.selectedRun else { return "no run is selected" }
      return state.marks.contains(run.id) ? nil : "mark it first with Space"
    },
    KeyBinding(
      .runs, [.character("+"), .character("=")], "a waiting run earlier", label: "+", changesRuns: true,
      .runs(.moveInQueue(earlier: true)), whyNot: notWaiting),
    KeyBinding(
      .runs, [.character("-")], "a waiting run later", changesRuns: true, .runs(.moveInQueue(earlier: false)),
      whyNot: notWaiting),
    KeyBinding(
      .runs, [.character("l"), .right], "explain the next column", hint: "explain", label: "h l", .list(.columns(1)),
      whyNot: noRuns),
    KeyBinding(.runs, [.character("h"), .left], "explain the previous column", .list(.columns(-1)), whyNot: noRuns),
    KeyBinding(.run, [.character("p")], "pause or resume", hint: "pause", changesRuns: true, .runs(.pause)) {
      pause($0.shownRun)
    },
    KeyBinding(.run, [.character("x")], "stop or cancel…", hint: "stop…", changesRuns: true, .runs(.stop)) {
      stop($0.shownRun)
    },
    KeyBinding(
      .run, [.character("e")], "export the adapter as a PEFT folder…", hint: "export…", .runs(.export)
    ) { export($0.shownRun) },
    KeyBinding(
      .run, [.character("t")], "measure TPOT again… (again: not)", hint: "measure again", changesRuns: true,
      .runs(.measureAgain), whyNot: cannotMeasureAgain),
    KeyBinding(
      .run, [.character("<")], "previous run", hint: "other run", label: "< >", .runs(.other(-1)), whyNot: oneRun),
    KeyBinding(.run, [.character(">")], "next run", .runs(.other(1)), whyNot: oneRun),
    KeyBinding(
      .run, [.character(",")], "previous prompt", hint: "prompt", label: ", .", .list(.sample(-1)), whyNot: noExamples),
    KeyBinding(.run, [.character(".")], "next prompt", .list(.sample(1)), whyNot: noExamples),
  ]

  @Sendable private static func needsRun(_ state: DashboardState) -> String? {
    state.selectedRun == nil ? noRun(state) : nil
  }

  @Sendable private static func noRuns(_ state: DashboardState) -> String? {
    state.snapshot.runs.isEmpty ? "there is no run" : nil
  }

  /// Why no run is selected.
  private static func noRun(_ state: DashboardState) -> String {
    state.runs.group == nil ? "there is no run" : "a group is selected: Enter unfolds it"
  }

  @Sendable private static func needsRunOrChosen(_ state: DashboardState) -> String? {
    state.runs.chosen.isEmpty ? needsRun(state) : nil
  }

  @Sendable private static func cannotRepeat(_ state: DashboardState) -> String? {
    guard let run = state.selectedRun else { return noRun(state) }
    if let pruning = run.plan.pruning { return "pruned from #\(pruning.parent): repeat that" }
    return run.plan.isBaseline ? "the base's evaluation has no seed" : nil
  }

  @Sendable private static func oneRun(_ state: DashboardState) -> String? {
    state.runRows.count < 2 ? "there is no other run" : nil
  }

  @Sendable private static func noExamples(_ state: DashboardState) -> String? {
    state.run.examples.count < 2 ? "there is no other prompt to show" : nil
  }

  @Sendable private static func cannotPause(_ state: DashboardState) -> String? {
    needsRun(state) ?? pause(state.selectedRun)
  }
  @Sendable private static func cannotStop(_ state: DashboardState) -> String? {
    needsRun(state) ?? stop(state.selectedRun)
  }

  @Sendable private static func cannotExport(_ state: DashboardState) -> String? {
    needsRun(state) ?? export(state.selectedRun)
  }

  @Sendable private static func cannotMeasureAgain(_ state: DashboardState) -> String? {
    let run = state.screen == .run ? state.shownRun : state.selectedRun
    // From a run that has nothing to measure the others can still be asked for.
    if state.screen != .run, !state.overview.busy.isEmpty { return nil }
    guard let run else { return "there is no run" }
    return run.whyNotMeasuredAgain
  }

  private static func export(_ run: RunSummary?) -> String? {
    guard let run else { return "there is no run" }
    if run.plan.isBaseline { return "the base has no adapter" }
    return run.adapterPath == nil ? "the selected run has no adapter yet" : nil
  }

  private static func pause(_ run: RunSummary?) -> String? {
    guard let run else { return "there is no run" }
    if run.state.isTerminal { return "the selected run is finished" }
    return run.state == .waiting ? "the selected run waits: P pauses the queue" : nil
  }

  private static func stop(_ run: RunSummary?) -> String? {
    guard let run else { return "there is no run" }
    return run.state.isTerminal ? "the selected run is finished" : nil
  }

  @Sendable private static func cannotDelete(_ state: DashboardState) -> String? {
    if !state.runs.chosen.isEmpty { return nil }
    guard let run = state.selectedRun else { return noRun(state) }
    return run.state.isTerminal ? nil : "the selected run is not finished: x stops it"
  }

  @Sendable private static func notWaiting(_ state: DashboardState) -> String? {
    guard let run = state.selectedRun else { return noRun(state) }
    return run.state == .waiting ? nil : "the selected run does not wait in the queue"
  }
}

extension RunSummary {
  /// Why its latency cannot be measured again; nil where it can.
  package var whyNotMeasuredAgain: String? {
    if plan.isBaseline { return "the base's TPOT is measured beside each run's" }
    if state != .done, state != .stopped { return "TPOT is measured when the run is finished" }
    return adapterPath == nil ? "the run has no adapter to measure" : nil
  }
}

/// Keys of the module checklist and the parameter bars.
enum SetupBindings {
  static let all: [KeyBinding] = [
    KeyBinding(.modules, [.space], "switch the row on or off", hint: "toggle", .setup(.toggleModule)),
    KeyBinding(
      .modules, [.character("l"), .right, .enter], "unfold into single projections", hint: "unfold", .setup(.unfold)),
    KeyBinding(.modules, [.character("h"), .left], "fold", .setup(.fold)),
    KeyBinding(
      .modules, [.character("@")], "layers of the row: 0-11, 20-, last:4…", hint: "layers…", .setup(.editLayers)
    ) { $0.snapshot.model == nil ? "no model is chosen: 1 goes to Setup" : nil },
    KeyBinding(.modules, [.character("a")], "all or none", hint: "all/none", .setup(.allModules)),
    KeyBinding(
      .modules, [.character("w")], "what gradients say of each module before training (probe)", .setup(.probe),
      whyNot: cannotProbe),
    KeyBinding(.parameters, [.enter, .space], "choose this set in Modules", hint: "choose this set", .setup(.useSet)),
  ]

  @Sendable static func cannotProbe(_ state: DashboardState) -> String? {
    if state.snapshot.model == nil || state.snapshot.data == nil { return "a model and data have to be chosen first" }
    // What was found stays there to be looked at.
    let isThere = state.probe?.request == ProbeView.request(state) && state.probe?.answer.value != nil
    return isThere ? nil : cannotLook(state)
  }

  /// Why a base cannot be looked at now.
  static func cannotLook(_ state: DashboardState) -> String? {
    // One that was closed before its end takes a moment to stop.
    if state.snapshot.engine.probe != nil { return "the last look is still ending" }
    return state.activeRuns.isEmpty && !state.snapshot.engine.isMeasuring && state.snapshot.engine.answers == nil
      ? nil : "runs are under way: a base is looked at while nothing else computes"
  }
}

/// Keys of the charts.
enum ChartBindings {
  static let all: [KeyBinding] = [
    KeyBinding(
      .chart, [.character("i")], "inspect: crosshair on or off", hint: "inspect", .chart(.inspect), whyNot: noCurve),
    KeyBinding(
      .chart, [.character("h"), .left], "inspect: one step back; zoomed: pan", hint: "step", label: "h l",
      .chart(.step(-1)), whyNot: notInspecting),
    KeyBinding(
      .chart, [.character("l"), .right], "inspect: one step on; zoomed: pan", .chart(.step(1)), whyNot: notInspecting),
    KeyBinding(
      .chart, [.control("b"), .pageUp], "inspect: ten columns back", .chart(.step(-10)), whyNot: notInspecting),
    KeyBinding(
      .chart, [.control("f"), .pageDown], "inspect: ten columns on", .chart(.step(10)), whyNot: notInspecting),
    KeyBinding(.chart, [.character("j"), .down], "next series", .chart(.series(1)), whyNot: notInspecting),
    KeyBinding(.chart, [.character("k"), .up], "previous series", .chart(.series(-1)), whyNot: notInspecting),
    KeyBinding(.chart, [.character("g"), .home], "inspect: first step", .chart(.end(-1)), whyNot: notInspecting),
    KeyBinding(.chart, [.character("G"), .end], "inspect: last step", .chart(.end(1)), whyNot: notInspecting),
    KeyBinding(
      .chart, [.character("+"), .character("=")], "zoom in about the crosshair, else the newest", hint: "zoom",
      label: "+ -", .chart(.zoom(1)), whyNot: noCurve),
    KeyBinding(.chart, [.character("-")], "zoom out", .chart(.zoom(-1)), whyNot: noCurve),
    KeyBinding(.chart, [.character("0")], "all steps", .chart(.all)),
    KeyBinding(.chart, [.character("f")], "follow the newest tenth", hint: "follow", .chart(.follow), whyNot: noCurve),
    KeyBinding(
      .chart, [.character("}")], "more smoothing", hint: "smoothing", label: "{ }", .chart(.smooth(1))),
    KeyBinding(.chart, [.character("{")], "less smoothing", .chart(.smooth(-1))),
    KeyBinding(.chart, [.character("w")], "raw under smoothed", hint: "raw", .chart(.raw)),
    KeyBinding(.chart, [.character("a")], "axes: linear, log y, log x, log both", hint: "axes", .chart(.axes)),
    KeyBinding(.chart, [.character("u")], "x axis: steps, tokens, time", hint: "x axis", .chart(.unit)),
    KeyBinding(.scatter, [.character("i")], "inspect points", hint: "inspect", .scatter(.inspect), whyNot: noPoint),
    KeyBinding(
      .scatter, [.character("l"), .character("j"), .right, .down], "next point", hint: "point", label: "h l",
      .scatter(.point(1)), whyNot: noPoint),
    KeyBinding(
      .scatter, [.character("h"), .character("k"), .left, .up], "previous point", .scatter(.point(-1)), whyNot: noPoint),
    KeyBinding(
      .scatter, [.character("t")], "x axis: %, ms, p95, parameters, over o_proj, a fleet's %", hint: "x axis",
      .scatter(.unit)),
    KeyBinding(
      .scatter, [.character("c")], "confidence: bars, ellipses, off", hint: "confidence", .scatter(.confidence)),
    KeyBinding(
      .scatter, [.character("o")], "published results as an overlay", hint: "published", .scatter(.published),
      whyNot: PublishedOverlay.whyNot),
    KeyBinding(.scatter, [.enter], "choose this set in Modules", hint: "choose this set", .scatter(.useSet)) {
      $0.scatter.inspected == nil ? "no point is inspected: i inspects" : nil
    },
  ]

  @Sendable private static func noCurve(_ state: DashboardState) -> String? {
    ChartRuns.of(state).contains { $0.losses.count > 0 } ? nil : "there is no curve yet"
  }

  @Sendable private static func notInspecting(_ state: DashboardState) -> String? {
    state.chart.crosshair == nil && state.chart.range == nil ? "i inspects first" : nil
  }

  @Sendable private static func noPoint(_ state: DashboardState) -> String? {
    guard state.scatterPoints.points.isEmpty else { return nil }
    return state.combinations.refusal ?? state.whyNotSummedUp ?? "no run has both a score and a latency yet"
  }
}
