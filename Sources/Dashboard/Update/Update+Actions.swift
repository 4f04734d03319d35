import Messages
import Terminal

/// What each action does.
extension Update {
  mutating func perform(_ action: Action) {
    switch action {
    case .help: state.help = HelpState()
    case .command: state.field = FieldEdit(.command, text: "")
    case .leave: leave()
    case .back: back()
    case .nextPane: focusNeighbour(1)
    case .previousPane: focusNeighbour(-1)
    case .pane(let number): focus(state.screen.panes[min(max(1, number), state.screen.panes.count) - 1])
    case .nextScreen: showNeighbour(1)
    case .previousScreen: showNeighbour(-1)
    case .screen(let screen): show(screen)
    case .zoomPane: state.isZoomed.toggle()
    case .pauseQueue: send(.pauseQueue(!state.snapshot.engine.queuePaused))
    case .copy: copy()
    case .chooseTheme: chooseTheme()
    case .toggleMouse:
      state.mouseIsOn.toggle()
      effects.append(.setMouse(state.mouseIsOn))
      state.say(state.mouseIsOn ? "mouse on; Shift and drag selects text" : "mouse off: the terminal selects text")
    case .redraw: effects.append(.redraw)
    case .suspend: effects.append(.suspend)
    case .interrupt: interrupt()
    case .move(let rows): move(rows)
    case .page(let direction): move(direction * max(1, pageRows - 1))
    case .halfPage(let direction): move(direction * max(1, pageRows / 2))
    case .first: move(-1_000_000)
    case .last: move(1_000_000)
    case .filter: editFilter()
    case .queueRun, .pauseRun, .stopRun, .deleteRun, .repeatRun, .moveInQueue, .mark, .openRun, .rangeOfMarks,
      .unmarkAll, .baseline, .sortRuns, .sortBy, .exportRun, .unmarkRow, .otherRun,
      .measureAgain:
      performOnRuns(action)
    case .toggleModule, .allModules, .unfold, .fold, .editLayers, .choose, .step, .resetField, .edit, .useSet,
      .browse, .previewData:
      performOnSetup(action)
    case .inspect, .inspectStep, .inspectSeries, .inspectEnd, .zoomChart, .zoomAll, .follow, .axes, .smooth, .raw,
      .unit, .confidence, .publishedOverlay:
      performOnChart(action)
    case .allSettings:
      state.compare.showsAllSettings.toggle()
      state.compare.settingsTop = 0
    case .sample(let step): moveSample(step)
    case .scroll, .columns: scroll(action)
    case .include, .includeAll, .preset, .sortPlan, .startSweep, .sendSweep, .includeData, .includeAllData,
      .measureSpeed:
      performOnSweep(action)
    case .card, .evidence, .queueMissing, .sendMissing, .budget, .thresholds, .editMargin, .editHardBelow, .scope,
      .publishedStudy, .exportAdvice, .exportReport, .exportConfiguration:
      performOnAdvise(action)
    case .followLog: state.log.follows.toggle()
    case .wrapLog: state.log.wraps.toggle()
    case .logLevel:
      let levels = Notice.Level.allCases
      state.log.least = levels[((levels.firstIndex(of: state.log.least) ?? 0) + 1) % levels.count]
    case .useTheme(let name): effects.append(.setTheme(name))
    case .quit(let shutdown):
      send(.shutdown(shutdown))
      switch shutdown {
      case .save: state.say("saving: the run stops at its next step, the queue is kept")
      case .finishCurrentRun:
        state.say(
          state.snapshot.engine.finishesThenQuits
            ? "goes on: lorascope does not quit after this run"
            : "quits when the present run is finished; q takes it back")
      case .discard: state.say("discarding the run under way")
      }
    case .send(let command): send(command)
    }
  }

  // MARK: Screens and panes

  mutating func show(_ screen: ScreenName) {
    guard screen != state.screen else { return }
    if screen == .run { state.run.run = state.runs.selected ?? state.run.run }
    state.trail.removeAll { $0 == screen }
    state.trail.append(state.screen)
    state.screen = screen
    state.isZoomed = false
  }

  private mutating func showNeighbour(_ step: Int) {
    let all = ScreenName.allCases
    let index = all.firstIndex(of: state.screen) ?? 0
    show(all[(index + step + all.count) % all.count])
  }

