import Foundation
import Recipe

/// The mean of scores (or of paired differences) over seeds and examples, with an interval that knows that both vary.
///
/// The model is x = mean + seed + example + rest; its components come from the mean squares of the two-way table (Searle, Casella and
/// McCulloch, "Variance Components", 1992), the degrees of freedom from Satterthwaite (1946). A few seeds say little about how
/// much seeds vary: two of them, resampled, give intervals that are too narrow by half. So what this program's own studies showed counts as
/// some degrees of freedom beside them. With one seed it is all there is, and only large differences are told. Examples that all came out
/// alike do not say that no example ever differs: ``UnseenOutcomes`` says how much they leave open.
package struct SeedsAndExamples: Sendable {
  /// Points: how much a run's score moves from seed to seed, for a difference of two runs √2 of it. Of the rows in `Benchmarks/regret` (fifteen
  /// combinations at three seeds, each at its own rate) tuning scores have a standard deviation of 5.0 on medmcqa and 7.6 on cocohd, pooled,
  /// and 5.1 and 5.2 in the median. At 3.5, which stood here first, two equals were told apart in 8 % of simulated searches where seeds move
  /// by 5.3.
  package static let usualSeedSpread = 5.0
  /// Degrees of freedom that the usual spread counts for.
  static let usualWeight = 3.0

  package let mean: Double
  let seeds: Int
  /// Independent examples: groups count as one.
  package let examples: Int
  /// Variances of the seed, of the example, and of what is left, for one of each; the rest is in `example` with one seed.
  let seedVariance: Double
  let exampleVariance: Double
  let restVariance: Double
  /// What a mean can be; nil of differences, and of values that are not percent.
  private let limits: ClosedRange<Double>?

  /// - Parameters:
  ///   - rows: for each seed the values by example, in points, all of the same examples; at least one.
  ///   - groups: of each example what it is about; empty or nil where it stands for itself.
  ///   - isDifference: of two runs, so that the usual spread counts twice.
  package init?(_ rows: [[Double]], groups: [String?] = [], isDifference: Bool) {
    guard let count = rows.first?.count, count > 0, rows.allSatisfy({ $0.count == count }) else { return nil }
    let table = Self.grouped(rows, groups)
    let width = table[0].count
    let s = Double(rows.count)
    let g = Double(width)
    let seedMeans = table.map { $0.reduce(0, +) / g }
    let columnMeans = (0..<width).map { column in table.reduce(0) { $0 + $1[column] } / s }
    let mean = seedMeans.reduce(0, +) / s
    let columns = columnMeans.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let range = isDifference ? -100.0...100 : 0...100
    let isInRange = rows.allSatisfy { $0.allSatisfy(range.contains) }
    limits = isInRange && !isDifference ? range : nil
    // Of one seed the variance of a value, of several that of a mean over seeds, times their number.
    var ofExamples = width > 1 ? s * columns / (g - 1) : 0
    if ofExamples < 1e-18, isInRange, let unseen = UnseenOutcomes(mean, in: range, count: width) {
      let error = unseen.interval().halfWidth / 1.959964
      ofExamples = s * g * error * error
    }
    let prior = (isDifference ? 2 : 1) * Self.usualSeedSpread * Self.usualSeedSpread
    if rows.count > 1 {
      var rest = 0.0
      for (row, seedMean) in zip(table, seedMeans) {
        for (value, columnMean) in zip(row, columnMeans) {
          let residual = value - seedMean - columnMean + mean
          rest += residual * residual
        }
      }
      rest = width > 1 ? rest / ((s - 1) * (g - 1)) : 0
      let ofSeeds = g * seedMeans.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (s - 1)
      let raw = (ofSeeds - rest) / g
      seedVariance = max(0, (Self.usualWeight * prior + (s - 1) * raw) / (Self.usualWeight + s - 1))
      exampleVariance = max(0, (ofExamples - rest) / s)
      restVariance = rest
    } else {
      seedVariance = prior
      exampleVariance = ofExamples
      restVariance = 0
    }
    self.mean = mean
    seeds = rows.count
    examples = width
  }

  /// What two runs of so many seeds and independent examples would be told apart by, of which nothing is known yet but this program's
  /// usual spread of seeds.
  ///
  /// - Parameter discordance: share of the examples on which they differ.
  init(usualOf seeds: Int, examples: Int, discordance: Double) {
    mean = 0
    self.seeds = seeds
    self.examples = examples
    seedVariance = 2 * Self.usualSeedSpread * Self.usualSeedSpread
    exampleVariance = 10_000 * discordance
    restVariance = 0
    limits = nil
  }

  /// Satterthwaite's, of a mean of so many seeds and examples.
  private func degrees(seeds: Int, examples: Int) -> Double {
    let (s, g) = (Double(seeds), Double(examples))
    let bySeed = seedVariance / s
    let byExample = exampleVariance / g + restVariance / (s * g)
    let squares =
      bySeed * bySeed / (Self.usualWeight + s - 1) + (examples > 1 ? byExample * byExample / (g - 1) : 0)
    return squares > 0 ? max(1, (bySeed + byExample) * (bySeed + byExample) / squares) : .infinity
  }

  /// The variance of the mean of so many seeds and examples.
  func variance(seeds: Int, examples: Int) -> Double {
    seedVariance / Double(seeds) + exampleVariance / Double(examples) + restVariance / Double(seeds * examples)
  }

  /// The standard error that examples alone give, points.
  package var exampleError: Double {
    (exampleVariance / Double(examples) + restVariance / Double(seeds * examples)).squareRoot()
  }

  /// The two-sided interval of this coverage.
  package func interval(_ coverage: Double = 0.95) -> Interval {
    interval(coverage, seeds: seeds, examples: examples)
  }

  /// The same if so many seeds and examples had given this mean and these variances.
  func interval(_ coverage: Double, seeds: Int, examples: Int) -> Interval {
    let error = variance(seeds: seeds, examples: examples).squareRoot()
    let quantile = StudentT.quantile(1 - (1 - coverage) / 2, degrees: degrees(seeds: seeds, examples: examples))
    let half = quantile * error
    let full = Interval(estimate: mean, low: mean - half, high: mean + half)
    guard let limits else { return full }
    return Interval(estimate: mean, low: max(limits.lowerBound, full.low), high: min(limits.upperBound, full.high))
  }

  /// Two-sided, of a mean of 0.
  package var pValue: Double { pValue(seeds: seeds, examples: examples) }

  func pValue(seeds: Int, examples: Int) -> Double {
    guard mean != 0 else { return 1 }
    let error = variance(seeds: seeds, examples: examples).squareRoot()
    guard error > 0 else { return 0 }
    return 2 * (1 - StudentT.cumulative(abs(mean) / error, degrees: degrees(seeds: seeds, examples: examples)))
  }

  /// Points that a test at this level tells with 80 % power.
  func tellable(level: Double) -> Double {
    let degrees = degrees(seeds: seeds, examples: examples)
    let quantiles = StudentT.quantile(1 - level / 2, degrees: degrees) + StudentT.quantile(0.8, degrees: degrees)
    return quantiles * variance(seeds: seeds, examples: examples).squareRoot()
  }

  /// Sums of groups in the scale of examples, so that a row's mean stays what it was.
  private static func grouped(_ rows: [[Double]], _ groups: [String?]) -> [[Double]] {
    guard groups.count == rows[0].count, let grouping = ExampleGrouping(groups) else { return rows }
    let scale = Double(grouping.count) / Double(groups.count)
    return rows.map { row in grouping.sums(row.map { $0 * scale }) }
  }
}
