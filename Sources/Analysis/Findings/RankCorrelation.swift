import Recipe

/// Spearman's rank correlation, with a permutation test.
public enum RankCorrelation {
  public struct Outcome: Hashable, Sendable {
    /// −1 to 1.
    public var rho: Double
    /// Two-sided: the share of permutations at least as far from 0.
    public var pValue: Double
    public var count: Int
  }

  /// Nil with fewer than three pairs, or where one side is constant. Up to eight pairs every permutation is counted;
  /// above that 20 000 seeded ones.
  public static func spearman(_ x: [Double], _ y: [Double]) -> Outcome? {
    guard x.count == y.count, x.count >= 3 else { return nil }
    let a = centredRanks(x)
    let b = centredRanks(y)
    let norm = (dot(a, a) * dot(b, b)).squareRoot()
    guard norm > 0 else { return nil }
    let observed = dot(a, b)
    let threshold = abs(observed) - 1e-9
    var extreme = 0
    var total = 0
    func count(_ order: [Int]) {
      var sum = 0.0
      for index in order.indices { sum += a[index] * b[order[index]] }
      if abs(sum) >= threshold { extreme += 1 }
      total += 1
    }
    if x.count <= 8 {
      forEachPermutation(of: x.count, count)
    } else {
      var generator = SplitMix64(seed: 0, stream: UInt64(x.count))
      for _ in 0..<20_000 { count(generator.permutation(x.count)) }
      // The order that was seen is one of the possible ones.
      extreme += 1
      total += 1
    }
    return Outcome(rho: observed / norm, pValue: Double(extreme) / Double(total), count: x.count)
  }

  /// Ranks from 1, equal values sharing the mean of theirs.
  public static func ranks(_ values: [Double]) -> [Double] {
    values.map { value in
      let below = values.filter { $0 < value }.count
      let equal = values.filter { $0 == value }.count
      return Double(below) + Double(equal + 1) / 2
    }
  }

  private static func centredRanks(_ values: [Double]) -> [Double] {
    ranks(values).map { $0 - Double(values.count + 1) / 2 }
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  /// Heap's algorithm.
  private static func forEachPermutation(of count: Int, _ body: ([Int]) -> Void) {
    var order = Array(0..<count)
    var state = [Int](repeating: 0, count: count)
    body(order)
    var place = 0
    while place < count {
      if state[place] < place {
        order.swapAt(place % 2 == 0 ? 0 : state[place], place)
        body(order)
        state[place] += 1
        place = 0
      } else {
        state[place] = 0
        place += 1
      }
    }
  }
}
