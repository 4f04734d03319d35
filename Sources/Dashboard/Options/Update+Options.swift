import Terminal

/// The menu of options: each with its value, and Enter takes the next one.
extension Dialogs {
  package static let optionsTitle = "Options"

  package static func options(_ state: DashboardState, at name: String? = nil) -> Dialog {
    let settings = state.settings
    let choices = OptionField.all.map { field in
      let value = field.get(settings)
      let shown = value.isEmpty ? "–" : value
      return Dialog.Choice(
        nil, field.needsStart ? "\(field.about), at the next start" : field.about, note: shown,
        action: .program(.nextOption(field.name)))
    }
    return Dialog(
      title: optionsTitle, lines: ["Enter takes the next value, Esc closes. config.toml sets them for good."],
      choices: choices, focused: OptionField.all.firstIndex { $0.name == name } ?? 0)
  }
}

extension Update {
  /// The value after the present one, at once; the menu stays open.
  mutating func nextOption(_ name: String) {
    guard let field = OptionField.named(name) else { return }
    // It has a menu of its own, with a preview.
    if name == "theme" { return chooseTheme() }
    var settings = state.settings
    guard let next = field.next(after: field.get(settings)) else {
      state.say("\(field.name) = \"…\" in config.toml sets it: \(field.about)")
      state.dialog = Dialogs.options(state, at: name)
      return
    }
    let before = settings
    _ = field.set(next, in: &settings)
    state.use(settings, insteadOf: before)
    if settings.mouse != before.mouse { setMouse(settings.mouse) }
    if settings.color != before.color, let depth = settings.color { effects.append(.setColorDepth(depth)) }
    if field.needsStart { state.say("\(field.name) takes effect at the next start") }
    state.dialog = Dialogs.options(state, at: name)
  }

  mutating func setMouse(_ on: Bool) {
    state.mouseIsOn = on
    effects.append(.setMouse(on))
    state.say(on ? "mouse on; Shift and drag selects text" : "mouse off: the terminal selects text")
  }

  /// The menu of themes is as the folders are.
  mutating func take(themes names: [String], faults: [String]) {
    state.themeNames = names
    state.themeFaults = faults
    guard let dialog = state.dialog, dialog.title == Dialogs.themesTitle else { return }
    var now = Dialogs.themes(state)
    let chosen = dialog.choices.indices.contains(dialog.focused) ? dialog.choices[dialog.focused].text : ""
    now.focused = now.choices.firstIndex { $0.text == chosen } ?? now.focused
    now.original = dialog.original
    state.dialog = now
  }
}
