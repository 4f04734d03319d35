import Foundation
import Recipe

/// The mean of scores (or of paired differences) over seeds and examples, with an interval that knows that both vary.
///
/// The model is x = mean + seed + example + rest; its components come from the mean squares of the two-way table (Searle, Casella and
/// McCulloch, "Variance Components", 1992), the degrees of freedom from Satterthwaite (1946). A few seeds say little about how
/// much seeds vary: two of them, resampled, give intervals that are too narrow by half. So what this program's own studies showed counts as
/// some degrees of freedom beside them. With one seed it is all there is, and only large differences are told.
package struct SeedsAndExamples: Sendable {
  /// Points: how much a run's score moves from seed to seed, for a difference of two runs √2 of it.
  package static let usualSeedSpread = 3.5
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
  private let degrees: Double

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
    let ofExamples = width > 1 ? s * columns / (g - 1) : 0
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
    let bySeed = seedVariance / s
    let byExample = exampleVariance / g + restVariance / (s * g)
    let squares =
      bySeed * bySeed / (Self.usualWeight + s - 1) + (width > 1 ? byExample * byExample / (g - 1) : 0)
    degrees = squares > 0 ? max(1, (bySeed + byExample) * (bySeed + byExample) / squares) : .infinity
  }

  /// The variance of the mean of so many seeds and examples.
  func variance(seeds: Int, examples: Int) -> Double {
    seedVariance / Double(seeds) + exampleVariance / Double(examples) + restVariance / Double(seeds * examples)
  }

  private var error: Double { variance(seeds: seeds, examples: examples).squareRoot() }

  /// The two-sided interval of this coverage.
  package func interval(_ coverage: Double = 0.95) -> Interval {
    let half = Student.quantile(1 - (1 - coverage) / 2, degrees: degrees) * error
    return Interval(estimate: mean, low: mean - half, high: mean + half)
  }

  /// Two-sided, of a mean of 0.
  package var pValue: Double {
    guard mean != 0 else { return 1 }
    guard error > 0 else { return 0 }
    return 2 * (1 - Student.cumulative(abs(mean) / error, degrees: degrees))
  }

  /// Sums of groups in the scale of examples, so that a row's mean stays what it was.
  private static func grouped(_ rows: [[Double]], _ groups: [String?]) -> [[Double]] {
    guard groups.count == rows[0].count, groups.contains(where: { $0 != nil }) else { return rows }
    var places: [String: Int] = [:]
    var next = 0
    let columns = groups.map { group -> Int in
      if let group, let place = places[group] { return place }
      if let group { places[group] = next }
      next += 1
      return next - 1
    }
    let scale = Double(next) / Double(groups.count)
    return rows.map { row in
      var sums = [Double](repeating: 0, count: next)
      for (value, column) in zip(row, columns) { sums[column] += value * scale }
      return sums
    }
  }
}

/// Student's distribution, by the incomplete beta function.
package enum Student {
  /// P(T ≤ t) for t ≥ 0.
  package static func cumulative(_ t: Double, degrees: Double) -> Double {
    guard t.isFinite else { return 1 }
    guard degrees < 1e6 else { return 0.5 * erfc(-t / 2.0.squareRoot()) }
    return 1 - 0.5 * incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
  }

  /// t with P(T ≤ t) = p, p from 0.5 to 1.
  package static func quantile(_ p: Double, degrees: Double) -> Double {
    var low = 0.0
    var high = 1e3
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if cumulative(middle, degrees: degrees) < p { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// The regularised incomplete beta function, by its continued fraction in Lentz's form (DLMF 8.17.22).
  private static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    guard x < (a + 1) / (a + b + 2) else { return 1 - incompleteBeta(1 - x, b, a) }
    let logBeta: Double = lgamma(a) + lgamma(b) - lgamma(a + b)
    let front: Double = exp(a * log(x) + b * log(1 - x) - logBeta) / a
    let tiny = 1e-300
    var c = 1.0
    var d = 1 / (1 - (a + b) * x / (a + 1))
    var fraction = d
    for m in 1...300 {
      let n = Double(m)
      let twice: Double = a + 2 * n
      let even: Double = n * (b - n) * x / (twice * (twice - 1))
      let odd: Double = (a + n) * (a + b + n) * x / (twice * (twice + 1))
      var change = 1.0
      for numerator in [even, -odd] {
        d = 1 + numerator * d
        d = 1 / (abs(d) < tiny ? tiny : d)
        c = 1 + numerator / c
        if abs(c) < tiny { c = tiny }
        change = c * d
        fraction *= change
      }
      if abs(change - 1) < 1e-14 { break }
    }
    return front * fraction
  }
}
