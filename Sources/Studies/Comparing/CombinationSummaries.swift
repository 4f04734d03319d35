import Foundation
import Messages
import Training

/// Sums up a study combination by combination: means over seeds, intervals, and who is on the front how surely.
public enum CombinationSummaries {
  static let resamples = 2000

  /// - Parameter entries: finished runs of one model, one data set and one group of settings.
  /// - Returns: in order of the hex digit, single projections last.
  public static func build(_ entries: [ScoredRun], seed: UInt64 = 0) -> [CombinationSummary] {
    let cells = Dictionary(grouping: entries, by: \.run.plan.targets).values.map { cell in
      cell.sorted { ($0.run.plan.settings.seed, $0.run.id) < ($1.run.plan.settings.seed, $1.run.id) }
    }.sorted { TargetSet.precedes($0[0].run.plan.targets, $1[0].run.plan.targets) }
    let scores = cells.map { $0.map { $0.examples.map(\.score) } }
    // What was measured on a busy machine is no measurement of the adapter.
    let overheads = cells.map { overhead($0.compactMap { $0.run.quietLatency?.overheadPercent }) }
    let estimates = scores.map { HierarchicalBootstrap.mean($0, resamples: resamples, seed: seed) }
    let front = Front.members(
      cells.indices.map { place in
        guard let score = estimates[place], let cost = overheads[place] else { return nil }
        return Front.Point(score: score.estimate, cost: cost.estimate)
      })
    // Combinations that answered the same number of examples draw the same ones, so that they are compared in pairs.
    let replicates = cells.indices.map { place -> [Front.Point] in
      guard let cost = overheads[place],
        let means = HierarchicalBootstrap.replicates(scores[place], resamples: resamples, seed: seed)
      else { return [] }
      return zip(means, costs(cost, seed: seed &+ UInt64(place) &+ 1)).map { Front.Point(score: $0, cost: $1) }
    }
    let probabilities = Front.probabilities(replicates)
    return cells.indices.map { place in
      CombinationSummary(
        targets: cells[place][0].run.plan.targets, runs: cells[place].map(\.run.id),
        trainableParameters: cells[place][0].run.prepared?.trainableParameters, score: estimates[place],
        overheadPercent: overheads[place], onFront: front[place], frontProbability: probabilities[place])
    }
  }

  /// The mean of several measurements of the same thing, whose errors are independent.
  static func overhead(_ intervals: [Interval]) -> Interval? {
    guard !intervals.isEmpty else { return nil }
    let count = Double(intervals.count)
    func root(_ side: (Interval) -> Double) -> Double {
      intervals.reduce(0) { $0 + side($1) * side($1) }.squareRoot() / count
    }
    let mean = intervals.reduce(0) { $0 + $1.estimate } / count
    return Interval(
      estimate: mean, low: mean - root { $0.estimate - $0.low }, high: mean + root { $0.high - $0.estimate })
  }

  /// Normal deviates with the interval's width: 95 % of them fall into it.
  static func costs(_ interval: Interval, seed: UInt64) -> [Double] {
    let deviation = (interval.high - interval.low) / (2 * 1.959964)
    var generator = SplitMix64(seed: seed, stream: 0xC057)
    return (0..<resamples).map { _ in
      // Box and Muller; 1 − u is never 0.
      let radius = (-2 * log(1 - generator.uniform())).squareRoot()
      return interval.estimate + deviation * radius * cos(2 * Double.pi * generator.uniform())
    }
  }
}
