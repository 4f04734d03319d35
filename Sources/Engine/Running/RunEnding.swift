import Messages

/// What a run comes to that leaves at an order.
package struct RunEnding: Equatable, Sendable {
  /// Where the order reaches it.
  package enum Phase: Sendable {
    case beforeFirstStep
    /// Training, or evaluating what was trained.
    case training(step: Int, of: Int)
    case evaluatingBase
    case awaitingLatency
    case measuring
    case paused
  }

  package var state: RunState
  package var reason: String?
  /// Its checkpoints and its own adapter stay.
  package var keepsFiles: Bool

  package init(state: RunState, reason: String? = nil, keepsFiles: Bool = true) {
    self.state = state
    self.reason = reason
    self.keepsFiles = keepsFiles
  }
}

extension RunControl.Order {
  /// Nil for what ends no run, and for the end without a trace.
  package func ending(at phase: RunEnding.Phase) -> RunEnding? {
    switch self {
    case .go, .hold, .abandon: nil
    case .pause: RunEnding(state: .paused)
    case .save: RunEnding(state: .paused, reason: PauseReason.saved)
    case .stop: stopped(at: phase)
    case .discard: discarded(at: phase)
    }
  }

  private func stopped(at phase: RunEnding.Phase) -> RunEnding {
    switch phase {
    // Half an evaluation is worth nothing, and no step either.
    case .beforeFirstStep, .evaluatingBase: discarded(at: phase)
    case .training(let step, let total): RunEnding(state: .stopped, reason: "stopped at step \(step) of \(total)")
    case .awaitingLatency:
      RunEnding(state: .stopped, reason: "trained and scored; stopped before its latency was measured")
    case .measuring: RunEnding(state: .stopped, reason: "trained and scored; stopped while its latency was measured")
    case .paused: RunEnding(state: .stopped, reason: "stopped while paused")
    }
  }

  private func discarded(at phase: RunEnding.Phase) -> RunEnding {
    switch phase {
    case .beforeFirstStep: RunEnding(state: .cancelled, reason: "stopped before its first step")
    case .evaluatingBase: RunEnding(state: .cancelled, reason: "stopped before the base was evaluated")
    case .training(let step, _):
      RunEnding(state: .cancelled, reason: "discarded at step \(step)", keepsFiles: false)
    case .awaitingLatency:
      RunEnding(state: .cancelled, reason: "discarded before its latency was measured", keepsFiles: false)
    case .measuring:
      RunEnding(state: .cancelled, reason: "discarded while its latency was measured", keepsFiles: false)
    case .paused: RunEnding(state: .cancelled, reason: "discarded while paused", keepsFiles: false)
    }
  }
}
