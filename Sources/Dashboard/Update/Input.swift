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
  /// Seconds since 1970.
  case tick(Double)
  /// A theme is in use, or could not be read (one line).
  case theme(name: String, failure: String?)
  case colorDepth(ColorDepth)
}

/// What a reply is about: a reply to a question that is no longer of interest is dropped.
package enum Question: Hashable, Sendable {
  case compare(CompareView.Request)
  case examples(RunID)
  case log
  case estimate(SweepPlan)

  package var query: Query {
    switch self {
    case .compare(let request): .compare(request.runs, baseline: request.baseline)
    case .examples(let run): .examples(run)
    case .log: .log(limit: 1000)
    case .estimate(let plan): .estimate(plan)
    }
  }
}
