import Foundation
import Messages
import Recipe

/// The exact McNemar test of two right/wrong results on the same examples (McNemar 1947; exact form: the sign test on
/// the discordant pairs).
package enum McNemar {
  /// Two-sided p-value: twice the smaller binomial tail of the discordant pairs at 1/2, at most 1.
  ///
  /// - Parameters:
  ///   - onlyFirst: examples that only the first got right.
  ///   - onlySecond: examples that only the second got right.
  package static func pValue(onlyFirst: Int, onlySecond: Int) -> Double {
    let pairs = onlyFirst + onlySecond
    guard pairs > 0 else { return 1 }
    // Sums over log-probabilities, so that thousands of pairs neither overflow nor vanish.
    let logHalf = -Double(pairs) * log(2.0)
    let tail = (0...min(onlyFirst, onlySecond)).reduce(0.0) { sum, k in
      sum + exp(logBinomial(pairs, k) + logHalf)
    }
    return min(1, 2 * tail)
  }

  /// The same from paired scores, of which 1 is right and anything else is wrong. `a` and `b` have equal counts.
  package static func pValue(_ a: [Double], _ b: [Double]) -> Double {
    var onlyFirst = 0
    var onlySecond = 0
    for (x, y) in zip(a, b) where (x == 1) != (y == 1) {
      if x == 1 { onlyFirst += 1 } else { onlySecond += 1 }
    }
    return pValue(onlyFirst: onlyFirst, onlySecond: onlySecond)
  }

  private static func logBinomial(_ n: Int, _ k: Int) -> Double {
    lgamma(Double(n) + 1) - lgamma(Double(k) + 1) - lgamma(Double(n - k) + 1)
  }
}

/// What separates two results on the same examples, by resampling the examples, or what they are about (Efron 1979).
package enum PairedBootstrap {
  package struct Outcome: Hashable, Sendable {
    /// Mean difference, first minus second, with its 95 % percentile interval, in the scores' unit.
    package var difference: Interval
    /// Two-sided, from resamples of the centred differences; never below 1 / (resamples + 1).
    package var pValue: Double
    /// No resample was as extreme: the p-value is at most this.
    package var isBound: Bool
  }

  /// - Parameters:
  ///   - first, second: scores of the same examples in the same order, 0 to 1; equal counts.
  ///   - grouping: of the examples; nil where each stands for itself.
  /// - Returns: nil without pairs.
  package static func compare(
    _ first: [Double], _ second: [Double], _ grouping: ExampleGrouping? = nil, resamples: Int = 4000, seed: UInt64 = 0
  ) -> Outcome? {
    let differences = zip(first, second).map { $0 - $1 }
    guard !differences.isEmpty, resamples > 0 else { return nil }
    let groups = GroupResampling(differences, grouping, in: -1...1)
    var generator = SplitMix64(seed: seed, stream: UInt64(differences.count))
    // Means of equal differences must not count as less extreme for a rounding error.
    let threshold = abs(groups.mean) - 1e-12
    let means = groups.draws(resamples, &generator).sorted()
    let asExtreme = means.count { abs($0 - groups.mean) >= threshold }
    return Outcome(
      difference: groups.unseen?.interval() ?? Interval(estimate: groups.mean, sorted: means),
      pValue: Double(asExtreme + 1) / Double(resamples + 1), isBound: asExtreme == 0)
  }
}

/// Holm's step-down correction for several tests at once (Holm 1979).
package enum Holm {
  /// Adjusted p-values in the order given: reject where one is below the level. Missing tests (nil) do not count.
  ///
  /// - Parameter tests: how many were made, where these are a part of them.
  package static func adjusted(_ values: [Double?], of tests: Int = 0) -> [Double?] {
    let order = values.indices.filter { values[$0] != nil }.sorted { (values[$0] ?? 0) < (values[$1] ?? 0) }
    let count = max(tests, order.count)
    var adjusted = values
    var largest = 0.0
    for (rank, index) in order.enumerated() {
      largest = max(largest, min(1, (values[index] ?? 1) * Double(count - rank)))
      adjusted[index] = largest
    }
    return adjusted
  }

  /// The same of tests against the best of `results`, which the same data chose: it stands for whichever pair would have come out
  /// furthest apart, so that all pairs count. Counted as one test a rival, a fifth of studies of fifteen equals call one of them worse.
  package static func againstBest(_ values: [Double?], results: Int) -> [Double?] {
    adjusted(values, of: results * (results - 1) / 2)
  }
}
