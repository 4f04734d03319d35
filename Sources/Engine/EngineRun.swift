import Messages

/// What the engine itself knows of a run; everything that is shown is in the snapshot.
struct EngineRun {
  enum Phase {
    case waiting
    case active(Runner)
    case awaitingLatency(Runner, TrainedRun)
    case measuring(Runner)
    /// Finished in this state, and its latency is being measured again.
    case remeasuring(Runner, RunState)
    case paused
    case ended(RunState)
  }

  var plan: RunPlan
  var phase: Phase
  /// Paused by the engine (a kill, a quit) and not by a person.
  var isUnfinished = false

  /// The runner whose flag to set.
  var runner: Runner? {
    switch phase {
    case .active(let runner), .awaitingLatency(let runner, _), .measuring(let runner), .remeasuring(let runner, _):
      runner
    case .waiting, .paused, .ended: nil
    }
  }
}
