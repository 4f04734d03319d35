import Foundation
import Messages
import Recipe

/// One result minus another over one or more data sets: the mean of the data sets' differences, in points (scores are
/// percent), with what a test says of it where there are results by example.
package struct StudyDifference: Sendable {
  package enum Verdict: String, Codable, Sendable {
    case better, worse
    case cannotTell = "can't tell"
  }

  /// Points: first minus second.
  package var points: Double
  package var interval: Interval?
  /// Nil without results by example.
  package var pValue: Double?
  /// No resample was as extreme as what was seen: the p-value is at most this.
  package var pIsBound = false
  /// `exact McNemar`, `paired bootstrap` (`bootstrap, no seed in common` of means over other seeds), `exact permutation` and `permutation` where examples have groups, or why there is none.
  package var test: String
  /// Paired examples, all data sets together.
  package var pairs: Int
  package var datasets: Int

  static let resamples = 2000

  /// What may be said at the level of `ComparisonBuilder`; where there is no test, at this margin in points.
  package func verdict(margin: Double) -> Verdict {
    if let pValue {
      return pValue >= ComparisonBuilder.level || points == 0 ? .cannotTell : points > 0 ? .better : .worse
    }
    return abs(points) <= margin ? .cannotTell : points > 0 ? .better : .worse
  }

  /// Whether the p-value is a bound; nil without one.
  var bound: Bool? { pValue.map { _ in pIsBound } }

  /// `p = 0.012`, or `p ≤ 0.004`; nil without a test.
  package var probability: String? { pValue.map { "p " + PValueText.relation($0, isBound: pIsBound) } }

  /// The difference of `first` and `second`, pairs of results on the same data sets; nil without any.
  ///
  /// - Parameter spreads: for each pair how much such differences vary over seeds on its data set, in squared points.
  package init?(
    _ pairs: [(first: StudyCell, second: StudyCell)], spreads: [SeedSpread?] = [], seed: UInt64 = 0
  ) {
    guard !pairs.isEmpty else { return nil }
    points = pairs.reduce(0) { $0 + $1.first.mean - $1.second.mean } / Double(pairs.count)
    datasets = pairs.count
    let matrices = pairs.map { Paired($0.first, $0.second) }
    self.pairs = matrices.reduce(0) { $0 + ($1.rows.first?.count ?? 0) }
    guard matrices.allSatisfy({ !$0.rows.isEmpty }) else {
      test =
        pairs.contains { $0.first.outcomes.isEmpty || $0.second.outcomes.isEmpty }
        ? "no results by example: the margin decides" : "no example in common: the margin decides"
      return
    }
    // The paired differences decide the estimate too: a seed that only one of them has says nothing about both.
    points = matrices.reduce(0) { $0 + $1.mean } / Double(matrices.count)
    let mean = points
    let replicates = Self.replicates(matrices, spreads, seed: seed)
    let isPaired = matrices.allSatisfy { $0.unpaired == nil }
    let sorted = replicates.sorted()
    let full = Interval(estimate: points, sorted: sorted)
    interval = Interval(estimate: points, low: max(-100, full.low), high: min(100, full.high))
    if isPaired, matrices.count == 1, matrices[0].rows.count == 1, let grouping = matrices[0].grouping {
      let flipped = SignFlip.test(grouping.sums(matrices[0].rows[0].map { $0 / 100 }), seed: seed)
      (pValue, pIsBound, test) = (flipped.pValue, flipped.isBound, flipped.name)
    } else if isPaired, matrices.count == 1, matrices[0].rows.count == 1, let p = Self.mcNemar(matrices[0].rows[0]) {
      pValue = p
      test = "exact McNemar"
    } else {
      // Means of equal differences must not count as less extreme for a rounding error.
      let extreme = abs(mean) - 1e-9
      let count = replicates.count { abs($0 - mean) >= extreme }
      pValue = Double(count + 1) / Double(replicates.count + 1)
      pIsBound = count == 0
      test = isPaired ? "paired bootstrap" : "bootstrap, no seed in common"
    }
    if let seeds = matrices.lazy.compactMap(\.pairedSeeds).first { test += ", over \(seeds)" }
  }

  /// Resampled means: seeds and groups of examples within each data set by itself; data sets are not resampled, they are the ones that
  /// were asked about.
  private static func replicates(_ matrices: [Paired], _ spreads: [SeedSpread?], seed: UInt64) -> [Double] {
    var sums = [Double](repeating: 0, count: resamples)
    for (place, matrix) in matrices.enumerated() {
      let drawn =
        HierarchicalBootstrap.replicates(
          matrix.rows, matrix.grouping, in: -100...100,
          spread: spreads.indices.contains(place) ? spreads[place] : nil, resamples: resamples,
          seed: seed &+ UInt64(place), own: UInt64(place)) ?? []
      for (index, value) in drawn.enumerated() { sums[index] += value / Double(matrices.count) }
      guard let (mine, theirs) = matrix.unpaired else { continue }
      func ofSeeds(_ means: [Double], like other: [Double], _ own: Int) -> [Double] {
        HierarchicalBootstrap.ofSeeds(means, like: other, resamples: resamples, seed: seed, own: 2 * place + own)
      }
      let (first, second) = (ofSeeds(mine, like: theirs, 0), ofSeeds(theirs, like: mine, 1))
      for index in sums.indices { sums[index] += (first[index] - second[index]) / Double(matrices.count) }
    }
    return sums
  }

  /// Nil unless every difference is that of right and wrong.
  private static func mcNemar(_ differences: [Double]) -> Double? {
    guard differences.allSatisfy({ $0 == 0 || abs($0) == 100 }) else { return nil }
    return McNemar.pValue(
      onlyFirst: differences.filter { $0 == 100 }.count, onlySecond: differences.filter { $0 == -100 }.count)
  }
}

