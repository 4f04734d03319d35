import Messages
import Terminal

/// What the program does after an update.
package enum Effect: Sendable {
  case send(Command)
  case ask(Question)
  case setTheme(String)
  case setColorDepth(ColorDepth)
  case copy(String)
  case setMouse(Bool)
  case redraw
  case suspend
  case quit(ExitReason)
}