  mutating func focus(_ pane: Pane) {
    guard pane.screen == state.screen else { return }
    state.focus[state.screen] = pane
    if pane == .loss || pane == .scatter { state.mainChart = pane }
  }

  private mutating func focusNeighbour(_ step: Int) {
    let panes = state.screen.panes
    let index = panes.firstIndex(of: state.focusedPane) ?? 0
    focus(panes[(index + step + panes.count) % panes.count])
  }

  // MARK: Leaving

  /// `q`: the screen one came from; on Main the end, with a question while there is work left.
  private mutating func leave() {
    guard state.screen == .main else { return goBack() }
    quitOrAsk()
  }

  private mutating func goBack() {
    state.screen = state.trail.popLast() ?? .main
    state.isZoomed = false
  }

  private mutating func quitOrAsk() {
    guard state.hasWorkLeft, state.readOnlyReason == nil else {
      effects.append(contentsOf: state.readOnlyReason == nil ? [.send(.shutdown(.save))] : [])
      effects.append(.quit(.quit))
      return
    }
    state.dialog = Dialogs.quit(state)
  }

  /// Ctrl-C: the question, and with two more presses within 2 s saving.
  mutating func interrupt() {
    let recent = state.interrupts.filter { state.now - $0 <= 2 }
    state.interrupts = recent + [state.now]
    if state.interrupts.count >= 3, state.hasWorkLeft {
      state.dialog = nil
      state.interrupts = []
      return perform(.quit(.save))
    }
    if state.dialog == nil || state.dialog?.title != Dialogs.quitTitle { quitOrAsk() }
  }

  /// One rung of the ladder: inspect, full screen, range of marks, filter, the screen before. Never the end.
  private mutating func back() {
    if state.focusedPane.isCurveChart, state.chart.crosshair != nil {
      state.chart.crosshair = nil
    } else if state.focusedPane == .scatter, state.scatter.inspected != nil {
      state.scatter.inspected = nil
    } else if state.isZoomed {
      state.isZoomed = false
    } else if state.screen == .main, state.runs.rangeStart != nil {
      state.runs.rangeStart = nil
    } else if state.screen == .main, !state.runs.filter.isEmpty {
      state.runs.filter = ""
    } else if state.screen == .log, !state.log.filter.isEmpty {
      state.log.filter = ""
    } else if state.screen != .main {
      goBack()
    }
  }

  // MARK: Others

  private mutating func chooseTheme() {
    guard !state.themeNames.isEmpty else { return state.say("no theme files were found", .warning) }
    state.dialog = Dialogs.themes(state)
  }

  private mutating func copy() {
    let text = Clipboard.text(state)
    guard !text.isEmpty else { return state.say("there is nothing to copy here", .warning) }
    effects.append(.copy(text))
    state.say("copied: \(text.truncated(toColumns: 60, ellipsis: state.glyphs.ellipsis))")
  }

  private mutating func editFilter() {
    switch state.screen {
    case .log: state.field = FieldEdit(.logFilter, text: state.log.filter)
    default: state.field = FieldEdit(.runsFilter, text: state.runs.filter)
    }
  }

  private mutating func moveSample(_ step: Int) {
    switch state.screen {
    case .compare:
      let count = state.compare.comparison?.samples.count ?? 0
      state.compare.sample = min(max(0, state.compare.sample + step), max(0, count - 1))
    default: state.run.sample = min(max(0, state.run.sample + step), max(0, state.run.examples.count - 1))
    }
  }

  private mutating func scroll(_ action: Action) {
    switch action {
    case .scroll(let rows) where state.focusedPane == .compareSamples: moveSample(rows)
    case .scroll(let rows) where state.focusedPane == .runSamples: moveSample(rows)
    case .scroll(let rows) where state.focusedPane == .adviseRules:
      let lines = AdviseRulesPane.lineCount(state)
      state.advise.rulesTop = min(max(0, state.advise.rulesTop + rows), max(0, lines - 1))
    case .columns(let columns) where state.screen == .compare:
      let count = state.compare.comparison?.rows.count ?? 0
      state.compare.firstColumn = min(max(0, state.compare.firstColumn + columns), max(0, count - 1))
    default: break
    }
  }

  /// Rows that the focused list shows.
  var pageRows: Int { max(1, (state.layout.rect(of: state.focusedPane)?.height ?? 4) - 3) }
}
