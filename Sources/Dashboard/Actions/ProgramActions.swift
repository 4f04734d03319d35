import Messages
import Terminal

/// What can be done with the program and its screen, wherever one is.
package enum ProgramAction: Hashable, Sendable {
  case pauseQueue, copy, chooseTheme, toggleMouse, redraw, suspend, interrupt
  /// Only with `Keymap.replaying`.
  case replay(ReplayControl)
  /// Only with `Keymap.watching`.
  case cluster
  case chooseOption, exportView
  // What dialogs choose.
  case nextOption(String)
  case exportAs(ExportDocument.Form)
  case useTheme(String)
  case quit(Command.Shutdown)

  var name: String? {
    switch self {
    case .pauseQueue: "pause-queue"
    case .copy: "copy"
    case .chooseTheme: "theme"
    case .toggleMouse: "mouse"
    case .redraw: "redraw"
    case .suspend: "suspend"
    case .interrupt: "interrupt"
    case .chooseOption: "options"
    case .exportView: "export-view"
    case .cluster: "cluster"
    case .exportAs, .replay, .nextOption, .useTheme, .quit: nil
    }
  }
}

extension Update {
  mutating func perform(_ action: ProgramAction) {
    switch action {
    case .pauseQueue: send(.pauseQueue(!state.snapshot.engine.queuePaused))
    case .copy: copy()
    case .chooseTheme: chooseTheme()
    case .toggleMouse: setMouse(!state.mouseIsOn)
    case .chooseOption: state.dialog = Dialogs.options(state)
    case .nextOption(let name): nextOption(name)
    case .exportView: state.dialog = Dialogs.exportView(state)
    case .exportAs(let form): effects.append(.export(ExportSubject.document(form, state)))
    case .redraw: effects.append(.redraw)
    case .suspend: effects.append(.suspend)
    case .interrupt: interrupt()
    case .replay(let control): send(.replay(control))
    case .cluster: if let cluster = state.snapshot.engine.cluster { state.dialog = ClusterDialog.orders(cluster) }
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
    }
  }

  mutating func quitOrAsk() {
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
      return perform(ProgramAction.quit(.save))
    }
    if state.dialog == nil || state.dialog?.title != Dialogs.quitTitle { quitOrAsk() }
  }

  mutating func chooseTheme() {
    guard !state.themeNames.isEmpty else { return state.say("no theme files were found", .warning) }
    state.dialog = Dialogs.themes(state)
    // A file may have come or gone since the start.
    effects.append(.listThemes)
  }

  private mutating func copy() {
    let text = Clipboard.text(state)
    guard !text.isEmpty else { return state.say("there is nothing to copy here", .warning) }
    effects.append(.copy(text))
    state.say("copied: \(text.truncated(toColumns: 60, ellipsis: state.glyphs.ellipsis))")
  }
}

/// What `y` copies: the row or value under the cursor, as plain text.
package enum Clipboard {
  package static func text(_ state: DashboardState) -> String {
    switch state.focusedPane {
    case .setup: state.setupField.text(state.setup)
    case .modules, .parameters: state.setup.targets.label
    case .runs, .loss, .scatter, .energy, .overview: state.selectedRun.map { row($0) } ?? ""
    case .compareSamples, .compareExamples: sample(state)
    case .compareLoss, .compareSettings, .compareResults, .comparePairs, .compareLatency, .compareLayers:
      state.compare.selected.flatMap { state.snapshot.run($0) }.map { row($0) } ?? ""
    case .runSamples:
      state.run.examples.indices.contains(state.run.sample) ? state.run.examples[state.run.sample].output : ""
    case .runLoss, .runGradient, .runRate, .runSpeed, .runMemory, .runLatency, .runEnergy, .runParameters:
      state.shownRun.map { $0.adapterPath ?? row($0) } ?? ""
    case .sweepCombinations: state.sweep.selected.label
    case .sweepOptions: SetupField.seeds.text(state.setup)
    case .sweepData:
      state.studyChoices.indices.contains(state.sweep.dataRow) ? state.studyChoices[state.sweep.dataRow].name : ""
    case .adviseCards:
      state.advise.chosen.map { "\($0.kind.title): \($0.targets?.label ?? "no pick"): \($0.reason)" } ?? ""
    case .adviseRules: state.advise.advice?.rules.joined(separator: "\n") ?? ""
    case .adviseFindings:
      state.advise.advice.flatMap {
        $0.findings.indices.contains(state.advise.finding) ? $0.findings[state.advise.finding].statement : nil
      } ?? ""
    case .adviseTradeoffs:
      state.advise.advice.flatMap {
        $0.tradeoffs.indices.contains(state.advise.tradeoff) ? $0.tradeoffs[state.advise.tradeoff].targets.label : nil
      } ?? ""
    case .log:
      state.log.shown.indices.contains(state.log.selected) ? state.log.shown[state.log.selected].text : ""
    }
  }

  private static func sample(_ state: DashboardState) -> String {
    guard let samples = state.compare.comparison?.samples, samples.indices.contains(state.compare.sample) else {
      return ""
    }
    return samples[state.compare.sample].prompt
  }

  private static func row(_ run: RunSummary) -> String {
    var parts = [
      "#\(run.id)", run.plan.data.displayName, run.plan.targets.label, "seed \(run.plan.settings.seed)",
      run.state.rawValue,
    ]
    if let score = run.score { parts.append("\(NumberFormat.fixed(score.score.estimate * 100, 1)) %") }
    if let latency = run.latency {
      let text = "\(NumberFormat.fixed(latency.overheadPercent.estimate, 1, signed: true)) % TPOT"
      parts.append(latency.isBusy ? "~\(text) (busy machine)" : text)
    }
    return parts.joined(separator: "\t")
  }
}
