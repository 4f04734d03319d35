import Foundation
import Recipe

/// Whether paired differences lie below 0, by flipping their signs (Fisher 1935): exact for pairs that would be as likely the other way
/// round. Examples about the same thing flip together.
package enum PairedSigns {
  static let flips = 2000

  /// One-sided: the probability of a sum as low as this one if the signs were tossed; 1 without any difference.
  ///
  /// - Parameters:
  ///   - differences: the one that may be worse minus the other, by example.
  ///   - groups: of each example what it is about; nil, or too short, where it stands for itself.
  package static func pBelow(_ differences: [Double], groups: [String?] = []) -> Double {
    var sums: [Double] = []
    var places: [String: Int] = [:]
    for (index, difference) in differences.enumerated() {
      guard index < groups.count, let group = groups[index] else {
        sums.append(difference)
        continue
      }
      if let place = places[group] {
        sums[place] += difference
      } else {
        places[group] = sums.count
        sums.append(difference)
      }
    }
    return pBelow(sums: sums.filter { $0 != 0 })
  }

  private static func pBelow(sums: [Double]) -> Double {
    guard let first = sums.first else { return 1 }
    let size = abs(first)
    // Equal sizes: the number of negative signs is binomial, McNemar's exact test.
    if sums.allSatisfy({ abs(abs($0) - size) < 1e-12 }) { return binomialTail(sums.count, sums.count { $0 < 0 }) }
    let observed = sums.reduce(0, +) + 1e-9
    if sums.count <= 12 {
      let total = 1 << sums.count
      let low = (0..<total).count { bits in
        sums.indices.reduce(0.0) { $0 + (bits >> $1 & 1 == 1 ? abs(sums[$1]) : -abs(sums[$1])) } <= observed
      }
      return Double(low) / Double(total)
    }
    var generator = SplitMix64(seed: 0, stream: UInt64(sums.count))
    let sizes = sums.map(abs)
    var low = 1
    for _ in 0..<flips {
      var sum = 0.0
      var bits: UInt64 = 0
      for (index, size) in sizes.enumerated() {
        if index & 63 == 0 { bits = generator.next() }
        sum += bits & 1 == 1 ? size : -size
        bits >>= 1
      }
      if sum <= observed { low += 1 }
    }
    return Double(low) / Double(flips + 1)
  }

  /// P(X ≥ k) of n tosses of a fair coin.
  private static func binomialTail(_ n: Int, _ k: Int) -> Double {
    let logHalf = -Double(n) * log(2.0)
    let logAll: Double = lgamma(Double(n) + 1)
    var sum = 0.0
    for i in k...max(k, n) {
      let logCount: Double = logAll - lgamma(Double(i) + 1) - lgamma(Double(n - i) + 1)
      sum += exp(logCount + logHalf)
    }
    return min(1, sum)
  }
}
