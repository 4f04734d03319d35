import Messages
import Terminal

/// Why the dashboard ended.
public enum ExitReason: Equatable, Sendable {
  /// A person left.
  case quit
  /// SIGTERM, or SIGINT from outside.
  case terminated(signal: Int32)
  /// The terminal is gone.
  case hangup

  /// The process's exit status.
  public var exitStatus: Int32 {
    switch self {
    case .quit: 0
    case .terminated(let signal): 128 + signal
    case .hangup: 129
    }
  }
}
