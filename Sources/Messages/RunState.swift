public typealias RunID = Int64

/// Where a run stands. Terminal states are `done`, `failed`, `stopped` and `cancelled`.
public enum RunState: String, CaseIterable, Codable, Sendable {
  /// In the queue.
  case waiting
  /// Reading the model and tokenising the data.
  case preparing
  case training
  /// Generating on the evaluation split.
  case evaluating
  /// Trained and scored; its latency measurement waits until nothing trains.
  case awaitingLatency
  /// Measuring TPOT, interleaved with the base.
  case measuring
  /// Paused by a person, or by the engine (full disk, quit); goes on from its checkpoint.
  case paused
  case done
  /// Ended by an error or by divergence; `RunSummary.reason` says why and at which step.
  case failed
  /// Stopped early by a person, its checkpoint kept as a partial result.
  case stopped
  /// Taken out of the queue, or stopped and discarded.
  case cancelled

  public var isTerminal: Bool {
    switch self {
    case .done, .failed, .stopped, .cancelled: true
    default: false
    }
  }

  /// The state uses the machine now.
  public var isActive: Bool {
    switch self {
    case .preparing, .training, .evaluating, .measuring: true
    default: false
    }
  }
}
