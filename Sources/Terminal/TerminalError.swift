/// Why the dashboard cannot be shown here; the caller prints progress as plain lines instead.
public enum TerminalError: Error, Equatable, CustomStringConvertible {
  /// Standard input or output is not a terminal.
  case notATerminal(String)
  /// `TERM` is not set, or names no entry of the terminfo database.
  case unknownTerminal(String)
  /// The terminal cannot place the cursor, such as `TERM=dumb`.
  case noCursorAddressing(String)

  public var description: String {
    switch self {
    case .notATerminal(let stream): "\(stream) is not a terminal: use --plain for progress as plain lines"
    case .unknownTerminal(let name):
      name.isEmpty
        ? "TERM is not set: set it to your terminal's name, or use --plain"
        : "TERM=\(name) is not in the terminfo database: set TERM to a known name, or use --plain"
    case .noCursorAddressing(let name): "TERM=\(name) cannot place the cursor: use --plain"
    }
  }
}
