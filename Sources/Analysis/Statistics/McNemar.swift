import Foundation

/// The exact McNemar test of two right/wrong results on the same examples (McNemar 1947; exact form: the sign test on
/// the discordant pairs).
public enum McNemar {
  /// Two-sided p-value: twice the smaller binomial tail of the discordant pairs at 1/2, at most 1.
  ///
  /// - Parameters:
  ///   - onlyFirst: examples that only the first got right.
  ///   - onlySecond: examples that only the second got right.
  public static func pValue(onlyFirst: Int, onlySecond: Int) -> Double {
    let pairs = onlyFirst + onlySecond
    guard pairs > 0 else { return 1 }
    // Sums over log-probabilities, so that thousands of pairs neither overflow nor vanish.
    let logHalf = -Double(pairs) * log(2.0)
    let tail = (0...min(onlyFirst, onlySecond)).reduce(0.0) { sum, k in
      sum + exp(logBinomial(pairs, k) + logHalf)
    }
    return min(1, 2 * tail)
  }

  /// The same from paired scores, of which 1 is right and anything else is wrong. `a` and `b` have equal counts.
  public static func pValue(_ a: [Double], _ b: [Double]) -> Double {
    var onlyFirst = 0
    var onlySecond = 0
    for (x, y) in zip(a, b) where (x == 1) != (y == 1) {
      if x == 1 { onlyFirst += 1 } else { onlySecond += 1 }
    }
    return pValue(onlyFirst: onlyFirst, onlySecond: onlySecond)
  }

  private static func logBinomial(_ n: Int, _ k: Int) -> Double {
    lgamma(Double(n) + 1) - lgamma(Double(k) + 1) - lgamma(Double(n - k) + 1)
  }
}
