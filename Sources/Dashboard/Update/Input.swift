import Messages
import Terminal

/// Everything that changes the state.
package enum Input: Sendable {
  case key(Key)
  case snapshot(Snapshot)
  /// The engine's answer to a command that was sent.
  case outcome(Command, CommandOutcome)
  case reply(Question, Reply)
  case resize(ScreenSize)
  /// A theme is in use, or could not be read (one line).
  case theme(name: String, failure: String?)
  case colorDepth(ColorDepth)
}
