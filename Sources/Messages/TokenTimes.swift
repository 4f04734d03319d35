/// How long single tokens took to decode, of several runs and of their base: histograms over the same bins.
public struct TokenTimes: Hashable, Sendable {
  public struct Member: Hashable, Sendable {
    /// Nil for the base without an adapter.
    public var run: RunID?
    /// Tokens in each bin.
    public var counts: [Int]
    /// Tokens that took less or more than all bins hold.
    public var below: Int
    public var above: Int

    public var tokens: Int { counts.reduce(below + above, +) }
  }

  /// Milliseconds: where the first bin begins and the last one ends.
  public let low: Double
  public let high: Double
  /// Those of whom times are stored, in the order given.
  public let members: [Member]

  /// Fine enough for any screen; a pane adds neighbours up.
  public static let bins = 240

  /// The bins reach from the fastest two hundredths of any member to the slowest: single tokens that waited for another program lie far
  /// outside, and are counted there.
  ///
  /// - Parameter times: milliseconds by member; what is not finite or below zero is left out.
  /// - Returns: nil without any time.
  public init?(_ times: [(run: RunID?, milliseconds: [Double])], bins: Int = bins) {
    let sorted = times.map { ($0.run, $0.milliseconds.filter { $0.isFinite && $0 >= 0 }.sorted()) }
      .filter { !$0.1.isEmpty }
    guard bins > 0, !sorted.isEmpty else { return nil }
    func at(_ values: [Double], _ share: Double) -> Double { values[Int(share * Double(values.count - 1))] }
    var low = sorted.map { at($0.1, 0.02) }.min() ?? 0
    var high = sorted.map { at($0.1, 0.98) }.max() ?? 0
    let margin = max((high - low) * 0.05, high * 1e-3, 1e-9)
    (low, high) = (max(0, low - margin), high + margin)
    self.low = low
    self.high = high
    members = sorted.map { run, values in
      var member = Member(run: run, counts: [Int](repeating: 0, count: bins), below: 0, above: 0)
      for value in values {
        if value < low {
          member.below += 1
        } else if value >= high {
          member.above += 1
        } else {
          member.counts[min(bins - 1, Int((value - low) / (high - low) * Double(bins)))] += 1
        }
      }
      return member
    }
  }
}
