/// A colour as a terminal is told it.
public enum TerminalColor: Equatable, Hashable, Sendable {
  /// The terminal's own foreground or background.
  case `default`
  /// Entry of the 16 or 256-colour palette.
  case indexed(Int)
  case rgb(RGB)
}
