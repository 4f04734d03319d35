import Recipe

/// Percentile bootstrap intervals (Efron, 1979) from a seeded generator, so that the same samples give the same bounds.
public enum Bootstrap {
  /// The interval of any statistic of independent samples.
  ///
  /// - Parameters:
  ///   - samples: the values that are resampled with replacement.
  ///   - confidence: the share of resamples between the bounds, 0.95 by default.
  ///   - statistic: what is estimated, in the unit of the result; called once on `samples` and once a resample.
  ///   - widens: by what so few samples make it too narrow: `StudentT.widening`.
  /// - Returns: NaN bounds for no samples, and bounds equal to the estimate for one.
  public static func interval(
    of samples: [Double], confidence: Double = 0.95, resamples: Int = 2000, seed: UInt64 = 0, widens: Bool = false,
    statistic: ([Double]) -> Double
  ) -> Interval {
    let estimate = statistic(samples)
    guard samples.count > 1, resamples > 0 else {
      return Interval(estimate: estimate, low: estimate, high: estimate)
    }
    var generator = SplitMix64(seed: seed, stream: UInt64(samples.count))
    var resample = samples
    var statistics: [Double] = []
    statistics.reserveCapacity(resamples)
    for _ in 0..<resamples {
      for index in resample.indices {
        resample[index] = samples[generator.below(samples.count)]
      }
      statistics.append(statistic(resample))
    }
    statistics.sort()
    let tail = (1 - confidence) / 2
    let factor = widens ? StudentT.widening(samples.count) : 1
    return Interval(
      estimate: estimate,
      low: estimate + factor * (Percentile.ofSorted(statistics, tail) - estimate),
      high: estimate + factor * (Percentile.ofSorted(statistics, 1 - tail) - estimate))
  }

  /// The interval of the mean of scores, 0 to 1. Where all groups score the same, which resamples to no width, it is the exact one of
  /// ``UnseenOutcomes``; samples beyond 0 and 1 have no width then.
  ///
  /// - Parameter grouping: what is resampled together; nil resamples each sample by itself.
  package static func mean(
    _ samples: [Double], _ grouping: ExampleGrouping? = nil, confidence: Double = 0.95, resamples: Int = 2000,
    seed: UInt64 = 0
  ) -> Interval {
    let groups = samples.isEmpty ? nil : GroupResampling(samples, grouping, in: 0...1)
    if let unseen = groups?.unseen { return unseen.interval(confidence: confidence) }
    guard let groups, grouping != nil, resamples > 0 else {
      return interval(
        of: samples, confidence: confidence, resamples: resamples, seed: seed, widens: true
      ) { values in values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count) }.within(samples)
    }
    var generator = SplitMix64(seed: seed, stream: UInt64(grouping?.count ?? 0))
    let means = groups.draws(resamples, &generator).sorted()
    return Interval(estimate: groups.mean, sorted: means, confidence: confidence).within(samples)
  }
}

/// The mean of what is left after a quarter of the values has been cut off at either end. Nearly as precise as the
/// mean where noise is Gaussian, and indifferent to the few samples that another process stole time from.
public enum InterquartileMean {
  /// The mean of the middle half of `values` (`count / 4` rounded down is cut at each end); NaN for no values.
  public static func of(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let cut = values.count / 4
    let kept = values.sorted()[cut..<(values.count - cut)]
    return kept.reduce(0, +) / Double(kept.count)
  }
}
