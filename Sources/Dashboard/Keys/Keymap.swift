import Terminal

/// All bindings, in the order in which help and hint row list them.
package struct Keymap: Sendable {
  package let bindings: [KeyBinding]
  private let byContext: [KeyContext: [Key: Int]]
  private let ofContext: [KeyContext: [KeyBinding]]

  package static let standard = Keymap(
    RunsBindings.all + AdapterBindings.all + SetupBindings.all + ChartBindings.all + HeatmapBindings.all
      + RunPaneBindings.all
      + ScreenBindings.all + ListBindings.all
      + GlobalBindings.all)

  package init(_ bindings: [KeyBinding]) {
    self.bindings = bindings
    var byContext: [KeyContext: [Key: Int]] = [:]
    for (index, binding) in bindings.enumerated() {
      for key in binding.keys where byContext[binding.context]?[key] == nil {
        byContext[binding.context, default: [:]][key] = index
      }
    }
    self.byContext = byContext
    ofContext = Dictionary(grouping: bindings, by: \.context)
  }

  package func binding(for key: Key, chain: [KeyContext]) -> KeyBinding? {
    for context in chain {
      if let index = byContext[context]?[key] { return bindings[index] }
    }
    return nil
  }

  package func bindings(of context: KeyContext) -> [KeyBinding] { ofContext[context] ?? [] }

  /// Keys that a pane's chain holds twice: one line each, naming both actions.
  package func conflicts() -> [String] {
    Pane.allCases.flatMap { pane -> [String] in
      var seen: [Key: KeyBinding] = [:]
      var lines: [String] = []
      for context in pane.chain {
        for binding in bindings(of: context) {
          for key in binding.keys {
            if let other = seen[key] {
              lines.append(
                "\(key.printed) in \(pane.screen.title) ▸ \(pane.title): "
                  + "\(other.context.rawValue) “\(other.text)” and \(binding.context.rawValue) “\(binding.text)”")
            }
            seen[key] = binding
          }
        }
      }
      return lines
    }
  }
}

/// One entry of the keymap: feeds dispatch, the help screen and the hint row.
package struct KeyBinding: Sendable {
  package var context: KeyContext
  package var keys: [Key]
  /// How the keys are printed; made from `keys` where it is not given.
  package var label: String
  /// What it does, for the help screen.
  package var text: String
  /// What it does, in a word or two, for the hint row; nil: not in the hint row.
  package var hint: String?
  package var action: Action
  /// Not there with `--read-only`, nor while another engine holds the store.
  package var changesRuns: Bool
  /// Why it cannot act now; nil when it can.
  package var whyNot: @Sendable (DashboardState) -> String?

  package init(
    _ context: KeyContext, _ keys: [Key], _ text: String, hint: String? = nil, label: String? = nil,
    changesRuns: Bool = false, _ action: Action, whyNot: @escaping @Sendable (DashboardState) -> String? = { _ in nil }
  ) {
    self.context = context
    self.keys = keys
    self.text = text
    self.hint = hint
    self.label = label ?? keys.map(\.printed).joined(separator: " ")
    self.action = action
    self.changesRuns = changesRuns
    self.whyNot = whyNot
  }
}

extension Key {
  /// `Space`, `^L`, `⇧Tab`, `g`.
  package var printed: String {
    switch self {
    case .character(" "): "Space"
    case .character(let character): String(character)
    case .control(let letter): "^\(letter.uppercased())"
    case .alt(let letter): "Alt-\(letter)"
    case .up: "↑"
    case .down: "↓"
    case .left: "←"
    case .right: "→"
    case .home: "Home"
    case .end: "End"
    case .pageUp: "PgUp"
    case .pageDown: "PgDn"
    case .enter: "Enter"
    case .tab: "Tab"
    case .backTab: "⇧Tab"
    case .escape: "Esc"
    case .backspace: "Bksp"
    case .delete: "Del"
    case .insert: "Ins"
    case .function(let number): "F\(number)"
    case .paste, .mouse, .resize, .resumed, .focusGained, .focusLost, .signal, .hangup: ""
    }
  }
}

/// A section of the keymap: a pane, a kind of pane, a screen, or everything.
package enum KeyContext: String, CaseIterable, Hashable, Sendable {
  case global, main, compare, run, sweep, advise
  case list, form, chart, scroll, heatmap, exports
  case setup, modules, parameters, scatter, runs, settings, results, samples, examples, pairs, layers, planner,
    dataList, cards,
    log

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
    case .heatmap: "Any heatmap"
    case .exports: "What is shown"
    case .setup: "Setup"
    case .modules: "Modules"
    case .parameters: "Parameters"
    case .scatter: "Accuracy / latency"
    case .runs: "Runs"
    case .settings: "Settings"
    case .results: "Results"
    case .samples: "Samples"
    case .examples: "Who got which right"
    case .pairs: "All pairs"
    case .layers: "Maps by layer"
    case .planner: "Combinations"
    case .dataList: "Data sets"
    case .cards: "Recommendations"
    case .log: "Log"
    }
  }
}
