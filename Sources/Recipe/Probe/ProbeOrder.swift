/// Sets of modules by their energy, the highest first, with what can be said of each place.
public struct ProbeOrder: Hashable, Codable, Sendable {
  /// One set in its place.
  public struct Entry: Hashable, Codable, Sendable {
    public var targets: Targets
    public var energy: ProbeResult.Spread
    /// Predicted, in percent over the base's TPOT; nil where TPOT was not measured.
    public var overheadPercent: Interval?
    /// How often, 0 to 1, this set's energy is the higher one of it and the next one's, over draws of batches and starts; nil for the last,
    /// and where nothing is told.
    public var beforeNext: Double?
    /// Sets that cannot be told from this one by these batches and starts.
    public var notTold: [Targets]
  }

  public var entries: [Entry]
  /// `[i][j]` how often, 0 to 1, the set in place i has more energy than the one in place j; ½ where they are equal. Empty where there is
  /// only one batch or one start: every draw would be the same, and tell every pair.
  public var probabilities: [[Double]]

  /// A pair is told where one is first in this share of the draws.
  public static let level = 0.95

  /// - Parameters:
  ///   - sets: nil for all combinations of the base's module groups.
  ///   - draws: of the bootstrap: batches and starts are drawn anew, independently of each other, with replacement, so that what one
  ///     batch or one start does to all modules stays together.
  public init(_ probe: ProbeResult, of sets: [Targets]? = nil, draws: Int = 2000) {
    let ranked = (sets ?? probe.linears.combinations).map { ($0, probe.spread(of: $0)) }.sorted {
      $0.1.mean > $1.1.mean
    }
    let tables = ranked.map { probe.energies(of: $0.0) }
    let count = tables.count
    let isTold = probe.loneMeasurement == nil
    var wins = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    var generator = SplitMix64(seed: probe.seed, stream: 0x9B0BE)
    for _ in 0..<(isTold ? draws : 0) {
      let batches = Self.draw(probe.batches, &generator)
      let starts = Self.draw(probe.starts, &generator)
      let sums = tables.map { table in
        batches.reduce(0.0) { sum, batch in starts.reduce(sum) { $0 + table[batch][$1] } }
      }
      for i in 0..<count {
        for j in 0..<count { wins[i][j] += sums[i] > sums[j] ? 1 : sums[i] == sums[j] ? 0.5 : 0 }
      }
    }
    let probabilities = isTold ? wins.map { $0.map { $0 / Double(max(1, draws)) } } : []
    self.probabilities = probabilities
    entries = ranked.enumerated().map { place, item in
      let notTold = (0..<count).filter { other in
        other != place
          && (!isTold || max(probabilities[place][other], probabilities[other][place]) < Self.level)
      }
      return Entry(
        targets: item.0, energy: item.1, overheadPercent: probe.overhead(of: item.0),
        beforeNext: isTold && place + 1 < count ? probabilities[place][place + 1] : nil,
        notTold: notTold.map { ranked[$0].0 })
    }
  }

  /// How often each of so many is drawn: its places, with repeats.
  private static func draw(_ count: Int, _ generator: inout SplitMix64) -> [Int] {
    (0..<count).map { _ in generator.below(max(1, count)) }
  }

  /// Pairs, in the order of the list, that cannot be told.
  public var undecided: [(Targets, Targets)] {
    entries.indices.flatMap { first in
      (first + 1..<entries.count).filter { entries[first].notTold.contains(entries[$0].targets) }
        .map { (entries[first].targets, entries[$0].targets) }
    }
  }
}
