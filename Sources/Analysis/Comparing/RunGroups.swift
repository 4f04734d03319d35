import Foundation
import Messages
import Recipe

/// Sums up groups of runs for a table: `RunGroupSummary` says what their means are.
package enum RunGroups {
  private struct Setup: Hashable {
    var plan: RunPlan

    init(_ plan: RunPlan) {
      self.plan = plan
      self.plan.settings.seed = 0
      self.plan.settings.output = nil
    }
  }

  /// - Parameter groups: numbers of runs; those that are not in the snapshot are left out.
  package static func summaries(_ groups: [[RunID]], in snapshot: Snapshot) -> [RunGroupSummary] {
    // Groups stand beside each other, so that all of their latencies have to be of one machine.
    let shown = OneMachine(Set(groups.joined()).sorted().compactMap { snapshot.run($0) })
    let leftOut = Set(shown.leftOut)
    return groups.map { ids in
      summary(
        ids.compactMap { id in
          var run = snapshot.run(id)
          if leftOut.contains(id) { run?.latency = nil }
          return run
        })
    }
  }

  package static func summary(_ runs: [RunSummary]) -> RunGroupSummary {
    // What was stopped early is a result of something else.
    let done = OneMachine(runs).runs.filter { $0.state == .done && !$0.plan.isBaseline }
    let scored = done.filter { $0.score != nil }
    let bySetup = Dictionary(grouping: done) { Setup($0.plan) }
    return RunGroupSummary(
      runs: runs.count, scored: scored.count,
      setups: bySetup.values.count { setup in setup.contains { $0.score != nil } },
      score: mean(bySetup, whole: 1) { $0.score?.score.estimate },
      overheadPercent: mean(bySetup, whole: nil) { $0.quietLatency?.overheadPercent.estimate })
  }

  /// - Parameter whole: what no share is over; nil for what is no share.
  private static func mean(
    _ bySetup: [Setup: [RunSummary]], whole: Double?, _ value: (RunSummary) -> Double?
  ) -> RunGroupSummary.Mean? {
    // A seed that was trained twice counts once, with its mean.
    let tables: [[UInt64: Double]] = bySetup.values.map { runs in
      let known = runs.compactMap { run in value(run).map { (run.plan.settings.seed, $0) } }.filter { $0.1.isFinite }
      return Dictionary(grouping: known, by: \.0).mapValues { $0.reduce(0) { $0 + $1.1 } / Double($0.count) }
    }
    let seeds = Set(tables.flatMap(\.keys)).sorted()
    let shared = tables.filter { $0.count == seeds.count && !seeds.isEmpty }
    guard !shared.isEmpty else { return nil }
    // Sums in one order, whatever a dictionary's is.
    let means = seeds.map { seed in
      shared.compactMap { $0[seed] }.sorted().reduce(0, +) / Double(shared.count)
    }
    let mean = means.reduce(0, +) / Double(means.count)
    var interval: Interval?
    if means.count > 1 {
      let degrees = Double(means.count - 1)
      let variance = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / degrees
      let half = StudentT.quantile(0.975, degrees: degrees) * (variance / Double(means.count)).squareRoot()
      let full = Interval(estimate: mean, low: mean - half, high: mean + half)
      interval = whole.map { full.within(means, whole: $0) } ?? full
    }
    return RunGroupSummary.Mean(value: mean, interval: interval, seeds: seeds.count, setups: shared.count)
  }
}
