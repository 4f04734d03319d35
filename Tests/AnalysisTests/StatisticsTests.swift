import Analysis
import Foundation
import Messages
import Testing

/// Reference values are exact: binomial tails and whole enumerations of all resamples in rational arithmetic.
@Suite struct StatisticsTests {
  private func close(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool { abs(a - b) <= tolerance }

  @Test(arguments: [
    (0, 0, 1.0), (1, 0, 1.0), (5, 0, 0.0625), (3, 9, 0.14599609375), (10, 10, 1.0), (21, 5, 0.002493917942047119),
    (130, 171, 0.020980661693762486), (1500, 1600, 0.07537169707532781),
  ])
  func exactMcNemar(first: Int, second: Int, expected: Double) {
    let relative = abs(McNemar.pValue(onlyFirst: first, onlySecond: second) / expected - 1)
    #expect(relative < 1e-9)
    #expect(
      McNemar.pValue(onlyFirst: first, onlySecond: second) == McNemar.pValue(onlyFirst: second, onlySecond: first))
  }

  @Test func mcNemarCountsOnlyDiscordantPairs() {
    let a = [1.0, 1, 1, 1, 1, 0, 0, 1]
    let b = [0.0, 0, 0, 0, 0, 0, 0, 1]
    #expect(McNemar.pValue(a, b) == 0.0625)
  }

  @Test func holm() {
    let adjusted = Holm.adjusted([0.01, 0.04, 0.03, 0.005])
    for (value, expected) in zip(adjusted, [0.03, 0.06, 0.06, 0.02]) { #expect(close(value ?? 9, expected, 1e-12)) }
    #expect(Holm.adjusted([nil, 0.5, nil]) == [nil, 0.5, nil])
    #expect(Holm.adjusted([0.9, 0.8]) == [1, 1])
    // Three results have three pairs, of which the best is in two.
    #expect(Holm.againstBest([0.01, 0.02], results: 3) == [0.03, 0.04])
    #expect(Holm.againstBest([0.01], results: 2) == [0.01] && Holm.againstBest([], results: 1).isEmpty)
    #expect(Holm.adjusted([]) == [])
  }

  @Test func pairedBootstrapAgreesWithAllResamples() throws {
    let first = [0.5, 0.25, 1.0, 0.5, 0.75]
    let second = [0.0, 0.5, 0.0, 0.5, 0.0]
    let outcome = try #require(PairedBootstrap.compare(first, second, resamples: 40_000, seed: 1))
    #expect(close(outcome.difference.estimate, 0.4, 1e-12))
    // Every resample, enumerated, and widened for five values.
    #expect(close(outcome.difference.low, -0.23351, 0.09))
    #expect(close(outcome.difference.high, 1.03351, 0.09))
    #expect(close(outcome.pValue, 0.19008, 0.01))
    let other = try #require(
      PairedBootstrap.compare([0.1, 0.2, 0, 0.3, 0.15, 0.25], [0, 0, 0.4, 0, 0, 0], resamples: 40_000, seed: 2))
    #expect(close(other.difference.low, -0.19931793, 0.015))
    #expect(close(other.difference.high, 0.30353619, 0.015))
    #expect(close(other.pValue, 0.52359825, 0.01))
  }

  @Test func pairedBootstrapIsDeterministicAndKnowsItsLimits() {
    let a = (0..<50).map { Double($0 % 3) / 2 }
    let b = (0..<50).map { Double($0 % 5) / 4 }
    #expect(PairedBootstrap.compare(a, b, seed: 7) == PairedBootstrap.compare(a, b, seed: 7))
    #expect(PairedBootstrap.compare([], []) == nil)
    // No difference at all can never be significant.
    #expect(PairedBootstrap.compare(a, a)?.pValue == 1)
  }

  /// Reference: all resamples of the four examples, widened, each with the Cauchy distribution that t of one degree of freedom is.
  @Test func hierarchicalBootstrapAgreesWithAllResamples() throws {
    let seeds = [[1, 0, 1, 0.5], [0, 0, 1, 1.0]]
    let interval = try #require(HierarchicalBootstrap.mean(seeds, resamples: 40_000, seed: 3))
    #expect(interval.estimate == 0.5625)
    // No mean of shares is below 0 or above 1.
    #expect(interval.low == 0 && interval.high == 1)
    let replicates = try #require(HierarchicalBootstrap.replicates(seeds, resamples: 40_000, seed: 4)).sorted()
    for (place, expected, error) in [
      (1_000, -0.46624, 0.05), (10_000, 0.28805, 0.005), (30_000, 0.84619, 0.005), (39_000, 1.51175, 0.05),
    ] { #expect(close(replicates[place], expected, error), "\(place): \(replicates[place])") }
    #expect(HierarchicalBootstrap.mean([[1], [1, 0]]) == nil)
    #expect(HierarchicalBootstrap.mean([]) == nil)
  }

  @Test func seedsThatDifferWidenTheInterval() throws {
    let agreeing = [[Double]](repeating: [1, 0, 1, 0, 1, 0, 1, 0], count: 3)
    let differing = [[1.0, 1, 1, 1, 1, 1, 1, 0], [0.0, 0, 0, 0, 0, 0, 0, 1], [1, 0, 1, 0, 1, 0, 1, 0]]
    let narrow = try #require(HierarchicalBootstrap.mean(agreeing)).halfWidth
    let wide = try #require(HierarchicalBootstrap.mean(differing)).halfWidth
    #expect(wide > narrow)
  }

  @Test func front() {
    let points: [Front.Point?] = [
      Front.Point(score: 0.5, cost: 5), Front.Point(score: 0.6, cost: 10), Front.Point(score: 0.55, cost: 11),
      Front.Point(score: 0.5, cost: 6), nil, Front.Point(score: .nan, cost: 0), Front.Point(score: 0.5, cost: 5),
    ]
    #expect(Front.members(points) == [true, true, false, false, nil, nil, true])
  }

  @Test func frontProbabilities() {
    let a = [Front.Point(score: 0.5, cost: 5), Front.Point(score: 0.5, cost: 5)]
    let b = [Front.Point(score: 0.6, cost: 4), Front.Point(score: 0.4, cost: 6)]
    #expect(Front.probabilities([a, b, []]) == [0.5, 0.5, nil])
    #expect(Front.probabilities([[], []]) == [nil, nil])
  }
}
