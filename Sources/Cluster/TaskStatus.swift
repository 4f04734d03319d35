import Foundation
import Messages

/// What a task says of itself while it works: a small file that is replaced every few seconds.
package struct TaskStatus: Hashable, Codable, Sendable {
  package enum State: String, Codable, Sendable {
    case working
    /// All of its runs have ended.
    case ended
    /// Told to end: preempted, requeued, cancelled, or out of time.
    case interrupted
    /// It could not work here, and says why.
    case refused
  }

  /// A run of the task that was begun, or found finished.
  package struct Run: Hashable, Codable, Sendable {
    /// In the study's list.
    package var place: Int
    package var state: RunState
    package var step: Int
    package var totalSteps: Int
    package var loss: Float?
    /// Mean over the examples, 0 to 1.
    package var score: Double?
    package var reason: String?
    /// The last heat that it was scored at, from 1.
    package var heat: Int?

    package init(place: Int, _ run: RunSummary) {
      self.place = place
      (state, step, totalSteps, reason) = (run.state, run.step, run.totalSteps, run.reason)
      loss = run.losses.last.flatMap { $0.isFinite ? $0 : nil }
      heat = run.heats?.last?.heat
      score = run.score.flatMap { $0.score.estimate.isFinite ? $0.score.estimate : nil }
    }

    package init(place: Int, state: RunState, step: Int = 0, totalSteps: Int = 0, reason: String? = nil) {
      (self.place, self.state, self.step, self.totalSteps, self.reason) = (place, state, step, totalSteps, reason)
    }

    /// It is done, or waits where it was asked to come to.
    package func isReached(_ heats: HeatOrder?) -> Bool {
      guard let last = heats?.waitsAfter, state != .done else { return state == .done }
      return state == .paused && (heat ?? 0) >= last
    }

    /// It would come to the same end again.
    package var hasDiverged: Bool { state == .failed && reason?.contains(" diverged: ") == true }
  }

  package var task: Int
  /// Slurm's number, as `45_3`; nil where the task was started by hand.
  package var job: String?
  /// Times that the scheduler has started it again.
  package var restarts: Int
  package var host: String
  package var process: Int32
  /// Another one for each start.
  package var owner: String
  /// Grows while the task lives.
  package var beat = 0
  /// Seconds since 1970, by the node's clock.
  package var started: Double
  package var updated: Double
  package var state = State.working
  /// Why it ended early, or what a person should know, one line.
  package var what: String?
  package var runs: [Run] = []

  package init(task: Int, job: String?, restarts: Int, host: String, process: Int32, owner: String, time: Double) {
    (self.task, self.job, self.restarts, self.host, self.process) = (task, job, restarts, host, process)
    (self.owner, started, updated) = (owner, time, time)
  }
}
