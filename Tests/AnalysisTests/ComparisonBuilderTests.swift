import Analysis
import Messages
import Recipe
import Testing

@Suite struct ComparisonBuilderTests {
  private func entry(
    _ id: RunID, scores: [Double], targets: Targets = .oProj, overhead: Double? = nil, seed: UInt64 = 0,
    prompt: String = "p"
  ) -> ComparisonBuilder.Entry {
    var settings = RunSettings()
    settings.seed = seed
    var run = RunSummary(
      id: id, plan: RunPlan(model: .builtin, data: .task(name: "t"), targets: targets, settings: settings),
      state: .done, created: 0)
    let mean = scores.isEmpty ? 0 : scores.reduce(0, +) / Double(scores.count)
    run.score = ScoreSummary(
      metric: "exact match", score: Interval(estimate: mean, low: 0, high: 1), examples: scores.count,
      parseFailureRate: 0, lenient: mean, meanOutputTokens: 1)
    run.latency = overhead.map {
      LatencySummary(
        p50: 1, p95: 1, baseP50: 1, baseP95: 1, overheadPercent: Interval(estimate: $0, low: $0, high: $0), blocks: 8)
    }
    let examples = scores.enumerated().map {
      ExampleOutcome(
        index: $0.offset, prompt: "\(prompt)\($0.offset)", expected: "e", output: "o", score: $0.element, parsed: true,
        lenient: $0.element, outputTokens: 1)
    }
    return ComparisonBuilder.Entry(run: run, examples: examples)
  }

  private func scores(right: Int, of count: Int) -> [Double] { (0..<count).map { $0 < right ? 1 : 0 } }

