import Messages
import Synchronization

/// The atomic flag that a runner looks at between two steps.
package final class RunControl: Sendable {
  /// Later cases are stronger: an order gives way only to a stronger one, and `go` and `hold` to each other.
  package enum Order: Int, CaseIterable, Sendable {
    case go
    /// Wait in memory until `go`: the store takes nothing at present.
    case hold
    /// Checkpoint, and give the machine back: a person asked for it.
    case pause
    /// The same, because the engine ends.
    case save
    /// End, and keep what was trained as a partial result.
    case stop
    case discard
  }

  private let value = Atomic<Int>(0)

  var order: Order { Order(rawValue: value.load(ordering: .acquiring)) ?? .go }

  func set(_ order: Order) {
    var present = value.load(ordering: .acquiring)
    while order.rawValue > present || present == Order.hold.rawValue {
      let (exchanged, original) = value.compareExchange(
        expected: present, desired: order.rawValue, ordering: .acquiringAndReleasing)
      if exchanged { return }
      present = original
    }
  }

  /// The run must leave what it is doing.
  var mustEnd: Bool { order.rawValue > Order.hold.rawValue }
}

/// What a run comes to that leaves at an order.
package struct RunEnding: Equatable, Sendable {
  /// Where the order reaches it.
  package enum Phase: Sendable {
    case beforeFirstStep
    /// Training, or evaluating what was trained.
    case training(step: Int, of: Int)
    case evaluatingBase
    /// Choosing what of an adapter goes, or scoring what is left.
    case pruning
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
  /// Nil for what ends no run.
  package func ending(at phase: RunEnding.Phase) -> RunEnding? {
    switch self {
    case .go, .hold: nil
    case .pause: RunEnding(state: .paused)
    case .save: RunEnding(state: .paused, reason: PauseReason.saved)
    case .stop: stopped(at: phase)
    case .discard: discarded(at: phase)
    }
  }

  private func stopped(at phase: RunEnding.Phase) -> RunEnding {
    switch phase {
    // Half an evaluation is worth nothing, and no step either.
    case .beforeFirstStep, .evaluatingBase, .pruning: discarded(at: phase)
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
    case .pruning: RunEnding(state: .cancelled, reason: "stopped before the pruning was over", keepsFiles: false)
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

/// Why a run is paused, where it was not a person's wish (then there is no reason).
enum PauseReason {
  static let saved = "saved when lorascope was left"
  static let interrupted = "interrupted"

  private static let heatLead = "waits at heat "

  static func isHeat(_ reason: String?) -> Bool { reason?.hasPrefix(heatLead) == true }

  /// The race decides whether it goes on.
  static func heat(_ heat: Int, of heats: Int, step: Int, total: Int) -> String {
    "\(heatLead)\(heat) of \(heats), step \(step) of \(total)"
  }
}
