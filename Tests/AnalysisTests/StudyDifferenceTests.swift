import Analysis
import Messages
import Recipe
import Testing

@Suite struct StudyDifferenceTests {
  static func cell(_ targets: Targets, _ seeds: [[Double]], prompt: String = "p") -> StudyCell {
    let scores = seeds.flatMap { $0 }
    var cell = StudyCell(
      targets: targets, mean: 100 * scores.reduce(0, +) / Double(max(1, scores.count)), interval: nil)
    cell.seeds = seeds.indices.map { UInt64($0) }
    cell.runs = seeds.indices.map { RunID($0) + 1 }
    cell.outcomes = seeds.map { row in
      row.enumerated().map {
        ExampleScoreRecord(
          index: $0.offset, prompt: "\(prompt)\($0.offset)", expected: "e", score: $0.element, parsed: true,
          lenient: $0.element)
      }
    }
    return cell
  }

  @Test func oneSeedOfRightAndWrongIsMcNemars() throws {
    let first = Self.cell(.all, [(0..<40).map { $0 < 30 ? 1 : 0 }])
    let second = Self.cell(.oProj, [(0..<40).map { $0 < 20 ? 1 : 0 }])
    let difference = try #require(StudyDifference([(first, second)]))
    #expect(difference.test == "exact McNemar")
    // Ten discordant pairs on one side: 2 · 2⁻¹⁰.
    #expect(abs((difference.pValue ?? 1) - 2.0 / 1024) < 1e-12)
    #expect(abs(difference.points - 25) < 1e-9)
    #expect(difference.pairs == 40)
    #expect(difference.verdict(margin: 1) == .better)
    #expect(StudyDifference([(second, first)])?.verdict(margin: 1) == .worse)
  }

  @Test func severalSeedsAreResampledTogether() throws {
    let first = Self.cell(.all, [[1, 1, 1, 0, 1, 1], [1, 1, 0, 1, 1, 1]])
    let second = Self.cell(.oProj, [[1, 0, 1, 0, 1, 1], [1, 1, 0, 1, 0, 1]])
    let difference = try #require(StudyDifference([(first, second)]))
    #expect(difference.test == "paired bootstrap")
    #expect(abs(difference.points - 100.0 / 6) < 1e-9)
    let interval = try #require(difference.interval)
    #expect(interval.low < 0 && interval.low > -60 && interval.high <= 100)
    #expect(difference.verdict(margin: 1) == .cannotTell)
    // The same draw of seeds and examples gives the same figures.
    #expect(StudyDifference([(first, second)])?.pValue == difference.pValue)
  }

  /// Reference: every resample of five examples, enumerated and widened, each with the Cauchy distribution of two seeds.
  @Test func thePValueAgreesWithAllResamples() throws {
    let first = Self.cell(.all, [[1, 1, 1, 0, 1], [1, 1, 0, 1, 1]])
    let second = Self.cell(.oProj, [[0, 0, 1, 1, 0], [0, 1, 0, 0, 0]])
    let difference = try #require(StudyDifference([(first, second)]))
    #expect(abs(difference.points - 50) < 1e-9)
    #expect(abs((difference.pValue ?? 1) - 0.24957) < 0.025)
    #expect(abs((difference.interval?.low ?? 99) + 85.3) <= 25)
    // 180 without the end that points have.
    #expect(difference.interval?.high == 100)
  }

  /// Two results of different seeds may differ by no more than seeds do, however equal their examples.
  @Test func otherSeedsAreNoPairs() throws {
    func scores(_ right: Int) -> [Double] { (0..<200).map { $0 < right ? 1 : 0 } }
    let first = Self.cell(.all, [scores(116), scores(100)])
    var second = Self.cell(.oProj, [scores(100), scores(89)])
    let paired = try #require(StudyDifference([(first, second)]))
    second.seeds = [2, 3]
    let difference = try #require(StudyDifference([(first, second)]))
    #expect(difference.test == "bootstrap, no seed in common")
    #expect(abs(difference.points - 6.75) < 1e-9 && abs(paired.points - 6.75) < 1e-9)
    // The means of either vary by 8 and 5.5 points: Welch's t of 2.6 is 1.6 with two degrees of freedom.
    #expect((difference.pValue ?? 0) > 0.1)
    #expect(difference.verdict(margin: 1) == .cannotTell)
    // A single seed beside two is expected to vary as they do.
    var single = Self.cell(.oProj, [scores(95)])
    single.seeds = [7]
    let beside = try #require(StudyDifference([(first, single)]))
    #expect((beside.pValue ?? 0) > 0.1 && beside.test == "bootstrap, no seed in common")
  }

