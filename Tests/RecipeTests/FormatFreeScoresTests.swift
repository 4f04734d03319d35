import Foundation
import Recipe
import Testing

@Suite struct FormatFreeScoresTests {
  private let interval = Interval(estimate: 0.4123, low: 0.35, high: 0.47)

  private func summary(_ scores: FormatFreeScores?) -> ScoreSummary {
    ScoreSummary(
      metric: "exact match", score: Interval(estimate: 0, low: 0, high: 0), examples: 500, parseFailureRate: 1,
      lenient: 0, meanOutputTokens: 3, formatFree: scores)
  }

  @Test func oneLineSaysWhatThereIs() {
    var scores = FormatFreeScores(
      fewShot: .init(score: interval, parseFailureRate: 0.1, shots: 4, promptsWithFewer: 0, examples: 200),
      likelihood: .init(plain: interval, perByte: interval, options: 4, examples: 500),
      chance: .init(score: 0.25, kind: .options))
    #expect(summary(scores).baseLine() == "base 0.0 · few-shot 41.2 · likelihood 41.2 · chance 25.0")
    scores.fewShot = nil
    scores.chance = .init(score: 0.5, kind: .constant)
    #expect(summary(scores).baseLine(separator: ", ") == "base 0.0, likelihood 41.2, one answer for all 50.0")
    #expect(summary(FormatFreeScores()).baseLine() == nil && summary(nil).baseLine() == nil)
  }

  @Test func whatEarlierVersionsStoredIsRead() throws {
    var with = summary(FormatFreeScores(chance: .init(score: 0.3, kind: .majority)))
    with.score = interval
    let coder = JSONEncoder()
    #expect(try JSONDecoder().decode(ScoreSummary.self, from: coder.encode(with)) == with)
    var without = summary(nil)
    without.score = interval
    let before = try coder.encode(without)
    #expect(!String(decoding: before, as: UTF8.self).contains("formatFree"))
    #expect(try JSONDecoder().decode(ScoreSummary.self, from: before) == without)
    // A score of none had an interval of no width.
    let flat = try JSONDecoder().decode(ScoreSummary.self, from: coder.encode(summary(nil)))
    #expect(flat.score.low == 0 && flat.score.high > 0 && flat.score.high < 0.01)
  }
}
