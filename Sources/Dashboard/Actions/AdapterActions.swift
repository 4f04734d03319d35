import Messages
import Recipe
import Terminal

/// What can be done with the adapter of a finished run besides exporting it: measuring what many like it cost in one batch, making it
/// smaller, and asking it beside others.
package enum AdapterAction: Hashable, Sendable {
  case fleet, prune, ask
  // What dialogs choose.
  case editTolerance(RunID)

  var name: String? {
    switch self {
    case .fleet: "fleet"
    case .prune: "prune"
    case .ask: "ask"
    case .editTolerance: nil
    }
  }
}

extension Update {
  mutating func perform(_ action: AdapterAction) {
    switch action {
    case .fleet:
      // The key that began it ends it.
      if state.snapshot.engine.fleet != nil { return send(.stopFleet) }
      if let run = state.adapterRun { state.dialog = Dialogs.fleet(run) }
    case .prune: if let run = state.adapterRun { state.dialog = Dialogs.prune(run, state) }
    case .ask: openQuestion()
    case .editTolerance(let run):
      state.field = FieldEdit(.pruneTolerance(run), text: NumberFormat.setting(state.runs.pruneTolerance))
    }
  }
}

extension DashboardState {
  /// The run that an order is about: the shown one on the Run screen, the selected one elsewhere.
  fileprivate var adapterRun: RunSummary? { screen == .run ? shownRun : selectedRun }
}

extension Dialogs {
  static func fleet(_ run: RunSummary) -> Dialog {
    let usual = CombinationSummary.fleetSequences
    return Dialog(
      title: "A fleet of adapters like #\(run.id)'s",
      lines: [
        "Each sequence of a batch has an adapter of its own, unmerged; over the same batch without.",
        "Nothing trains meanwhile; F ends it.",
      ],
      choices: [
        Dialog.Choice("f", "\(usual) adapters", action: .send(.measureFleet(run.id, sequences: [usual]))),
        Dialog.Choice(
          "a", "1, 2, 4, 8 and 16 adapters", note: "each as long as a run's own latency",
          action: .send(.measureFleet(run.id, sequences: [1, 2, 4, 8, 16]))), .cancel,
      ])
  }

  static func prune(_ run: RunSummary, _ state: DashboardState) -> Dialog {
    let tolerance = state.runs.pruneTolerance
    func choice(_ letter: Character, _ text: String, _ note: String, _ way: Pruning.Way) -> Dialog.Choice {
      Dialog.Choice(
        letter, text, note: note,
        action: .send(
          .prune(
            Pruning(parent: run.id, way: way, tolerance: tolerance), measureLatency: run.plan.settings.measureLatency)))
    }
    return Dialog(
      title: "Prune #\(run.id) \(run.adaptedLabel)",
      lines: [
        "A run of its own beside it: as small as the tuning split's examples bear, then scored.",
        "#\(run.id) stays as it is.",
      ],
      choices: [
        choice("m", "Modules and layers", "what changes least goes", .layers),
        choice("r", "Ranks", "truncated, layer by layer", .rank),
        Dialog.Choice(
          "t", "tolerance, points",
          note: "\(NumberFormat.fixed(tolerance, 1)): so much of the score may be lost at most",
          action: .adapter(.editTolerance(run.id))), .cancel,
      ])
  }
}

/// Keys for a finished run's adapter, in the table and on the Run screen.
enum AdapterBindings {
  static let all: [KeyBinding] =
    [KeyContext.runs, .run].flatMap { context in
      [
        KeyBinding(
          context, [.character("F")], "measure what a batch of adapters like this one costs… (again: end it)",
          changesRuns: true, .adapter(.fleet), whyNot: cannotMeasureFleet),
        KeyBinding(
          context, [.character("X")], "prune the adapter: layers and modules, or ranks…", changesRuns: true,
          .adapter(.prune), whyNot: cannotPrune),
      ]
    }
    + [KeyContext.run, .compare].map { context in
      KeyBinding(
        context, [.character("Q")], "put one prompt to the marked adapters, side by side…", .adapter(.ask),
        whyNot: cannotAsk)
    }

  @Sendable private static func cannotAsk(_ state: DashboardState) -> String? {
    let engine = state.snapshot.engine
    if engine.replay != nil { return ReplayStatus.changesNothing }
    if state.answers?.isUnderWay == true { return nil }
    if state.askedRuns.isEmpty { return "no finished run with an adapter is marked" }
    if state.askedRuns.count > AdapterQuestion.mostRuns {
      return "\(state.askedRuns.count) runs are marked: at most \(AdapterQuestion.mostRuns) answer together"
    }
    let isBusy =
      engine.isMeasuring || engine.measuresSpeedOf != nil || engine.probe != nil || engine.answers != nil
    return state.activeRuns.isEmpty && !isBusy
      ? nil : "runs are under way: adapters are asked while nothing else computes"
  }

  @Sendable private static func cannotMeasureFleet(_ state: DashboardState) -> String? {
    let engine = state.snapshot.engine
    if engine.fleet != nil { return nil }
    guard let run = state.adapterRun else { return noRun(state) }
    if run.plan.isBaseline { return "the base has no adapter" }
    guard run.state == .done || run.state == .stopped else { return "#\(run.id) is not finished" }
    if run.adapterPath == nil { return "#\(run.id) has no adapter any more" }
    let isBusy = engine.isMeasuring || engine.measuresSpeedOf != nil || engine.probe != nil || engine.answers != nil
    return state.activeRuns.isEmpty && !isBusy
      ? nil : "runs are under way: a fleet is measured while nothing else computes"
  }

  @Sendable private static func cannotPrune(_ state: DashboardState) -> String? {
    guard let run = state.adapterRun else { return noRun(state) }
    if run.plan.isBaseline { return "the base has no adapter" }
    guard run.state == .done else { return "#\(run.id) is not finished: only a finished run's adapter can be pruned" }
    if run.adapterPath == nil { return "#\(run.id) has no adapter any more" }
    if case .file = run.plan.data, run.plan.settings.tuningShare == nil {
      return "#\(run.id) held out no tuning split of its file, on which pruning is decided: train with --tuning-share"
    }
    return nil
  }

  private static func noRun(_ state: DashboardState) -> String {
    state.screen != .run && state.runs.group != nil ? "a group is selected: Enter unfolds it" : "there is no run"
  }
}
