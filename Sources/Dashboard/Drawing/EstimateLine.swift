import Messages
import Terminal

/// What is known about the time and memory of the next run.
enum EstimateLine {
  static func text(_ state: DashboardState) -> String {
    guard let seconds = state.estimate.item(state.setup.targets)?.secondsPerRun else {
      return "time: after a run, or S then c"
    }
    let runs = state.estimate.value?.basedOnRuns ?? 0
    let basis = runs == 0 ? "measured speeds" : "\(runs) run\(runs == 1 ? "" : "s")"
    return "est. \(NumberFormat.duration(seconds)) per run · \(basis)"
  }
}
