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

/// A report of the mouse (modes 1002 and 1006): press, release and drag, never bare motion.
public struct MouseEvent: Equatable, Hashable, Sendable {
  public enum Action: Sendable { case press, release, drag, wheelUp, wheelDown }
  public enum Button: Sendable { case left, middle, right, none }

  public var action: Action
  public var button: Button
  /// Column and row from 0.
  public var x: Int
  public var y: Int
  public var shift: Bool
  public var alt: Bool
  public var control: Bool

  public init(
    _ action: Action, _ button: Button, x: Int, y: Int, shift: Bool = false, alt: Bool = false, control: Bool = false
  ) {
    self.action = action
    self.button = button
    self.x = x
    self.y = y
    self.shift = shift
    self.alt = alt
    self.control = control
  }
}
