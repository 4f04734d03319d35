import Terminal

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
