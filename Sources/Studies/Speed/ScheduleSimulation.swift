/// How long a queue takes under the engine's rules, from each run's times: the same rules as `EngineScheduling`, without a clock.
package enum ScheduleSimulation {
  package struct Run: Hashable, Sendable {
    /// Beside others.
    package var shared: Double
    /// With the machine to itself.
    package var measuring: Double
    /// Runs of its kind that go at once.
    package var jobs: Int

    package init(shared: Double, measuring: Double, jobs: Int) {
      self.shared = shared
      self.measuring = measuring
      self.jobs = max(1, jobs)
    }

    package init(_ times: RunTimes, jobs: Int) {
      self.init(shared: times.shared, measuring: times.measuring, jobs: jobs)
    }
  }

  /// - Parameters:
  ///   - active: what is left of the runs under way.
  ///   - awaiting: latency measurements that wait already.
  /// - Returns: seconds until everything is done.
  package static func seconds(active: [Run] = [], awaiting: [Double] = [], queue: [Run]) -> Double {
    var now = 0.0
    var running = active.map { (end: $0.shared, run: $0) }
    var awaiting = awaiting
    var next = 0
    var isDraining = false
    while true {
      let jobs = running.first?.run.jobs ?? (next < queue.count ? queue[next].jobs : 1)
      if SchedulePolicy.isDue(awaiting: awaiting.count, computing: running.count, jobs: jobs) || next == queue.count {
        isDraining = true
      }
      if awaiting.isEmpty { isDraining = false }
      if isDraining, running.isEmpty {
        now += awaiting.reduce(0, +)
        awaiting = []
        isDraining = false
      }
      if !isDraining {
        while next < queue.count {
          let run = queue[next]
          let used = running.reduce(0) { $0 + 1 / Double($1.run.jobs) }
          guard running.isEmpty || used + 1 / Double(run.jobs) <= 1 + 1e-9 else { break }
          running.append((now + run.shared, run))
          next += 1
        }
      }
      guard let first = running.indices.min(by: { running[$0].end < running[$1].end }) else {
        if awaiting.isEmpty, next == queue.count { return now }
        continue
      }
      let ended = running.remove(at: first)
      now = max(now, ended.end)
      if ended.run.measuring > 0 { awaiting.append(ended.run.measuring) }
    }
  }
}
