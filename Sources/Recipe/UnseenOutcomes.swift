import Foundation

/// What is left open by values that all came out alike. The bootstrap of equal values has no width, as if 0 right of 12 were known exactly;
/// the exact binomial interval (Clopper and Pearson, Biometrika 26, 1934) says that up to 26.5 % may be right.
///
/// The model: a value that was not seen among `count` independent ones has a share of at most u, whose distribution is Beta(1, count), and is
/// as far away as a value can be. So the mean of values at an end of their range has a one-sided interval, which is Clopper's and
/// Pearson's of 0 or of all, and one within it has both sides: of differences of right and wrong answers none of which differ, the
/// interval is that of the share of examples on which the two differ.
package struct UnseenOutcomes: Hashable, Sendable {
  /// What all values are.
  package let value: Double
  /// What a single value can be.
  package let range: ClosedRange<Double>
  /// Independent values: groups count as one.
  package let count: Int

  /// Nil where the value is not in the range, and without any.
  package init?(_ value: Double, in range: ClosedRange<Double>, count: Int) {
    // Means of equal values may be off by a rounding.
    let slack = 1e-9 * (range.upperBound - range.lowerBound)
    guard count > 0, value >= range.lowerBound - slack, value <= range.upperBound + slack else { return nil }
    let isLowest = value <= range.lowerBound + slack
    self.value = isLowest ? range.lowerBound : value >= range.upperBound - slack ? range.upperBound : value
    self.range = range
    self.count = count
  }

  /// The share, 0 to 1, below which what `count` independent examples never showed is with this probability.
  package static func share(_ count: Double, _ probability: Double = 0.975) -> Double {
    count > 0 ? 1 - pow(1 - probability, 1 / count) : 1
  }

  /// The quantile of the mean, 0 to 1.
  package func quantile(_ place: Double) -> Double {
    let size = Double(count)
    let (below, above) = (value - range.lowerBound, range.upperBound - value)
    if below <= 0 { return value + above * Self.share(size, place) }
    if above <= 0 { return value - below * Self.share(size, 1 - place) }
    return place < 0.5
      ? value - below * Self.share(size, 1 - 2 * place) : value + above * Self.share(size, 2 * place - 1)
  }

  /// Holds the value itself.
  package func interval(confidence: Double = 0.95) -> Interval {
    let tail = (1 - confidence) / 2
    return Interval(estimate: value, low: min(value, quantile(tail)), high: max(value, quantile(1 - tail)))
  }

  /// Means as resamples give them: evenly spaced quantiles in an order of their own.
  ///
  /// - Parameter own: another number for each result: what nobody has seen of two results is not the same.
  package func draws(_ resamples: Int, own: UInt64) -> [Double] {
    var generator = SplitMix64(seed: own, stream: 0x0A11)
    return generator.permutation(resamples).map { quantile((Double($0) + 0.5) / Double(resamples)) }
  }
}

extension Interval {
  /// From resampled values, in ascending order; it holds the estimate, which what equal values leave open may lie beside.
  package init(estimate: Double, sorted resamples: [Double], confidence: Double = 0.95) {
    let tail = (1 - confidence) / 2
    self.init(
      estimate: estimate, low: min(estimate, Percentile.ofSorted(resamples, tail)),
      high: max(estimate, Percentile.ofSorted(resamples, 1 - tail)))
  }

  /// What earlier versions stored of scores that were all alike had no width: it gets the one that so many of them leave open.
  package func opened(by count: Int) -> Interval {
    guard low == high else { return self }
    return UnseenOutcomes(estimate, in: 0...1, count: count)?.interval() ?? self
  }
}
