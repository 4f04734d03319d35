import Foundation
import Messages
import Recipe

/// Sums up a study combination by combination: means over seeds, intervals, and who is on the front how surely.
public enum CombinationSummaries {
  static let resamples = 2000

  /// The runs of one combination, which differ in their seeds only, and what their examples say.
  package struct Cell: Sendable {
    package var runs: [RunSummary]
    package var score: ResampledScore?
    /// A result of what was not trained to its end, which is on no front.
    package var isPartial = false
  }

  /// - Parameter entries: finished runs of one model, one data set and one group of settings.
  /// - Returns: in order of the hex digit, single projections last.
  public static func build(_ entries: [ScoredRun], seed: UInt64 = 0) -> [CombinationSummary] {
    let cells = Dictionary(grouping: entries, by: \.run.plan.targets).values.map { cell in
      let cell = cell.sorted { bySeed($0.run, $1.run) }
      return Cell(
        runs: cell.map(\.run), score: ResampledScore(cell.map { $0.examples.map(\.score) }, seed: seed))
    }
    return build(cells, seed: seed)
  }

  static func bySeed(_ a: RunSummary, _ b: RunSummary) -> Bool {
    (a.plan.settings.seed, a.id) < (b.plan.settings.seed, b.id)
  }

  static func build(_ cells: [Cell], seed: UInt64 = 0) -> [CombinationSummary] {
    let cells = cells.sorted { a, b in
      let (first, second) = (a.runs[0], b.runs[0])
      if first.plan.targets == second.plan.targets { return first.id < second.id }
      return Targets.precedes(first.plan.targets, second.plan.targets)
    }
    // What was measured on a busy machine is no measurement of the adapter.
    let overheads = cells.map { overhead($0.runs.compactMap { $0.quietLatency?.overheadPercent }) }
    let front = Front.members(
      cells.indices.map { place in
        guard let score = cells[place].score, let cost = overheads[place], !cells[place].isPartial else { return nil }
        return Front.Point(score: score.interval.estimate, cost: cost.estimate)
      })
    // Combinations that answered the same number of examples draw the same ones, so that they are compared in pairs.
    let replicates = cells.indices.map { place -> [Front.Point] in
      guard let cost = overheads[place], let score = cells[place].score, !cells[place].isPartial else { return [] }
      return zip(score.means, costs(cost, seed: seed &+ UInt64(place) &+ 1)).map { Front.Point(score: $0, cost: $1) }
    }
    let probabilities = Front.probabilities(replicates)
    return cells.indices.map { place in
      CombinationSummary(
        targets: cells[place].runs[0].plan.targets, runs: cells[place].runs.map(\.id),
        trainableParameters: cells[place].runs[0].prepared?.trainableParameters,
        score: cells[place].score?.interval, overheadPercent: overheads[place], onFront: front[place],
        frontProbability: probabilities[place])
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