  @Test func rightAndWrongIsTestedByMcNemarAndCorrected() throws {
    let comparison = try #require(
      ComparisonBuilder.build(
        [
          entry(1, scores: scores(right: 100, of: 200), overhead: 5),
          entry(2, scores: scores(right: 150, of: 200), targets: .all, overhead: 10),
          entry(3, scores: scores(right: 102, of: 200), targets: .fc1, overhead: 7),
          entry(4, scores: scores(right: 60, of: 200), targets: .fc2, overhead: 9),
        ], baseline: 1))
    #expect(comparison.rows.map(\.verdict) == [.baseline, .better, .cannotTell, .worse])
    #expect(comparison.rows[1].test == "exact McNemar")
    #expect(comparison.rows[1].difference?.estimate == 25)
    #expect(comparison.rows[1].pairedExamples == 200)
    // Two discordant pairs: p = 0.5; Holm leaves the largest of three as it is.
    #expect(comparison.rows[2].pValue == 0.5)
    #expect(comparison.rows.map(\.onFront) == [true, true, true, false])
    #expect(comparison.conclusion.hasPrefix("#2 is better than #1 by 25.0 points (95 % interval +18.9"))
    #expect(comparison.conclusion.contains("n = 200, exact McNemar p < 0.001 after Holm"))
    #expect(comparison.conclusion.contains("#4 is worse than #1 by 20.0 points"))
    #expect(comparison.conclusion.hasSuffix("can't tell #3 from #1 at n = 200."))
  }

  @Test func everyPairIsTestedAndCorrectedOverAllPairs() throws {
    let comparison = try #require(
      ComparisonBuilder.build(
        [
          entry(1, scores: scores(right: 100, of: 200)), entry(2, scores: scores(right: 150, of: 200)),
          entry(3, scores: scores(right: 108, of: 200)), entry(4, scores: scores(right: 9, of: 10), prompt: "q"),
        ], baseline: 1))
    // The fourth shares no example with the others.
    #expect(comparison.pairs.map { [$0.first, $0.second] } == [[0, 1], [0, 2], [1, 2]])
    #expect(comparison.pairs.map(\.verdict) == [.worse, .worse, .better])
    #expect(comparison.pairs.map(\.points.estimate) == [-25, -4, 21])
    #expect(comparison.pairs.map(\.examples) == [200, 200, 200])
    // Eight discordant pairs, 2 · 2⁻⁸, are the largest of three p-values: Holm leaves it as it is.
    #expect(abs(comparison.pairs[1].pValue - 0.007_812_5) < 1e-9)
    #expect(comparison.pair(2, 0)?.verdict == .better && comparison.pair(3, 0) == nil)
  }

  @Test func seedsOfACombinationAreOneMember() throws {
    func comparison(_ rights: [Int]) throws -> Comparison {
      try #require(
        ComparisonBuilder.build(
          [
            entry(1, scores: scores(right: rights[0], of: 100), targets: .all, overhead: 12, seed: 0),
            entry(2, scores: scores(right: rights[1], of: 100), targets: .all, overhead: 10, seed: 1),
            entry(3, scores: scores(right: rights[2], of: 100), targets: .qkv, overhead: 4, seed: 0),
            entry(4, scores: scores(right: rights[3], of: 100), targets: .qkv, seed: 1),
          ], baseline: 4))
    }
    let alike = try comparison([40, 41, 20, 21]).groups
    #expect(alike.map(\.rows) == [[0, 1], [2, 3]])
    #expect(alike.map(\.verdict) == [.better, .baseline])
    #expect(alike.map { $0.score?.estimate } == [0.405, 0.205])
    #expect(alike.map { $0.overheadPercent?.estimate } == [11, 4])
    #expect(alike[0].difference?.estimate == 20 && alike[0].examples == 100)
    // Of two seeds that lie so far apart a third one may say anything.
    let apart = try comparison([40, 60, 20, 24]).groups
    #expect(apart[0].difference?.estimate == 28 && apart[0].verdict == .cannotTell)
    #expect(try #require(apart[0].difference?.low) < 0)
  }

  @Test func oneSeedOfEachCombinationIsNoGroup() throws {
    let comparison = try #require(
      ComparisonBuilder.build(
        [
          entry(1, scores: [1, 0], targets: .all), entry(2, scores: [1, 1], targets: .qkv),
          // The same plan once more: the newer of two runs with one seed counts.
          entry(3, scores: [0, 0], targets: .qkv),
        ], baseline: 1))
    #expect(comparison.groups.isEmpty)
  }

  @Test func gradedScoresAreTestedByTheBootstrap() throws {
    let low = (0..<60).map { Double($0 % 4) / 8 }
    let high = low.map { $0 + 0.25 }
    let comparison = try #require(
      ComparisonBuilder.build([entry(1, scores: low), entry(2, scores: high)], baseline: 1))
    #expect(comparison.rows[1].test == "paired bootstrap")
    #expect(comparison.rows[1].verdict == .better)
    #expect(comparison.rows[1].onFront == nil)
  }

  @Test func theDirectionFollowsTheBaseline() throws {
    let entries = [entry(1, scores: scores(right: 20, of: 90)), entry(2, scores: scores(right: 70, of: 90))]
    #expect(ComparisonBuilder.build(entries, baseline: 1)?.rows[1].verdict == .better)
    #expect(ComparisonBuilder.build(entries, baseline: 2)?.rows[0].verdict == .worse)
    #expect(ComparisonBuilder.build(entries, baseline: 3) == nil)
  }

  @Test func otherExamplesAreNotCompared() throws {
    let comparison = try #require(
      ComparisonBuilder.build(
        [
          entry(1, scores: scores(right: 5, of: 10)), entry(2, scores: scores(right: 9, of: 10), prompt: "q"),
          entry(3, scores: []),
        ], baseline: 1))
    #expect(comparison.rows.map(\.verdict) == [.baseline, .notComparable, .notComparable])
    #expect(comparison.conclusion == "#2 and #3 share no evaluated example with #1.")
    #expect(comparison.samples.count == 20)
    #expect(comparison.samples[0].outcomes.count == 3)
  }

  @Test func nothingIsClaimedFromFewExamples() throws {
    let comparison = try #require(
      ComparisonBuilder.build(
        [entry(1, scores: scores(right: 0, of: 4)), entry(2, scores: scores(right: 4, of: 4))], baseline: 1))
    #expect(comparison.rows[1].verdict == .cannotTell)
    #expect(comparison.conclusion == "Can't tell #2 from #1 at n = 4.")
  }

  @Test func disagreementsComeFirst() throws {
    let comparison = try #require(
      ComparisonBuilder.build([entry(1, scores: [1, 1, 0, 0]), entry(2, scores: [1, 0, 0, 1])], baseline: 1))
    #expect(comparison.samples.map(\.prompt) == ["p1", "p3", "p0", "p2"])
  }

  @Test func settingsTellWhatDiffers() throws {
    let comparison = try #require(
      ComparisonBuilder.build(
        [entry(1, scores: [1]), entry(2, scores: [1], targets: [.qkv, .fc2], seed: 3)], baseline: 1))
    let differing = comparison.settings.filter(\.differs)
    #expect(differing.map(\.name) == ["modules", "seed"])
    #expect(differing.map(\.values) == [["o_proj", "qkv+fc2"], ["0", "3"]])
    #expect(comparison.settings.contains { $0.name == "rank" && $0.values == ["8", "8"] })
  }

  @Test func seedsOfACombinationAreSummedUp() throws {
    let entries = [
      entry(1, scores: scores(right: 40, of: 100), targets: .all, overhead: 12, seed: 1),
      entry(2, scores: scores(right: 60, of: 100), targets: .all, overhead: 10, seed: 0),
      entry(3, scores: scores(right: 20, of: 100), targets: .qkv, overhead: 14, seed: 0),
      entry(4, scores: scores(right: 10, of: 100), targets: .oProj, seed: 0),
    ]
    let summaries = CombinationSummaries.build(
      entries.map { ScoredRun(run: $0.run, examples: $0.examples.map { ExampleScoreRecord($0) }) })
    #expect(summaries.map(\.targets) == [.qkv, .oProj, .all])
    #expect(summaries[2].runs == [2, 1])
    #expect(summaries[2].score?.estimate == 0.5)
    #expect(summaries[2].overheadPercent?.estimate == 11)
    #expect(summaries.map(\.onFront) == [false, nil, true])
    #expect(summaries[1].frontProbability == nil)
    #expect(try #require(summaries[2].frontProbability) == 1)
    // Two seeds that differ by 20 points: the interval holds both.
    let interval = try #require(summaries[2].score)
    #expect(interval.low < 0.4 && interval.high > 0.6)
  }
}
