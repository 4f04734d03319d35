import Messages

/// How long things will take, from what was measured here; nil where nothing was.
enum Estimates {
  /// Seconds for one run of a plan, from finished runs on the same model and data under the same settings: those with
  /// the same targets if there are any, all of them otherwise.
  static func secondsPerRun(_ plan: RunPlan, finished: [RunSummary]) -> (seconds: Double, runs: Int)? {
    let alike = finished.filter {
      $0.state == .done && $0.wallSeconds != nil && $0.plan.withoutTargets == plan.withoutTargets
    }
    let same = alike.filter { $0.plan.targets == plan.targets }
    let times = (same.isEmpty ? alike : same).compactMap(\.wallSeconds)
    guard !times.isEmpty else { return nil }
    return (times.reduce(0, +) / Double(times.count), times.count)
  }

  /// Seconds until nothing is active and nothing waits; nil unless each part can be estimated.
  static func secondsLeft(_ snapshot: Snapshot, queue: [RunID], jobs: Int) -> Double? {
    var total = 0.0
    var known: Double?
    for run in snapshot.runs where run.state.isActive {
      // The base's evaluation is short beside a run, and nothing says how long it takes.
      if run.plan.isBaseline { continue }
      let tail = secondsPerRun(run.plan, finished: snapshot.runs)?.seconds
      switch run.state {
      case .training:
        guard let left = run.secondsLeft else {
          guard let tail else { return nil }
          total += tail
          continue
        }
        let trained = Double(run.elapsed.last ?? 0) + left
        // What follows training takes what it took in finished runs.
        total += left + max(0, (tail ?? trained) - trained)
        known = trained
      default: total += (tail ?? 0) * (run.state == .preparing ? 1 : 0.2 * (1 - run.phaseProgress))
      }
    }
    for id in queue {
      guard let run = snapshot.run(id), !run.plan.isBaseline else { continue }
      guard let seconds = secondsPerRun(run.plan, finished: snapshot.runs)?.seconds ?? known else { return nil }
      total += seconds
    }
    return total > 0 ? total / Double(max(1, min(jobs, queue.count + 1))) : nil
  }
}
