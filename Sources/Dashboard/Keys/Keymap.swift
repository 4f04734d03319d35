import Terminal

/// All bindings, in the order in which help and hint row list them.
public struct Keymap: Sendable {
  package let bindings: [KeyBinding]
  private let byContext: [KeyContext: [Key: Int]]

  public static let standard = Keymap(
    RunsBindings.all + SetupBindings.all + ChartBindings.all + ScreenBindings.all + ListBindings.all
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
  }

  package func binding(for key: Key, chain: [KeyContext]) -> KeyBinding? {
    for context in chain {
      if let index = byContext[context]?[key] { return bindings[index] }
    }
    return nil
  }

  package func bindings(of context: KeyContext) -> [KeyBinding] { bindings.filter { $0.context == context } }

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
