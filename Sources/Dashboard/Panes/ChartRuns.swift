import Messages
import Terminal

/// Which runs a screen's curves show, in the order of the legend, and over which steps.
package enum ChartRuns {
  package static func of(_ state: DashboardState) -> [RunSummary] {
    switch state.screen {
    case .main:
      let marked = state.markedRuns
      var others = state.activeRuns.filter { $0.state == .training }
      if let selected = state.selectedRun, !others.contains(where: { $0.id == selected.id }) { others.append(selected) }
      others.removeAll { state.marks.contains($0.id) || $0.losses.count == 0 }
      return marked + others.sorted { $0.id < $1.id }
    case .compare: return state.comparedRuns
    case .run: return state.shownRun.map { [$0] } ?? []
    case .sweep, .advise, .log: return []
    }
  }

  /// 0 to the largest planned step.
  package static func fullRange(_ state: DashboardState) -> ClosedRange<Double> {
    let runs = of(state)
    let planned = runs.map { max($0.totalSteps, $0.losses.count) }.max() ?? 0
    return 0...Double(planned > 0 ? planned : max(1, state.setup.settings.steps ?? 100))
  }

  /// What the x axis spans now: all, the zoomed part, or the newest tenth.
  package static func xRange(_ state: DashboardState) -> ClosedRange<Double> {
    let all = fullRange(state)
    let chart = state.chart
    if chart.followsNewest {
      let newest = Double(of(state).map(\.losses.count).max() ?? 0)
      let width = max(10, (all.upperBound - all.lowerBound) / 10)
      let end = max(width, newest)
      return (end - width)...end
    }
    guard let range = chart.range else { return all }
    // A view that touches the newest step keeps following it.
    return max(all.lowerBound, range.lowerBound)...max(range.lowerBound + 1, min(all.upperBound, range.upperBound))
  }
}
