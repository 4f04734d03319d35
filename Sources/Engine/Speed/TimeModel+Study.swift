import Analysis
import Messages

/// Whole queues.
extension TimeModel {
  /// Seconds until everything is done; nil where some run cannot be estimated.
  ///
  /// - Parameters:
  ///   - active: runs under way, and those that wait for their latency measurement.
  ///   - queue: in the order in which they start.
  package func seconds(active: [RunSummary], queue: [RunSummary]) -> Double? {
    var schedule = Schedule(threads: threads)
    // Runs that are yet to be queued have no numbers.
    var times: [RunTimes] = []
    var kinds: [Int] = []
    for run in active {
      guard let left = left(of: run) else { return nil }
      let id = RunID(times.count)
      times.append(left)
      kinds.append(jobs(run.plan))
      if run.state == .awaitingLatency {
        schedule.awaiting.insert(id)
      } else {
        let own = run.prepared?.threads ?? schedule.share(jobs: kinds[times.count - 1])
        schedule.begin(id, threads: own, isMeasuring: run.state == .measuring)
      }
    }
    for run in queue {
      // The first run of a kind, under way, stands for those that wait behind it.
      let like = active.first { $0.plan.withoutTargets == run.plan.withoutTargets }.flatMap(fallback)
      guard let left = left(of: run) ?? like else { return nil }
      schedule.queue.append(RunID(times.count))
      times.append(left)
      kinds.append(jobs(run.plan))
    }
    return schedule.seconds(jobs: { kinds[Int($0)] }, left: { times[Int($0)] })
  }

  /// What is left of a run, wherever it stands.
  package func left(of run: RunSummary) -> RunTimes? {
    guard var times = times(run.plan) ?? fallback(run) else { return nil }
    if run.totalSteps > 0 {
      times.training *= max(0, 1 - Double(run.step) / Double(run.totalSteps))
      // The run itself knows best.
      if run.state == .training, let left = run.secondsLeft { times.training = left }
    }
    if run.score != nil { times.evaluating = 0 }
    if run.latency != nil { times.measuring = 0 }
    switch run.state {
    case .training: times.preparing = 0
    case .evaluating:
      times.preparing = 0
      times.training = 0
      times.evaluating *= 1 - run.phaseProgress
    case .awaitingLatency:
      times = RunTimes(measuring: times.measuring)
    case .measuring:
      times = RunTimes(measuring: times.measuring * (1 - run.phaseProgress))
    default: break
    }
    return times
  }

  /// The first run of its kind tells how long it trains; the base's evaluation is short beside a run.
  private func fallback(_ run: RunSummary) -> RunTimes? {
    if run.plan.isBaseline { return RunTimes() }
    if run.state == .training, let left = run.secondsLeft {
      return RunTimes(training: Double(run.elapsed.last ?? 0) + left)
    }
    return nil
  }
}
