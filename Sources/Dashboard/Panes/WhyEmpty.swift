import Messages
import Recipe

/// Why a pane has nothing to draw, in words that hold for what has become of the run: a waiting one, one that failed, one that was never to be
/// measured, in a replay and beside a folder that is watched.
enum WhyEmpty {
  /// Of a run without a step.
  static func noStep(_ run: RunSummary, _ state: DashboardState) -> String {
    if let reason = untrained(run) { return reason }
    switch run.state {
    case .waiting: return waiting(run, state)
    case .preparing: return "loading model and data"
    case .training: return "the first step is under way"
    case .paused: return "paused before step 1"
    case .failed: return "failed before step 1"
    case .stopped, .cancelled: return "ended before step 1"
    case .evaluating, .awaitingLatency, .measuring, .done: return "no step of it is stored"
    }
  }

  /// Of a run that has no curve because nothing of it is trained.
  private static func untrained(_ run: RunSummary) -> String? {
    if run.plan.isBaseline { return "the base is not trained" }
    return run.plan.pruning.map { "pruned from #\($0.parent): no step" }
  }

  private static func waiting(_ run: RunSummary, _ state: DashboardState) -> String {
    if state.readOnlyReason != nil { return "waiting: it has not begun" }
    if state.snapshot.engine.queuePaused { return "queue paused, P goes on" }
    let before = (state.snapshot.queue.firstIndex(of: run.id) ?? 0) + state.activeRuns.count
    return before == 0 ? "waiting: it is next" : "waiting: \(Counted.text(before, "run")) before"
  }

  /// Of the curves on Main, where no run has one that could be drawn.
  static func noCurve(_ state: DashboardState) -> String {
    guard state.hasSnapshot else { return "reading the store" }
    if state.snapshot.runs.isEmpty {
      return state.readOnlyReason == nil ? "the curve starts at step 1" : "no run yet"
    }
    if let run = state.activeRuns.first(where: { $0.losses.count == 0 && !$0.plan.isBaseline }) {
      return run.state == .training
        ? "#\(run.id) is in its first step" : "#\(run.id): \(noStep(run, state))"
    }
    let marks = "Space in Runs draws a run's curve"
    guard let run = state.selectedRun else { return marks }
    return "#\(run.id): \(noStep(run, state))"
  }

  /// Of the table, where there is no run and none can be begun from here.
  static func noRun(_ state: DashboardState) -> String? {
    guard state.hasSnapshot else { return "reading the store" }
    guard state.readOnlyReason != nil else { return nil }
    return state.watches ? "no run has written its log yet: rows appear as they do" : "there is no run here"
  }

  /// Of the outputs of a run.
  static func noOutput(_ run: RunSummary?) -> String {
    guard let run else { return "there is no run yet" }
    if run.plan.settings.evaluationExamples == 0, !run.plan.isBaseline { return "no example was to be evaluated" }
    if run.score != nil { return "reading" }
    return run.state.isTerminal ? "it ended before it was evaluated" : "outputs appear when the run is evaluated"
  }

  /// Of the token latencies of a run that was not measured.
  static func noLatency(_ run: RunSummary, _ state: DashboardState) -> String {
    if run.state == .measuring { return "being measured, in turn with the base" }
    if run.state.isTerminal || !run.plan.settings.measureLatency {
      let again = state.readOnlyReason == nil && run.adapterPath != nil ? ": t measures it" : ""
      return run.state.isTerminal ? "not measured\(again)" : "it was not asked for: t measures it when the run is done"
    }
    return "tokens are measured after training, in turn with the base, while nothing trains"
  }

  /// Of the energies of a run's adapter.
  static func noEnergy(_ run: RunSummary?, _ state: DashboardState) -> String {
    guard let run else {
      return state.runs.group != nil && state.screen == .main
        ? "a group is selected: each of its runs has its own" : "there is no run yet"
    }
    if run.plan.isBaseline { return "the base has no adapter" }
    if run.plan.pruning != nil { return "of a pruned adapter no energies are kept: see its parent" }
    switch run.state {
    case .waiting, .preparing: return "nothing yet: B = 0 before the first step"
    case .training:
      return state.snapshot.engine.replay == nil
        ? "B = 0 at first; the adapter is looked at as often as half a percent of the time allows"
        : "only the last look at it is stored: it appears at the end"
    case .evaluating, .awaitingLatency, .measuring, .paused, .done, .failed, .stopped, .cancelled:
      return run.step == 0
        ? "nothing: B = 0 before the first step"
        : "not looked at: PEFT or an earlier version trained it, or it ended too soon"
    }
  }
}
