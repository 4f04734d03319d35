import Messages
import Recipe

/// The mean of several seeds' scores on the same examples, resampled as it came about: groups of examples by the bootstrap, seeds by
/// Student's t.
///
/// The seeds share their examples, so a resample draws one set of groups for all of its seeds: drawing them anew for each seed would
/// count the same prompts as independent evidence. Two to five seeds are too few to be resampled: two have three distinct resamples,
/// which spread by half of the variance, so that intervals come out too narrow by a third before the tails are looked at. What seeds add
/// is drawn instead from a normal with their own variance, divided by a χ² deviate for the variance's own uncertainty, as Student's t is
/// made; where other results of the same study say how much seeds differ, ``SeedSpread`` takes them in.
package enum HierarchicalBootstrap {
  /// - Parameters:
  ///   - seeds: for each seed its scores, all on the same examples in the same order. One seed is the plain bootstrap.
  ///   - grouping: of the examples; nil where each stands for itself.
  ///   - range: of what a single score can be: how far off what none of the examples showed may be.
  ///   - spread: how much seeds differ elsewhere in the study.
  package static func mean(
    _ seeds: [[Double]], _ grouping: ExampleGrouping? = nil, in range: ClosedRange<Double>? = 0...1,
    spread: SeedSpread? = nil, resamples: Int = 4000, seed: UInt64 = 0
  ) -> Interval? {
    replicates(seeds, grouping, in: range, spread: spread, resamples: resamples, seed: seed).flatMap {
      interval(of: $0, seeds)
    }
  }

  /// The same from replicates that are there already.
  static func interval(of replicates: [Double], _ seeds: [[Double]]) -> Interval? {
    guard let count = seeds.first?.count, count > 0, !replicates.isEmpty else { return nil }
    let sorted = replicates.sorted()
    let total = seeds.reduce(0.0) { $0 + $1.reduce(0, +) }
    let interval = Interval(estimate: total / Double(seeds.count * count), sorted: sorted)
    return seeds.reduce(interval) { $0.within($1) }
  }

  /// The resampled means themselves. Equal `seed` and equal counts draw the same groups and move the same seeds, so that the
  /// replicates of two combinations are paired. Nil unless all seeds have the same number of examples, at least one.
  ///
  /// - Parameter own: another number for each combination: what no example showed of two of them is not the same.
  package static func replicates(
    _ seeds: [[Double]], _ grouping: ExampleGrouping? = nil, in range: ClosedRange<Double>? = 0...1,
    spread: SeedSpread? = nil, resamples: Int, seed: UInt64, own: UInt64 = 0
  ) -> [Double]? {
    Parts(seeds, grouping, in: range, resamples: resamples, seed: seed, own: own)?.replicates(spread)
  }

  /// So many draws of what seeds add to a mean over these, by themselves.
  ///
  /// - Parameters:
  ///   - means: by seed.
  ///   - other: of another result, whose spread a single seed takes.
  ///   - own: another number for each result: what seeds add to one says nothing of what others add to another.
  static func ofSeeds(
    _ means: [Double], like other: [Double], resamples: Int, seed: UInt64, own: Int
  ) -> [Double] {
    guard let component = SeedComponent(means, like: other) else { return [Double](repeating: 0, count: resamples) }
    var generator = SplitMix64(seed: seed, stream: 0x0DD_5EED + UInt64(own))
    return (0..<resamples).map { _ in component.draw(&generator) }
  }

  /// What replicates are put together from: reading and resampling the examples takes long, adding what seeds do does not.
  struct Parts: Sendable {
    var seedMeans: [Double]
    /// Means over seeds, resampled over examples or groups alone.
    var groupMeans: [Double]
    var seed: UInt64

    init(seedMeans: [Double], groupMeans: [Double], seed: UInt64) {
      self.seedMeans = seedMeans
      self.groupMeans = groupMeans
      self.seed = seed
    }

    init?(
      _ seeds: [[Double]], _ grouping: ExampleGrouping?, in range: ClosedRange<Double>?, resamples: Int, seed: UInt64,
      own: UInt64
    ) {
      guard let count = seeds.first?.count, count > 0, seeds.allSatisfy({ $0.count == count }) else { return nil }
      var average = [Double](repeating: 0, count: count)
      for scores in seeds {
        for index in scores.indices { average[index] += scores[index] / Double(seeds.count) }
      }
      let groups = GroupResampling(average, grouping, in: range)
      var generator = SplitMix64(seed: seed, stream: UInt64(count))
      groupMeans = groups.draws(resamples, &generator, own: own)
      seedMeans = seeds.map { $0.reduce(0, +) / Double(count) }
      self.seed = seed
    }

    func replicates(_ spread: SeedSpread?) -> [Double] {
      guard let component = SeedComponent(seedMeans, spread) else { return groupMeans }
      var generator = SplitMix64(seed: seed, stream: 0x5EED + UInt64(seedMeans.count))
      return groupMeans.map { $0 + component.draw(&generator) }
    }
  }
}

/// What the choice of seeds adds to a mean over seeds.
private struct SeedComponent {
  /// Each seed's mean, without the mean of all.
  private let deviations: [Double]
  /// From a sum of normals by the deviations to the standard error.
  private var scale: Double
  private let degrees: Double

  /// Nil for a single seed, of which nothing is known, and for seeds that came out alike where nothing says that they need not have.
  init?(_ means: [Double], _ spread: SeedSpread?) {
    guard means.count > 1 else { return nil }
    let count = Double(means.count)
    let mean = means.reduce(0, +) / count
    var deviations = means.map { $0 - mean }
    var squares = deviations.reduce(0) { $0 + $1 * $1 }
    let own = squares / (count - 1)
    if squares < 1e-18 {
      guard spread != nil else { return nil }
      deviations = means.indices.map { $0 == 0 ? 1 : $0 == 1 ? -1 : 0 }
      squares = 2
    }
    self.deviations = deviations
    let (variance, degrees) = spread?.moderated(own, degrees: count - 1) ?? (own, count - 1)
    self.degrees = degrees
    scale = (variance / count).squareRoot() / squares.squareRoot()
  }

  /// The same of one result by itself; a single seed is expected to vary as those of `other` do.
  init?(_ means: [Double], like other: [Double]) {
    if means.count > 1 {
      self.init(means, nil)
      return
    }
    guard let component = SeedComponent(other, nil) else { return nil }
    self = component
    // Of the mean of all its seeds, where one stands alone here.
    scale *= Double(other.count).squareRoot()
  }

  /// The deviations weighted by normals: a combination that profits from the same seeds as another moves with it.
  func draw(_ generator: inout SplitMix64) -> Double {
    var sum = 0.0
    for deviation in deviations { sum += deviation * generator.normal() }
    return sum * scale * (degrees / generator.chiSquared(degrees)).squareRoot()
  }
}
