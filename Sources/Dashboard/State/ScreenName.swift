/// The screens of the dashboard, in the order of their tabs.
package enum ScreenName: String, CaseIterable, Hashable, Sendable {
  case main, compare, run, sweep, advise, log

  package var title: String {
    switch self {
    case .main: "Main"
    case .compare: "Compare"
    case .run: "Run"
    case .sweep: "Sweep"
    case .advise: "Advise"
    case .log: "Log"
    }
  }

  /// The capital letter that goes there; also the tab's short name.
  package var letter: Character { title.first ?? "?" }

  package var panes: [Pane] { Pane.allCases.filter { $0.screen == self } }
}
