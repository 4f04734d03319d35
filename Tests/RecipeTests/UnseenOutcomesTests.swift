import Foundation
import Recipe
import Testing

/// Intervals of values that all came out alike.
@Suite struct UnseenOutcomesTests {
  /// The upper ends are R's `binom.test(0, n)`.
  @Test(arguments: [(1, 0.975), (5, 0.521824), (12, 0.264648), (100, 0.036217)])
  func noneAndAllAreClopperAndPearsons(count: Int, bound: Double) throws {
    let none = try #require(UnseenOutcomes(0, in: 0...1, count: count)).interval()
    #expect(none.estimate == 0 && none.low == 0 && abs(none.high - bound) < 1e-6)
    let all = try #require(UnseenOutcomes(1, in: 0...1, count: count)).interval()
    #expect(all.estimate == 1 && all.high == 1 && abs(all.low - (1 - bound)) < 1e-6)
    let points = try #require(UnseenOutcomes(99.999_999_999, in: 0...100, count: count)).interval()
    #expect(points.high == 100 && abs(points.low - 100 * (1 - bound)) < 1e-4)
  }

  /// None of 12 pairs differs: 1 − 0.05^(1/12) of further ones may, all in one direction.
  @Test func valuesWithinTheRangeHaveTwoSides() throws {
    let same = try #require(UnseenOutcomes(0, in: -1...1, count: 12)).interval()
    #expect(abs(same.high - 0.220922) < 1e-6 && abs(same.low + same.high) < 1e-12 && same.estimate == 0)
    let part = try #require(UnseenOutcomes(0.25, in: 0...1, count: 12)).interval()
    #expect(abs(part.low - (0.25 - 0.25 * 0.220922)) < 1e-6 && abs(part.high - (0.25 + 0.75 * 0.220922)) < 1e-6)
  }

  @Test func whatCannotBeBoundedIsNot() {
    #expect(UnseenOutcomes(3, in: 0...1, count: 12) == nil)
    #expect(UnseenOutcomes(0, in: 0...1, count: 0) == nil)
    #expect(UnseenOutcomes(.nan, in: 0...1, count: 2) == nil)
    #expect(UnseenOutcomes.share(0) == 1)
  }

  /// As many as resamples, with the interval's percentiles; those of another result move by themselves.
  @Test func drawsHaveTheInterval() throws {
    for (value, range) in [(0.0, 0.0...1.0), (1, 0...1), (0.5, 0...1), (0, -1...1)] {
      let unseen = try #require(UnseenOutcomes(value, in: range, count: 12))
      let exact = unseen.interval()
      let draws = unseen.draws(2000, own: 7)
      let drawn = Interval(estimate: value, sorted: draws.sorted())
      #expect(abs(drawn.low - exact.low) < 0.002 && abs(drawn.high - exact.high) < 0.002)
      #expect(drawn.low <= value && value <= drawn.high)
      #expect(draws == unseen.draws(2000, own: 7) && draws != unseen.draws(2000, own: 8))
    }
  }

  /// Three things, each asked about four times, count as three, and so do groups that are alike though their examples are not.
  @Test func groupsCountAsOne() throws {
    let grouping = ExampleGrouping((0..<12).map { "g\($0 % 3)" })
    for scores in [[Double](repeating: 0, count: 12), (0..<12).map { $0 < 6 ? 1.0 : 0 }] {
      let unseen = try #require(GroupResampling(scores, grouping, in: 0...1).unseen)
      #expect(unseen.count == 3)
    }
    #expect(GroupResampling([0, 0, 1], nil, in: 0...1).unseen == nil)
    #expect(GroupResampling([2, 2, 2], nil, in: 0...1).unseen == nil)
    #expect(GroupResampling([0, 0, 0], nil).unseen == nil)
  }

  @Test func intervalsAreWrittenAsTheyLie() {
    let (both, none) = (Interval(estimate: 0.696, low: 0.68, high: 0.717), Interval(estimate: 0, low: 0, high: 0.2646))
    let (all, lone) = (Interval(estimate: 1, low: 0.735, high: 1), Interval(estimate: 0.5, low: 0.5, high: 0.5))
    #expect([both, none, all, lone].map(\.sides) == [.both, .above, .below, .neither])
    #expect(
      [both, none, all, lone].map { $0.text(scale: 100) } == ["69.6 ± 2.1", "0.0 (≤ 26.5)", "100.0 (≥ 73.5)", "50.0"])
    #expect([both, none].map { $0.text(scale: 100, .table) } == ["69.6 ±2.1", "0.0 (≤26.5)"])
    #expect(Interval(estimate: 7.1, low: 6.3, high: 7.9).text(signed: true) == "+7.1 ± 0.8")
  }

  /// Stores of earlier versions hold scores of none or all without a width.
  @Test func whatWasStoredIsOpened() throws {
    func decoded(_ groups: ExampleGroups?, _ score: Interval) throws -> ScoreSummary {
      var summary = ScoreSummary(
        metric: "m", score: score, examples: 12, parseFailureRate: 0.5, lenient: 0.25, meanOutputTokens: 3,
        cutAnswers: 2, failedAnswers: 1, groups: groups)
      summary.formatFree = FormatFreeScores(
        fewShot: .init(score: score, parseFailureRate: 0, shots: 4, promptsWithFewer: 0, examples: 5))
      let read = try JSONDecoder().decode(ScoreSummary.self, from: JSONEncoder().encode(summary))
      summary.score = read.score
      summary.formatFree = read.formatFree
      #expect(read == summary)
      return read
    }
    let none = Interval(estimate: 0, low: 0, high: 0)
    let read = try decoded(nil, none)
    #expect(abs(read.score.high - 0.264648) < 1e-6)
    #expect(abs(try #require(read.formatFree?.fewShot).score.high - 0.521824) < 1e-6)
    #expect(abs(try decoded(ExampleGroups(count: 5, noun: "chairs"), none).score.high - 0.521824) < 1e-6)
    let wide = Interval(estimate: 0.5, low: 0.2, high: 0.8)
    #expect(try decoded(nil, wide).score == wide)
  }
}
