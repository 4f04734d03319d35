import Messages
import Recipe
import Synchronization

/// The mean score of a combination with its interval, and the resampled means from which that was read.
package struct ResampledScore: Sendable {
  package var interval: Interval
  /// Empty where the examples of its seeds are not the same, so that they cannot be resampled.
  package var means: [Double] = []

  /// - Parameter seeds: for each seed its scores, all on the same examples in the same order; nil for others.
  package init?(_ seeds: [[Double]], seed: UInt64 = 0) {
    guard
      let means = HierarchicalBootstrap.replicates(seeds, resamples: CombinationSummaries.resamples, seed: seed),
      let interval = HierarchicalBootstrap.interval(of: means, seeds)
    else { return nil }
    self.means = means
    self.interval = interval
  }

  /// What the runs' own intervals say together. The seeds share their prompts, so that their errors are not independent: the mean
  /// half-width is the safe side.
  package init?(_ intervals: [Interval]) {
    guard !intervals.isEmpty else { return nil }
    func mean(_ value: (Interval) -> Double) -> Double {
      intervals.reduce(0) { $0 + value($1) } / Double(intervals.count)
    }
    interval = Interval(estimate: mean(\.estimate), low: mean(\.low), high: mean(\.high))
  }
}

/// What was resampled for the last plot: with each new run only its own combination is read and resampled anew.
package final class ResampledScores: Sendable {
  private let known = Mutex<[[RunID]: ResampledScore]>([:])

  package init() {}

  package subscript(runs: [RunID]) -> ResampledScore? { known.withLock { $0[runs] } }

  /// Takes the place of all that was known.
  package func keep(_ scores: [[RunID]: ResampledScore]) { known.withLock { $0 = scores } }
}
