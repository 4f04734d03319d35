import Foundation
import Recipe

/// How much seeds differ in a study: with two or three seeds a result's own variance over them is a guess, and the results beside it,
/// trained on the same data by the same seeds, say what to expect. The empirical Bayes estimate of Smyth (Statistical Applications in
/// Genetics and Molecular Biology 3, 2004): variances scatter as χ² alone would make them scatter, or more, and by how much more says
/// how far they may be pooled.
package struct SeedSpread: Hashable, Sendable {
  /// What is expected of a result's variance over seeds, in squared units of its scores.
  package var variance: Double
  /// How many degrees of freedom that expectation is worth.
  package var degrees: Double

  /// Fewer say nothing of their scatter.
  private static let leastResults = 4

  /// - Parameter variances: over the seeds of each result, with as many degrees of freedom as seeds but one.
  /// - Returns: nil with fewer than four, or where half of them are 0.
  package init?(_ variances: [(variance: Double, degrees: Double)]) {
    let known = variances.filter { $0.degrees > 0 && $0.variance.isFinite }
    guard known.count >= Self.leastResults else { return nil }
    let middle = Percentile.median(known.map(\.variance))
    guard middle > 0 else { return nil }
    // Seeds that came out alike by chance have no logarithm.
    let logs = known.map { result in
      log(max(result.variance, 1e-5 * middle)) - Gamma.digamma(result.degrees / 2) + log(result.degrees / 2)
    }
    let count = Double(logs.count)
    let mean = logs.reduce(0, +) / count
    let scatter = logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    let chance = known.reduce(0) { $0 + Gamma.trigamma($1.degrees / 2) } / count
    let total = known.reduce(0) { $0 + $1.degrees }
    // No expectation is worth more than what it was taken from.
    if scatter > chance {
      let half = Gamma.inverseTrigamma(scatter - chance)
      degrees = min(2 * half, total)
      variance = exp(mean + Gamma.digamma(half) - log(half))
    } else {
      degrees = total
      variance = known.reduce(0) { $0 + $1.degrees * $1.variance } / total
    }
    guard variance.isFinite, degrees.isFinite, degrees > 0 else { return nil }
  }

  /// The same from each result's means by seed.
  package init?(means: [[Double]]) {
    self.init(
      means.compactMap { means in
        guard means.count > 1 else { return nil }
        let mean = means.reduce(0, +) / Double(means.count)
        let squares = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(means.count - 1), Double(means.count - 1))
      })
  }

  /// A result's own variance and what is expected of it, weighted by their degrees of freedom.
  package func moderated(_ own: Double, degrees ownDegrees: Double) -> (variance: Double, degrees: Double) {
    let total = degrees + ownDegrees
    return ((degrees * variance + ownDegrees * own) / total, total)
  }
}

/// The first two derivatives of the logarithm of the gamma function, for arguments above 0.
package enum Gamma {
  package static func digamma(_ x: Double) -> Double {
    var (x, sum) = (x, 0.0)
    // The asymptotic series (Abramowitz and Stegun 6.3.18) from 10 up, by the recurrence below.
    while x < 10 {
      sum -= 1 / x
      x += 1
    }
    let y = 1 / (x * x)
    return sum + log(x) - 0.5 / x - y * (1.0 / 12 - y * (1.0 / 120 - y * (1.0 / 252 - y / 240)))
  }

  package static func trigamma(_ x: Double) -> Double {
    var (x, sum) = (x, 0.0)
    while x < 10 {
      sum += 1 / (x * x)
      x += 1
    }
    let y = 1 / (x * x)
    return sum + 1 / x + y / 2 + y / x * (1.0 / 6 - y * (1.0 / 30 - y * (1.0 / 42 - y / 30)))
  }

  /// The argument at which the falling trigamma function has this value, above 0.
  package static func inverseTrigamma(_ value: Double) -> Double {
    var (low, high) = (1e-8, 1e8)
    for _ in 0..<200 where high / low > 1 + 1e-12 {
      let middle = (low * high).squareRoot()
      if trigamma(middle) > value { low = middle } else { high = middle }
    }
    return (low * high).squareRoot()
  }
}
