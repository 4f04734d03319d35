import Foundation
import Recipe

/// The permutation test of paired differences in groups: were the two results alike, each group's difference might as well have come
/// out the other way round. Groups of a single right or wrong answer give the exact McNemar test.
package enum SignFlip {
  package struct Outcome: Hashable, Sendable {
    /// Two-sided.
    package var pValue: Double
    /// All of the sign changes were counted, not a sample of them.
    package var isExact: Bool
    /// No sampled change was as extreme: the p-value is at most this.
    package var isBound: Bool

    /// What the test is called.
    var name: String { isExact ? "exact permutation" : "permutation" }
  }

  /// Up to so many groups that differ, all changes of sign are gone through; above, so many are sampled.
  static let mostEnumerated = 16
  package static let samples = 20_000
  /// Whole numbers are counted exactly as long as their number times their sum, which is how long it takes, is below this.
  private static let mostCounted = 5e7

  /// - Parameter sums: of each group's differences.
  package static func test(_ sums: [Double], seed: UInt64 = 0) -> Outcome {
    let sums = sums.filter { abs($0) > 1e-12 }
    guard !sums.isEmpty else { return Outcome(pValue: 1, isExact: true, isBound: false) }
    let total = sums.reduce(0) { $0 + abs($1) }
    if total * Double(sums.count) <= mostCounted, sums.allSatisfy({ abs($0 - $0.rounded()) < 1e-9 }) {
      return Outcome(pValue: counted(sums.map { Int($0.rounded()) }), isExact: true, isBound: false)
    }
    // Sums of equal size must not count as less extreme for a rounding error.
    let threshold = abs(sums.reduce(0, +)) - 1e-9 * total
    return sums.count <= mostEnumerated ? enumerated(sums, threshold) : sampled(sums, threshold, seed)
  }

  /// The whole distribution of the sum, a group at a time.
  private static func counted(_ sums: [Int]) -> Double {
    let reach = sums.reduce(0) { $0 + abs($1) }
    var chances = [Double](repeating: 0, count: 2 * reach + 1)
    chances[reach] = 1
    var (low, high) = (reach, reach)
    for sum in sums.map({ abs($0) }) {
      var next = [Double](repeating: 0, count: chances.count)
      for place in low...high where chances[place] > 0 {
        next[place - sum] += chances[place] / 2
        next[place + sum] += chances[place] / 2
      }
      (low, high) = (low - sum, high + sum)
      chances = next
    }
    let observed = abs(sums.reduce(0, +))
    var probability = 0.0
    for place in chances.indices where abs(place - reach) >= observed { probability += chances[place] }
    return min(1, probability)
  }

  private static func enumerated(_ sums: [Double], _ threshold: Double) -> Outcome {
    var extreme = 0
    for signs in 0..<(1 << sums.count) {
      var sum = 0.0
      for place in sums.indices { sum += signs >> place & 1 == 0 ? sums[place] : -sums[place] }
      if abs(sum) >= threshold { extreme += 1 }
    }
    return Outcome(pValue: Double(extreme) / Double(1 << sums.count), isExact: true, isBound: false)
  }

  private static func sampled(_ sums: [Double], _ threshold: Double, _ seed: UInt64) -> Outcome {
    var generator = SplitMix64(seed: seed, stream: UInt64(sums.count))
    var extreme = 0
    for _ in 0..<samples {
      var sum = 0.0
      var bits = generator.next()
      for place in sums.indices {
        if place > 0, place % 64 == 0 { bits = generator.next() }
        sum += bits & 1 == 0 ? sums[place] : -sums[place]
        bits >>= 1
      }
      if abs(sum) >= threshold { extreme += 1 }
    }
    // The signs that were seen are one of the possible ones.
    return Outcome(
      pValue: Double(extreme + 1) / Double(samples + 1), isExact: false, isBound: extreme == 0)
  }
}

/// A p-value in words: one that is the floor of a resampling is a bound, and is written as one.
package enum PValueText {
  /// `< 0.001`, `= 0.012` or `≤ 0.004`.
  package static func relation(_ value: Double, isBound: Bool) -> String {
    if value < 0.001 { return "< 0.001" }
    // A bound is rounded up, so that it stays one.
    let shown = isBound ? (value * 1000 - 1e-9).rounded(.up) / 1000 : value
    return (isBound ? "≤ " : "= ") + String(format: "%.3f", shown)
  }
}