  /// Of two seeds one has no partner: it is said how many have.
  @Test func seedsWithoutAPartnerAreSaid() throws {
    let first = Self.cell(.all, [[1, 1, 1, 0], [1, 0, 0, 0]])
    var second = Self.cell(.oProj, [[1, 1, 0, 0], [1, 1, 1, 1]])
    second.seeds = [0, 5]
    let difference = try #require(StudyDifference([(first, second)]))
    #expect(difference.points == 25 && difference.test == "exact McNemar, over 1 of 2 seeds")
  }

  @Test func theBaseIsSetAgainstEverySeed() throws {
    let two = Self.cell(.all, [[1, 1, 0, 0], [1, 1, 1, 1]])
    var base = Self.cell([], [[0, 0, 0, 0]])
    base.seeds = []
    let difference = try #require(StudyDifference([(two, base)]))
    #expect(difference.points == 75)
    #expect(difference.test == "paired bootstrap")
    // Two seeds that differ by 50 points leave more room than four examples of their mean would.
    #expect((difference.interval?.low ?? 99) <= 50)
  }

  @Test func overDataSetsEachCountsAlike() throws {
    let pairs = [
      (Self.cell(.all, [[1, 1, 1, 1]]), Self.cell(.oProj, [[1, 1, 1, 0]])),
      (
        Self.cell(.all, [[Double](repeating: 1, count: 100)], prompt: "q"),
        Self.cell(.oProj, [[Double](repeating: 0.5, count: 100)], prompt: "q")
      ),
    ]
    let difference = try #require(StudyDifference(pairs))
    #expect(abs(difference.points - 37.5) < 1e-9)
    #expect(difference.pairs == 104)
    #expect(difference.datasets == 2)
  }

  @Test func withoutExamplesTheMarginDecides() throws {
    let difference = try #require(
      StudyDifference([(StudyCell(targets: .all, mean: 62), StudyCell(targets: .oProj, mean: 61.2))]))
    #expect(difference.pValue == nil)
    #expect(difference.verdict(margin: 1) == .cannotTell)
    #expect(difference.verdict(margin: 0.5) == .better)
    // Other examples under the same numbers are no pairs.
    let other = try #require(
      StudyDifference([(Self.cell(.all, [[1, 1]]), Self.cell(.oProj, [[0, 0]], prompt: "other"))]))
    #expect(other.pValue == nil)
    #expect(other.test.contains("no example in common"))
    #expect(StudyDifference([]) == nil)
  }

  /// References: scipy.stats.spearmanr, and its permutation_test over all orders.
  @Test(arguments: [
    ([1.0, 2, 3, 4, 5], [2.0, 1, 4, 3, 5], 0.8, 16.0 / 120),
    (
      [72.12, 45.14, 38.9, 16.22, 14.1, 1.68, 1.68], [15.11, 65.13, 3.14, 3.76, 2.27, 22.4, 53.21], -0.0180187,
      0.9880952380952381
    ),
    ([1.0, 2, 3], [3.0, 2, 1], -1.0, 2.0 / 6),
  ])
  func spearman(x: [Double], y: [Double], rho: Double, p: Double) throws {
    let outcome = try #require(RankCorrelation.spearman(x, y))
    #expect(abs(outcome.rho - rho) < 1e-5)
    #expect(abs(outcome.pValue - p) < 1e-9)
    #expect(RankCorrelation.ranks([3, 1, 3, 2]) == [3.5, 1, 3.5, 2])
    #expect(RankCorrelation.spearman([1, 1, 1], [1, 2, 3]) == nil)
    #expect(RankCorrelation.spearman([1, 2], [1, 2]) == nil)
  }
}
