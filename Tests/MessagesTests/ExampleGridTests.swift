import Messages
import Recipe
import Testing

/// Who got which right, and histograms of token times: counts and orders that can be counted by hand.
@Suite("What comparisons hold besides rows")
struct ExampleGridTests {
  private func sample(_ scores: [Double?], index: Int, parsed: Bool = true) -> Comparison.Sample {
    Comparison.Sample(
      prompt: "p\(index)", expected: "e",
      outcomes: scores.map { score in
        score.map {
          ExampleOutcome(
            index: index, prompt: "p\(index)", expected: "e", output: "o", score: $0, parsed: parsed, lenient: $0,
            outputTokens: 1)
        }
      })
  }

  @Test("all, none, differ and alone are counted, and who is right alone")
  func counts() {
    let grid = ExampleGrid([
      sample([1, 1], index: 0), sample([0, 0], index: 1), sample([1, 0], index: 2), sample([0, 1], index: 3),
      sample([0, 1], index: 4), sample([1, nil], index: 5),
    ])
    #expect(grid.agreement == [.all, .none, .differ, .differ, .differ, .alone])
    #expect(grid.rightOfRun == [3, 3])
    // What only one run evaluated is no example that it has right alone.
    #expect(grid.onlyOfRun == [1, 2])
    #expect(grid.words == "1 all right, 1 none, 3 differ, 1 of one run only")
    #expect(!grid.isGraded)
  }

  @Test("examples stand by how many have them right, those of the same runs together, or as in the data")
  func orders() {
    // The answer's samples begin with those that differ: their places in the data are others.
    let grid = ExampleGrid([
      sample([1, 0], index: 7), sample([0, 1], index: 3), sample([1, 0], index: 2), sample([0, 0], index: 1),
      sample([1, 1], index: 5),
    ])
    #expect(grid.examples(.inData) == [3, 2, 1, 4, 0])
    #expect(grid.examples(.byRight) == [4, 2, 0, 1, 3])
    #expect(grid.examples(.byRight, onlyDiffering: true) == [2, 0, 1])
    #expect(grid.examples(.inData, onlyDiffering: true) == [2, 1, 0])
  }

  @Test("a mark says how much of an answer is right, and what could not be read")
  func marks() {
    func mark(_ score: Double, _ parsed: Bool = true) -> ExampleGrid.Mark { .init(score: score, parsed: parsed) }
    #expect(
      [mark(1), mark(0.999_999_9), mark(0.7), mark(0.5), mark(0.1), mark(0)] == [
        .right, .right, .mostly, .half, .little, .wrong,
      ])
    #expect(mark(0, false) == .unread && mark(.nan) == .wrong)
    #expect(ExampleGrid.Mark(nil) == .missing)
    #expect(ExampleGrid([sample([0.5, 1], index: 0)]).isGraded)
    #expect(ExampleGrid([]).count == 0)
  }

  @Test("token times of all members are counted over the same bins, and outliers beside them")
  func tokenTimes() throws {
    let even = (0..<1000).map { 1 + Double($0) / 1000 }
    let times = try #require(TokenTimes([(1, even + [900, .infinity]), (nil, even)], bins: 10))
    #expect(times.low < 1.02 && times.high > 1.98 && times.high < 2.2)
    #expect(times.members.map(\.run) == [1, nil])
    #expect(times.members[0].above >= 1)
    // What is not finite is no time.
    #expect(times.members.map(\.tokens) == [1001, 1000])
    let middle = times.members[1].counts[1..<9]
    #expect(middle.allSatisfy { abs($0 - 100) <= 12 }, "\(middle)")
    #expect(TokenTimes([]) == nil && TokenTimes([(1, [])]) == nil)
    // Equal times have a bin too.
    let equal = try #require(TokenTimes([(1, [2, 2, 2])]))
    #expect(equal.members[0].counts.reduce(0, +) == 3)
  }

  @Test("a pair seen from the other side is the same with its sign turned")
  func pairs() {
    let pair = Comparison.Pair(
      first: 0, second: 2, points: Interval(estimate: 3, low: 1, high: 6), pValue: 0.01, pIsBound: false,
      test: "exact McNemar", verdict: .better, examples: 50)
    var comparison = Comparison(baseline: 1, rows: [], settings: [], samples: [], conclusion: "")
    comparison.pairs = [pair]
    #expect(comparison.pair(2, 0)?.points == Interval(estimate: -3, low: -6, high: -1))
    #expect(comparison.pair(2, 0)?.verdict == .worse)
    #expect(comparison.pair(0, 2) == pair && comparison.pair(0, 1) == nil)
  }
}
