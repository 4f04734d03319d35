import CNcurses

/// What the terminal's own terminfo entry says its keys send; for terminals that differ from xterm.
enum KeySequences {
  private static let capabilities: [(String, Key)] = [
    ("kcuu1", .up), ("kcud1", .down), ("kcub1", .left), ("kcuf1", .right), ("khome", .home), ("kend", .end),
    ("kpp", .pageUp), ("knp", .pageDown), ("kdch1", .delete), ("kich1", .insert), ("kcbt", .backTab),
  ]

  /// Needs `setupterm` to have read the entry. Only escape sequences of three bytes or more: shorter ones are controls or ambiguous.
  static func ofTerminal() -> [[UInt8]: Key] {
    var sequences: [[UInt8]: Key] = [:]
    for (name, key) in capabilities {
      guard let text = lorascope_capability(name) else { continue }
      let bytes = Array(String(cString: text).utf8)
      if bytes.count >= 3 && bytes[0] == 0x1b { sequences[bytes] = key }
    }
    return sequences
  }
}