/// The differences of two results example by example, in points.
private struct Paired {
  /// For each seed that both have; one row of means over seeds where they share none. Only examples that all runs of both have answered
  /// count.
  var rows: [[Double]] = []
  /// What the examples of a row are about.
  var grouping: ExampleGrouping?
  /// The means by seed of either where they share no seed and one of them has several: a seed more or less is all that may lie between
  /// them, which pairs would not show.
  var unpaired: (mine: [Double], theirs: [Double])?
  /// `1 of 2 seeds`, where the others have no partner.
  var pairedSeeds: String?

  var mean: Double { rows.reduce(0) { $0 + $1.reduce(0, +) } / Double(rows.count * rows[0].count) }

  private struct Key: Hashable {
    var index: Int
    var digest: UInt64
  }

  init(_ first: StudyCell, _ second: StudyCell) {
    guard !first.outcomes.isEmpty, !second.outcomes.isEmpty else { return }
    let runs = (first.outcomes + second.outcomes).map { outcomes in
      Dictionary(
        outcomes.filter(\.score.isFinite).map { (Key(index: $0.index, digest: $0.digest), 100 * $0.score) },
        uniquingKeysWith: { first, _ in first })
    }
    let shared = runs.dropFirst().reduce(Set(runs[0].keys)) { $0.intersection($1.keys) }
    let keys = shared.sorted { ($0.index, $0.digest) < ($1.index, $1.digest) }
    guard !keys.isEmpty else { return }
    // One of two runs may be of a time before examples had groups.
    var groups: [Key: String] = [:]
    for outcome in [first.outcomes, second.outcomes].compactMap(\.first).joined() {
      if let group = outcome.group { groups[Key(index: outcome.index, digest: outcome.digest)] = group }
    }
    grouping = ExampleGrouping(keys.map { groups[$0] })
    let scores = runs.map { run in keys.map { run[$0] ?? 0 } }
    let mine = Array(scores.prefix(first.outcomes.count))
    let theirs = Array(scores.suffix(second.outcomes.count))
    let common = first.seeds.indices.compactMap { place -> [Double]? in
      guard let other = second.seeds.firstIndex(of: first.seeds[place]), place < mine.count, other < theirs.count
      else { return nil }
      return zip(mine[place], theirs[other]).map { $0 - $1 }
    }
    if !common.isEmpty {
      rows = common
      let most = max(mine.count, theirs.count)
      if common.count < most { pairedSeeds = "\(common.count) of \(most) seeds" }
    } else if second.seeds.isEmpty, theirs.count == 1 {
      // The base has no seed: it is set against each of the other's.
      rows = mine.map { row in zip(row, theirs[0]).map { $0 - $1 } }
    } else {
      rows = [zip(Self.columnMeans(mine), Self.columnMeans(theirs)).map { $0 - $1 }]
      if max(mine.count, theirs.count) > 1 {
        func means(_ rows: [[Double]]) -> [Double] { rows.map { $0.reduce(0, +) / Double(keys.count) } }
        unpaired = (means(mine), means(theirs))
      }
    }
  }

  private static func columnMeans(_ rows: [[Double]]) -> [Double] {
    rows[0].indices.map { column in rows.reduce(0) { $0 + $1[column] } / Double(rows.count) }
  }
}

/// Spearman's rank correlation, with a permutation test.
package enum RankCorrelation {
  package struct Outcome: Hashable, Sendable {
    /// −1 to 1.
    package var rho: Double
    /// Two-sided: the share of permutations at least as far from 0.
    package var pValue: Double
    package var count: Int
  }

  /// Nil with fewer than three pairs, or where one side is constant. Up to eight pairs every permutation is counted;
  /// above that 20 000 seeded ones.
  package static func spearman(_ x: [Double], _ y: [Double]) -> Outcome? {
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
  package static func ranks(_ values: [Double]) -> [Double] {
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
