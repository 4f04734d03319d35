import Analysis
import Engine
import Kernels
import Messages
import Recipe
import Testing
import Transformer

/// What each order makes of a run, wherever it reaches it.
@Suite struct RunEndingTests {
  @Test func everyOrderInEveryPhase() {
    typealias Ending = RunEnding
    let cases: [(phase: Ending.Phase, stop: Ending, discard: Ending)] = [
      (
        .beforeFirstStep, Ending(state: .cancelled, reason: "stopped before its first step"),
        Ending(state: .cancelled, reason: "stopped before its first step")
      ),
      (
        .evaluatingBase, Ending(state: .cancelled, reason: "stopped before the base was evaluated"),
        Ending(state: .cancelled, reason: "stopped before the base was evaluated")
      ),
      (
        .pruning, Ending(state: .cancelled, reason: "stopped before the pruning was over", keepsFiles: false),
        Ending(state: .cancelled, reason: "stopped before the pruning was over", keepsFiles: false)
      ),
      (
        .training(step: 3, of: 9), Ending(state: .stopped, reason: "stopped at step 3 of 9"),
        Ending(state: .cancelled, reason: "discarded at step 3", keepsFiles: false)
      ),
      (
        .awaitingLatency,
        Ending(state: .stopped, reason: "trained and scored; stopped before its latency was measured"),
        Ending(state: .cancelled, reason: "discarded before its latency was measured", keepsFiles: false)
      ),
      (
        .measuring, Ending(state: .stopped, reason: "trained and scored; stopped while its latency was measured"),
        Ending(state: .cancelled, reason: "discarded while its latency was measured", keepsFiles: false)
      ),
      (
        .paused, Ending(state: .stopped, reason: "stopped while paused"),
        Ending(state: .cancelled, reason: "discarded while paused", keepsFiles: false)
      ),
    ]
    for (phase, stop, discard) in cases {
      for order in RunControl.Order.allCases {
        let expected: Ending? =
          switch order {
          case .go, .hold: nil
          case .pause: Ending(state: .paused)
          case .save: Ending(state: .paused, reason: "saved when lorascope was left")
          case .stop: stop
          case .discard: discard
          }
        #expect(order.ending(at: phase) == expected, "\(order) at \(phase)")
      }
    }
  }
}

/// Whoever ends a verb asks the error for its status, and guesses nothing.
@Suite struct FailureTests {
  private struct Unknown: Error {}

  @Test(
    arguments: [
      (Refusal("no", exitStatus: 64), 64), (Refusal("no", exitStatus: 73), 73),
      (TargetError.empty(candidates: []), 64),
      (AdapterError.noTargets, 65), (ModelError.configuration("no"), 65),
      (Unknown(), 70),
    ] as [(any Error & Sendable, Int32)])
  func theStatusIsTheErrors(error: any Error & Sendable, status: Int32) {
    #expect(Failure.exitStatus(error) == status)
  }

  @Test func aWrongInstructionSetIsUsage() {
    let error = #expect(throws: InstructionSetError.self) {
      try InstructionSet.resolve("foo", available: [.baseline])
    }
    #expect(error.map { Failure.exitStatus($0) } == 64)
  }
}
