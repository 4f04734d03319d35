/// A section of the keymap: a pane, a kind of pane, a screen, or everything.
package enum KeyContext: String, CaseIterable, Hashable, Sendable {
  case global, main, compare, run, sweep, advise
  case list, form, chart, scroll
  case setup, modules, parameters, scatter, runs, settings, results, planner, dataList, cards, log

  package var title: String {
    switch self {
    case .global: "Everywhere"
    case .main: "Main"
    case .compare: "Compare"
    case .run: "Run"
    case .sweep: "Sweep"
    case .advise: "Advise"
    case .list: "Any list"
    case .form: "Any form"
    case .chart: "Any chart of curves"
    case .scroll: "Scrolling"
    case .setup: "Setup"
    case .modules: "Modules"
    case .parameters: "Parameters"
    case .scatter: "Accuracy / latency"
    case .runs: "Runs"
    case .settings: "Settings"
    case .results: "Results"
    case .planner: "Combinations"
    case .dataList: "Data sets"
    case .cards: "Recommendations"
    case .log: "Log"
    }
  }
}
