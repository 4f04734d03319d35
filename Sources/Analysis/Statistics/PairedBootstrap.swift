import Messages
import Recipe

/// What separates two results on the same examples, by resampling the examples (Efron 1979).
public enum PairedBootstrap {
  public struct Outcome: Hashable, Sendable {
    /// Mean difference, first minus second, with its 95 % percentile interval, in the scores' unit.
    public var difference: Interval
    /// Two-sided, from resamples of the centred differences; never below 1 / (resamples + 1).
    public var pValue: Double
  }

  /// - Parameters:
  ///   - first, second: scores of the same examples in the same order; equal counts.
  /// - Returns: nil without pairs.
  public static func compare(
    _ first: [Double], _ second: [Double], resamples: Int = 4000, seed: UInt64 = 0
  ) -> Outcome? {
    let differences = zip(first, second).map { $0 - $1 }
    guard !differences.isEmpty, resamples > 0 else { return nil }
    let count = differences.count
    let mean = differences.reduce(0, +) / Double(count)
    var generator = SplitMix64(seed: seed, stream: UInt64(count))
    var means: [Double] = []
    means.reserveCapacity(resamples)
    var asExtreme = 0
    // Means of equal differences must not count as less extreme for a rounding error.
    let threshold = abs(mean) - 1e-12
    for _ in 0..<resamples {
      var sum = 0.0
      for _ in 0..<count { sum += differences[generator.below(count)] }
      let resampled = sum / Double(count)
      means.append(resampled)
      if abs(resampled - mean) >= threshold { asExtreme += 1 }
    }
    means.sort()
    return Outcome(
      difference: Interval(
        estimate: mean, low: Percentile.ofSorted(means, 0.025), high: Percentile.ofSorted(means, 0.975)),
      pValue: Double(asExtreme + 1) / Double(resamples + 1))
  }
}
