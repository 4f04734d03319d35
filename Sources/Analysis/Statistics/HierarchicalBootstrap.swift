import Messages
import Recipe

/// The mean of several seeds' scores on the same examples, resampled as it came about: seeds first, then examples.
package enum HierarchicalBootstrap {
  /// - Parameter seeds: for each seed its scores, all on the same examples in the same order.
  ///
  /// The seeds share their examples, so a resample draws one set of examples for all of its seeds: drawing them anew for
  /// each seed would count the same prompts as independent evidence. One seed is the plain bootstrap over examples.
  package static func mean(_ seeds: [[Double]], resamples: Int = 4000, seed: UInt64 = 0) -> Interval? {
    replicates(seeds, resamples: resamples, seed: seed).flatMap { interval(of: $0, seeds) }
  }

  /// The same from replicates that are there already.
  static func interval(of replicates: [Double], _ seeds: [[Double]]) -> Interval? {
    guard let count = seeds.first?.count, count > 0, !replicates.isEmpty else { return nil }
    let sorted = replicates.sorted()
    let total = seeds.reduce(0.0) { $0 + $1.reduce(0, +) }
    return Interval(
      estimate: total / Double(seeds.count * count), low: Percentile.ofSorted(sorted, 0.025),
      high: Percentile.ofSorted(sorted, 0.975))
  }

  /// The resampled means themselves. Equal `seed` and equal counts draw the same seeds and examples, so that the
  /// replicates of two combinations are paired. Nil unless all seeds have the same number of examples, at least one.
  package static func replicates(_ seeds: [[Double]], resamples: Int, seed: UInt64) -> [Double]? {
    guard let count = seeds.first?.count, count > 0, seeds.allSatisfy({ $0.count == count }) else { return nil }
    var generator = SplitMix64(seed: seed, stream: UInt64(count))
    var weights = [Double](repeating: 0, count: count)
    return (0..<resamples).map { _ in
      for index in weights.indices { weights[index] = 0 }
      for _ in 0..<count { weights[generator.below(count)] += 1 }
      var sum = 0.0
      for _ in seeds.indices {
        let scores = seeds[generator.below(seeds.count)]
        for index in scores.indices { sum += weights[index] * scores[index] }
      }
      return sum / Double(count * seeds.count)
    }
  }
}
