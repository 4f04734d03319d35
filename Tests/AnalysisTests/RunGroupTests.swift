import Analysis
import Messages
import Recipe
import Testing

/// What groups of runs say together.
@Suite struct RunGroupTests {
  private func run(
    _ id: RunID, _ targets: Targets, seed: UInt64, score: Double?, overhead: Double? = nil, state: RunState = .done,
    busy: Bool = false, rank: Int = 8
  ) -> RunSummary {
    var settings = RunSettings()
    (settings.seed, settings.rank) = (seed, rank)
    let plan = RunPlan(model: .builtin, data: .task(name: "sums"), targets: targets, settings: settings)
    var run = RunSummary(id: id, plan: plan, state: state, created: 1)
    run.score = score.map {
      ScoreSummary(
        metric: "accuracy", score: Interval(estimate: $0, low: $0, high: $0), examples: 10, parseFailureRate: 0,
        lenient: $0,
        meanOutputTokens: 1)
    }
    run.latency = overhead.map {
      LatencySummary(
        p50: 1, p95: 1, baseP50: 1, baseP95: 1, overheadPercent: Interval(estimate: $0, low: $0, high: $0), blocks: 12)
    }
    if busy { run.latency?.coreShare = 0.5 }
    return run
  }

  /// Three seeds of one setup: Student's t with two degrees of freedom is 4.302653 at 97.5 %.
  @Test func oneSetup() throws {
    let runs = [(0, 0.60), (1, 0.66), (2, 0.63)].map { run(RunID($0.0), .oProj, seed: UInt64($0.0), score: $0.1) }
    let summary = RunGroups.summary(runs)
    #expect(summary.runs == 3 && summary.scored == 3 && summary.setups == 1 && summary.overheadPercent == nil)
    let score = try #require(summary.score)
    #expect(abs(score.value - 0.63) < 1e-12 && score.seeds == 3 && score.setups == 1)
    let half = 4.302652729911275 * 0.03 / 3.0.squareRoot()
    #expect(abs(try #require(score.interval).high - (0.63 + half)) < 1e-9)
    #expect(abs(try #require(score.interval).low - (0.63 - half)) < 1e-9)
  }

  /// A seed that has only the easy setup would lift the mean: what not every seed has is left out.
  @Test func onlyWhatEverySeedHasCounts() throws {
    let runs = [
      run(1, .oProj, seed: 0, score: 0.9), run(2, .oProj, seed: 1, score: 0.8), run(3, .fc1, seed: 0, score: 0.1),
      run(4, .qkv, seed: 0, score: 0.5), run(5, .qkv, seed: 1, score: 0.6),
    ]
    let summary = RunGroups.summary(runs)
    let score = try #require(summary.score)
    #expect(summary.setups == 3 && score.setups == 2 && score.seeds == 2)
    #expect(abs(score.value - 0.7) < 1e-12)
    // Both seeds have the mean 0.7.
    #expect(abs(try #require(score.interval).halfWidth) < 1e-12)
    // Settings make a setup of their own.
    let other = RunGroups.summary([run(1, .oProj, seed: 0, score: 0.9), run(2, .oProj, seed: 1, score: 0.8, rank: 16)])
    #expect(other.setups == 2 && other.score == nil)
  }

  @Test func whatIsNoResultIsLeftOut() {
    let runs = [
      run(1, .oProj, seed: 0, score: 0.5, overhead: 4), run(2, .oProj, seed: 1, score: nil, overhead: 40, busy: true),
      run(3, .oProj, seed: 2, score: 0.9, overhead: 90, state: .stopped), run(4, [], seed: 0, score: 0.1),
      run(5, .oProj, seed: 3, score: nil, state: .waiting),
    ]
    let summary = RunGroups.summary(runs)
    #expect(summary.runs == 5 && summary.scored == 1)
    #expect(summary.score == RunGroupSummary.Mean(value: 0.5, interval: nil, seeds: 1, setups: 1))
    #expect(summary.overheadPercent == RunGroupSummary.Mean(value: 4, interval: nil, seeds: 1, setups: 1))
    #expect(RunGroups.summary([]) == RunGroupSummary(runs: 0, scored: 0, setups: 0, score: nil, overheadPercent: nil))
  }

  /// A share stays between 0 and 1.
  @Test func sharesStayShares() throws {
    let score = try #require(
      RunGroups.summary([run(1, .oProj, seed: 0, score: 1), run(2, .oProj, seed: 1, score: 0.9)]).score?.interval)
    #expect(score.high == 1 && score.low >= 0)
  }
}
