import Analysis
import Messages
import Recipe
import Testing

/// What is concluded from scores that are all alike: the bootstrap of equal values has no width, and proves what nobody knows.
@Suite struct EqualScoresTests {
  private static let bound = 0.264648  // 1 − 0.025^(1/12)
  private static let twoSided = 0.220922  // 1 − 0.05^(1/12)

  @Test func pairsThatDoNotDifferBoundTheDifference() throws {
    let zeros = [Double](repeating: 0, count: 12)
    let same = try #require(PairedBootstrap.compare(zeros, zeros))
    #expect(same.difference.estimate == 0 && same.pValue == 1)
    #expect(abs(same.difference.high - Self.twoSided) < 1e-6 && abs(same.difference.low + Self.twoSided) < 1e-6)
  }

  /// The centred resamples of one pair are all 0: the least p-value that there is, of a single example.
  @Test func onePairProvesNothing() throws {
    let one = try #require(PairedBootstrap.compare([0.7], [0.4]))
    #expect(one.pValue > 0.5 && one.difference.low < 0 && one.difference.high > 0)
    // Twelve that agree do.
    let dozen = try #require(
      PairedBootstrap.compare([Double](repeating: 1, count: 12), [Double](repeating: 0, count: 12)))
    #expect(
      dozen.pValue < 0.001 && dozen.difference.high == 1 && abs(dozen.difference.low - (1 - 2 * Self.bound)) < 1e-6)
  }

  @Test func seedsDoNotAddExamples() throws {
    let seeds = [[Double]](repeating: [Double](repeating: 0, count: 12), count: 3)
    let interval = try #require(HierarchicalBootstrap.mean(seeds))
    #expect(interval.low == 0 && abs(interval.high - Self.bound) < 0.001)
    // How much seeds differ elsewhere comes on top.
    let spread = try #require(SeedSpread(means: [[0.5, 0.9], [0.2, 0.6], [0.4, 0.9], [0.1, 0.3]]))
    #expect(try #require(HierarchicalBootstrap.mean(seeds, spread: spread)).high > interval.high + 0.05)
  }

  @Test func aStudyBoundsWhatDoesNotDiffer() throws {
    let zeros = [Double](repeating: 0, count: 12)
    let cells = [Targets.all, .oProj].map { StudyDifferenceTests.cell($0, [zeros, zeros]) }
    let difference = try #require(StudyDifference([(cells[0], cells[1])]))
    let interval = try #require(difference.interval)
    #expect(difference.points == 0 && difference.verdict(margin: 1) == .cannotTell)
    #expect(abs(interval.high - 100 * Self.twoSided) < 0.2 && abs(interval.low + interval.high) < 0.2)
  }

  /// Of two combinations that got everything right the dearer may be the better one.
  @Test func whoGotAllRightMayBeOnTheFront() throws {
    func run(_ id: RunID, _ targets: Targets, overhead: Double) -> ScoredRun {
      var run = RunSummary(
        id: id, plan: RunPlan(model: .builtin, data: .task(name: "t"), targets: targets, settings: RunSettings()),
        state: .done, created: 0)
      run.latency = LatencySummary(
        p50: 1, p95: 1, baseP50: 1, baseP95: 1,
        overheadPercent: Interval(estimate: overhead, low: overhead - 0.5, high: overhead + 0.5), blocks: 8,
        coreShare: 0.99)
      return ScoredRun(
        run: run,
        examples: (0..<12).map {
          ExampleScoreRecord(index: $0, prompt: "p\($0)", expected: "e", score: 1, parsed: true, lenient: 1)
        })
    }
    let summaries = CombinationSummaries.build([run(1, .oProj, overhead: 2), run(2, .all, overhead: 9)])
    #expect(summaries.map(\.targets) == [.oProj, .all] && summaries.map(\.onFront) == [true, false])
    let score = try #require(summaries[1].score)
    #expect(score.high == 1 && score.sides == .below && abs(score.low - (1 - Self.bound)) < 0.001)
    let probability = try #require(summaries[1].frontProbability)
    #expect(probability > 0.4 && probability < 0.6)
  }

  @Test func aSearchDoesNotCallThemEqual() throws {
    let zeros = [Double](repeating: 0, count: 12)
    let difference = try #require(SeedsAndExamples([zeros, zeros, zeros], isDifference: true))
    #expect(difference.interval().high > 100 * Self.twoSided && difference.pValue == 1)
    let score = try #require(SeedsAndExamples([zeros], isDifference: false)).interval()
    #expect(score.low == 0 && score.sides == .above && score.high > 100 * Self.bound)
    // Many examples leave little open.
    let many = try #require(SeedsAndExamples([[Double](repeating: 0, count: 2000)], isDifference: false))
    #expect(many.exampleError < 0.2)
  }

  /// A group of runs whose seeds came out alike has what the runs' own intervals say.
  @Test func seedsThatCameOutAlikeHaveTheRunsIntervals() throws {
    let runs = (0..<3).map { seed in
      var settings = RunSettings()
      settings.seed = UInt64(seed)
      var run = RunSummary(
        id: RunID(seed + 1),
        plan: RunPlan(model: .builtin, data: .task(name: "t"), targets: .oProj, settings: settings), state: .done,
        created: 0)
      run.score = ScoreSummary(
        metric: "m", score: Interval(estimate: 0, low: 0, high: Self.bound), examples: 12, parseFailureRate: 0,
        lenient: 0, meanOutputTokens: 1)
      return run
    }
    let interval = try #require(RunGroups.summary(runs).score?.interval)
    #expect(interval.low == 0 && interval.sides == .above && abs(interval.high - Self.bound) < 1e-9)
  }
}
