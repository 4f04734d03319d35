import Terminal

/// Keys as people write them: `g`, `Space`, `Ctrl-F` or `^F`, `Alt-x`, `Shift-Tab`, `PgDn`, `F5`.
enum KeyName {
  private static let named: [String: Key] = [
    "space": .space, "enter": .enter, "return": .enter, "tab": .tab, "shift-tab": .backTab, "esc": .escape,
    "escape": .escape, "backspace": .backspace, "bksp": .backspace, "delete": .delete, "del": .delete,
    "insert": .insert, "ins": .insert, "up": .up, "down": .down, "left": .left, "right": .right, "home": .home,
    "end": .end, "pgup": .pageUp, "pageup": .pageUp, "pgdn": .pageDown, "pagedown": .pageDown,
  ]

  /// Letters that a terminal sends as another key, or keeps for itself, when they are pressed with Ctrl.
  private static let swallowed: Set<Character> = ["h", "i", "j", "m", "q", "s"]

  /// - Returns: nil for what is no key that a terminal tells apart.
  static func parse(_ text: String) -> Key? {
    if text.count == 1, let character = text.first {
      return character.isNewline || character.isWhitespace && character != " " ? nil : .character(character)
    }
    let lower = text.lowercased()
    if let key = named[lower] { return key }
    if lower.hasPrefix("f"), let number = Int(lower.dropFirst()), (1...12).contains(number) { return .function(number) }
    for prefix in ["ctrl-", "ctrl+", "^"] where lower.hasPrefix(prefix) && lower.count == prefix.count + 1 {
      guard let letter = lower.last, letter.isASCII, letter.isLetter, !swallowed.contains(letter) else { return nil }
      return .control(letter)
    }
    for prefix in ["alt-", "alt+"] where lower.hasPrefix(prefix) && text.count == prefix.count + 1 {
      return text.last.map { .alt($0) }
    }
    return nil
  }
}
