import Terminal

/// What keys and words that mean nothing here are answered with.
extension Update {
  /// A key that does something elsewhere says where: silence would read as a fault.
  mutating func sayUnbound(_ key: Key) {
    guard case .character(let character) = key else { return }
    if let (pane, binding) = home(where: { $0.keys.contains(key) }) {
      state.say(
        "\(character) does nothing here; on \(pane.screen.title), \(pane.number) \(pane.title): \(binding.text)",
        .warning)
    } else {
      state.say("\(character) does nothing here: ? lists the keys", .warning)
    }
  }

  /// The first place that has such a binding, from the present screen on.
  func home(where fits: (KeyBinding) -> Bool) -> (pane: Pane, binding: KeyBinding)? {
    let screens = [state.screen] + ScreenName.allCases.filter { $0 != state.screen }
    for pane in screens.flatMap(\.panes) {
      // Exporting what another pane shows is not what was looked for here.
      for context in pane.chain where context != .exports {
        if let binding = keymap.bindings(of: context).first(where: fits) { return (pane, binding) }
      }
    }
    return nil
  }
}
