import Messages

/// One line of the palette: a binding of the keymap, a command that has no key, a pane of another screen, or an option.
package struct PaletteEntry: Sendable {
  package enum Deed: Sendable {
    /// At home in this pane, which gets the focus first where it is given.
    case binding(KeyBinding, Pane?)
    /// Of another screen: it is only said where.
    case elsewhere(KeyBinding, Pane)
    case command(CommandLineWords.Command)
    /// Of another screen: it is gone to.
    case pane(Pane)
    /// The menu of options is opened at it.
    case option(OptionField)
  }

  package var key: String
  package var text: String
  /// Where it is at home.
  package var place: String
  /// Why it cannot act now; nil when it can.
  package var reason: String?
  package var deed: Deed

  /// What typed letters find: actions of the focused pane, of its screen, commands, and what means the same everywhere; with
  /// letters those of the other screens follow, for a beginner does not know where a key is at home.
  ///
  /// - Returns: with letters the best first, otherwise in the order of the keymap.
  package static func matching(_ text: String, _ state: DashboardState, _ keymap: Keymap) -> [PaletteEntry] {
    let here = once(ofScreen(state, keymap))
    guard !text.trimmed.isEmpty else { return here }
    let all = once(here + elsewhere(state, keymap))
    return ranked(here, text) + ranked(panes(state) + options() + all.dropFirst(here.count), text)
  }

  /// The same action with the same key and words may stand in the keymap for several places: the first one is the nearest.
  private static func once(_ entries: [PaletteEntry]) -> [PaletteEntry] {
    var seen: [String: [Action]] = [:]
    return entries.filter { entry in
      let name = "\(entry.key) \(entry.text)"
      switch entry.deed {
      case .command, .pane, .option: return true
      case .binding(let binding, _), .elsewhere(let binding, _):
        if seen[name]?.contains(binding.action) == true { return false }
        seen[name, default: []].append(binding.action)
        return true
      }
    }
  }

  private static func ranked(_ entries: [PaletteEntry], _ text: String) -> [PaletteEntry] {
    let scored = entries.enumerated().compactMap { index, entry in entry.score(text).map { (index, entry, $0) } }
    return scored.sorted { a, b in
      if a.2 != b.2 { return a.2 > b.2 }
      return a.1.text.count != b.1.text.count ? a.1.text.count < b.1.text.count : a.0 < b.0
    }.map(\.1)
  }

  /// A command's own name comes first, so that it does what it always did; then a key that is typed; then letters.
  private func score(_ text: String) -> Int? {
    let binding: KeyBinding
    switch deed {
    case .command(let command):
      if command.isMeant(by: text) { return 10_000 }
      return [command.usage, self.text].compactMap { FuzzyMatch.score(text, in: $0) }.max()
    case .pane: return FuzzyMatch.score(text, in: self.text)
    case .option(let field): return [field.name, self.text].compactMap { FuzzyMatch.score(text, in: $0) }.max()
    case .binding(let own, _), .elsewhere(let own, _): binding = own
    }
    if binding.keys.contains(where: { $0.printed == text }) { return 1000 }
    return [self.text, binding.action.name ?? ""].compactMap { FuzzyMatch.score(text, in: $0) }.max()
  }

  // MARK: What there is

  private static func ofScreen(_ state: DashboardState, _ keymap: Keymap) -> [PaletteEntry] {
    let own = state.focusedPane.chain
    var entries = own.filter { $0 != .global }.flatMap { bindings($0, nil, state, keymap) }
    var listed = Set(own)
    for pane in state.screen.panes where pane != state.focusedPane {
      for context in pane.chain where listed.insert(context).inserted {
        entries += bindings(context, pane, state, keymap)
      }
    }
    entries += CommandLineWords.all.map { command in
      PaletteEntry(
        key: ":\(command.word)", text: command.about, place: "command",
        reason: command.changesRuns ? state.readOnlyReason : nil, deed: .command(command))
    }
    return entries + bindings(.global, nil, state, keymap)
  }

  /// - Parameter pane: whose bindings they are where another pane has the focus.
  private static func bindings(
    _ context: KeyContext, _ pane: Pane?, _ state: DashboardState, _ keymap: Keymap
  ) -> [PaletteEntry] {
    var there = state
    if let pane { there.focus[pane.screen] = pane }
    return keymap.bindings(of: context).compactMap { binding in
      var text = binding.text
      // The list is open already.
      if binding.action == .go(.command) { return nil }
      if case .go(.pane(let number)) = binding.action {
        guard number <= state.screen.panes.count else { return nil }
        text += ": \(state.screen.panes[number - 1].title)"
      }
      return PaletteEntry(
        key: keys(binding), text: text, place: pane.map { "\($0.number) \($0.title)" } ?? context.title,
        reason: (binding.changesRuns ? state.readOnlyReason : nil) ?? binding.whyNot(there),
        deed: .binding(binding, pane))
    }
  }

  private static func panes(_ state: DashboardState) -> [PaletteEntry] {
    ScreenName.allCases.filter { $0 != state.screen }.flatMap { screen in
      screen.panes.map { pane in
        PaletteEntry(
          key: "\(screen.letter) \(pane.number)", text: "go to \(pane.title)", place: screen.title, deed: .pane(pane))
      }
    }
  }

  private static func options() -> [PaletteEntry] {
    OptionField.all.map { PaletteEntry(key: ":", text: "option: \($0.about)", place: "options", deed: .option($0)) }
  }

  private static func elsewhere(_ state: DashboardState, _ keymap: Keymap) -> [PaletteEntry] {
    var listed = Set(state.screen.panes.flatMap(\.chain))
    var entries: [PaletteEntry] = []
    for pane in ScreenName.allCases.flatMap(\.panes) where pane.screen != state.screen {
      for context in pane.chain where listed.insert(context).inserted {
        let place = "\(pane.screen.title), \(pane.number) \(pane.title)"
        entries += keymap.bindings(of: context).map { binding in
          PaletteEntry(
            key: keys(binding), text: binding.text, place: place, reason: "on \(place)",
            deed: .elsewhere(binding, pane))
        }
      }
    }
    return entries
  }

  private static func keys(_ binding: KeyBinding) -> String { binding.keys.map(\.printed).joined(separator: " ") }
}
