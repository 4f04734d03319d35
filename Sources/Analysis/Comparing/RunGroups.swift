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
      score: mean(bySetup, whole: 1) { $0.score?.score },
      overheadPercent: mean(bySetup, whole: nil) { $0.quietLatency?.overheadPercent })
  }

  /// - Parameter whole: what no share is over; nil for what is no share.
  private static func mean(
    _ bySetup: [Setup: [RunSummary]], whole: Double?, _ value: (RunSummary) -> Interval?
  ) -> RunGroupSummary.Mean? {
    // A seed that was trained twice counts once, with its mean.
    let setups = bySetup.values.map { runs -> (runs: [RunSummary], table: [UInt64: Double]) in
      let known = runs.compactMap { run in value(run).map { (run.plan.settings.seed, $0.estimate) } }.filter {
        $0.1.isFinite
      }
      let table = Dictionary(grouping: known, by: \.0).mapValues { $0.reduce(0) { $0 + $1.1 } / Double($0.count) }
      return (runs, table)
    }
    let seeds = Set(setups.flatMap(\.table.keys)).sorted()
    let shared = setups.filter { $0.table.count == seeds.count && !seeds.isEmpty }
    guard !shared.isEmpty else { return nil }
    // Sums in one order, whatever a dictionary's is.
    let means = seeds.map { seed in
      shared.compactMap { $0.table[seed] }.sorted().reduce(0, +) / Double(shared.count)
    }
    let mean = means.reduce(0, +) / Double(means.count)
    var interval: Interval?
    if means.count > 1 {
      let degrees = Double(means.count - 1)
      let variance = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / degrees
      let half = StudentT.quantile(0.975, degrees: degrees) * (variance / Double(means.count)).squareRoot()
      let full = Interval(estimate: mean, low: mean - half, high: mean + half)
      interval = whole.map { full.within(means, whole: $0) } ?? full
      // Seeds that came out alike say that they do not differ much, and nothing of the examples: the runs' own intervals do. The seeds
      // share their prompts, so that the mean of the bounds is the safe side.
      if half < 1e-12 {
        let own = shared.flatMap(\.runs).compactMap(value).filter { $0.low.isFinite && $0.high.isFinite }
        let count = Double(max(1, own.count))
        // Sums in one order again.
        let (below, above) = (own.map { $0.estimate - $0.low }.sorted(), own.map { $0.high - $0.estimate }.sorted())
        interval = Interval(
          estimate: mean, low: mean - below.reduce(0, +) / count, high: mean + above.reduce(0, +) / count)
      }
    }
    return RunGroupSummary.Mean(value: mean, interval: interval, seeds: seeds.count, setups: shared.count)
  }
}
