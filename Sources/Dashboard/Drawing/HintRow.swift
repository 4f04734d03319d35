import Messages
import Terminal

/// The last row: what the keys do here. Cut from the right at whole hints; help and quit go last.
package enum HintRow {
  package static func draw(_ state: DashboardState, keymap: Keymap, in rect: Rect, on canvas: inout Canvas) {
    var x = rect.x + 1
    for (index, hint) in hints(state, keymap: keymap, columns: rect.width - 2).enumerated() {
      if index > 0 { x += 2 }
      x += canvas.put(hint.key, x: x, y: rect.y, style: Style(.key))
      x += 1
      x += canvas.put(hint.text, x: x, y: rect.y)
    }
  }

  package static func hints(
    _ state: DashboardState, keymap: Keymap, columns: Int
  ) -> [(key: String, text: String)] {
    if state.dialog != nil {
      return fitting([("Enter", "choose"), ("j k", "move"), ("Esc", "cancel")], last: [], columns)
    }
    if state.field != nil {
      return fitting(
        [("Enter", "accept"), ("Esc", "give up"), ("^U", "clear"), ("^W", "word back")], last: [], columns)
    }
    if state.preview != nil {
      let accept = state.preview?.isCandidate == true ? [("Enter", "use it")] : []
      return fitting(
        accept + [(", .", "example"), ("j k", "scroll"), ("t", "tokens"), ("Esc", "back")], last: [], columns)
    }
    if state.browser != nil {
      return fitting(
        [
          ("Enter", "open or choose"), ("→ ←", "in, out"), ("Tab", "complete"), ("~ /", "home, root"), ("Esc", "close"),
        ],
        last: [], columns)
    }
    if state.help != nil { return fitting([("/", "filter"), ("j k", "scroll"), ("Esc", "close")], last: [], columns) }
    let bindings = state.focusedPane.chain.flatMap { keymap.bindings(of: $0) }
    var hints: [(String, String)] = []
    for binding in bindings {
      guard let hint = binding.hint, binding.action != .go(.help), binding.action != .go(.leave) else { continue }
      if binding.whyNot(state) != nil || binding.changesRuns && state.readOnlyReason != nil { continue }
      hints.append((firstKey(binding), hint))
    }
    if state.screen == .main, state.marks.runs.count >= 2 { hints.append(("C", "compare")) }
    if state.screen == .main { hints.append(("S", "sweep")) }
    return fitting(hints, last: [("?", "help"), ("q", state.screen == .main ? "quit" : "back")], columns)
  }

  /// A binding's label where it was given, its first key otherwise.
  private static func firstKey(_ binding: KeyBinding) -> String {
    let all = binding.keys.map(\.printed).joined(separator: " ")
    return binding.label == all ? binding.keys.first?.printed ?? "" : binding.label
  }

  private static func fitting(
    _ hints: [(String, String)], last: [(String, String)], _ columns: Int
  ) -> [(key: String, text: String)] {
    func width(_ hints: [(String, String)]) -> Int {
      hints.reduce(-2) { $0 + CharacterWidth.columns($1.0) + CharacterWidth.columns($1.1) + 3 }
    }
    var shown = hints
    while width(shown + last) > columns, !shown.isEmpty { shown.removeLast() }
    return (shown + last).map { (key: $0.0, text: $0.1) }
  }
}
