import Messages
import Terminal

/// What is known about the time and memory of the next run.
enum EstimateLine {
  static func text(_ state: DashboardState) -> String {
    guard let seconds = state.estimate.item(state.setup.targets)?.secondsPerRun else {
      return "time: known after a first run"
    }
    let runs = state.estimate.estimate?.basedOnRuns ?? 0
    return "est. \(NumberFormat.duration(seconds)) per run · from \(runs) run\(runs == 1 ? "" : "s")"
  }
}
