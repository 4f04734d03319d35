/// What a person did: a key, a paste, the mouse, or a change of the terminal itself.
public enum Key: Equatable, Hashable, Sendable {
  case character(Character)
  case up, down, left, right, home, end, pageUp, pageDown
  case enter, tab, backTab, escape, backspace, delete, insert
  case function(Int)
  /// `control("c")` for Ctrl-C; the letter is lower case.
  case control(Character)
  /// Alt, or Escape followed by a character within 25 ms.
  case alt(Character)
  case paste(String)
  case mouse(MouseEvent)
  /// The terminal has another size: read `Screen.size`, lay out and present again.
  case resize
  /// The process goes on after a stop (Ctrl-Z, `fg`): the whole screen is drawn again.
  case resumed
  case focusGained, focusLost
  /// SIGTERM, or SIGINT from outside, by number; the screen is still up.
  case signal(Int32)
  /// The terminal is gone (SIGHUP, end of input, EIO): no more drawing.
  case hangup

  public static let space = Key.character(" ")
}
