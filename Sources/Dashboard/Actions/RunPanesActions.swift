import Messages
import Terminal

/// What can be done among the panes of the Run screen.
package enum RunPanesAction: Hashable, Sendable {
  case charts

  var name: String? { "charts" }
}

extension Update {
  mutating func perform(_ action: RunPanesAction) {
    switch action {
    case .charts:
      let all = RunCharts.allCases
      let now = RunCharts(showing: state.focusedPane) ?? state.run.charts
      state.run.charts = all[((all.firstIndex(of: now) ?? 0) + 1) % all.count]
      // The focus stays among what is shown.
      if RunCharts(showing: state.focusedPane) != nil { focus(state.run.charts.first) }
      state.say("charts: \(state.run.charts.title)")
    }
  }
}

/// Keys of the Run screen's charts.
enum RunPaneBindings {
  static let all: [KeyBinding] = [
    KeyBinding(
      .run, [.character("c")], "charts: gradient and rate, tokens a second and memory, token latencies",
      hint: "charts", .runPanes(.charts)
    ) {
      $0.shownRun == nil ? "there is no run" : nil
    }
  ]
}
