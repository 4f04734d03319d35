import Analysis
import Messages
import Recipe
import Testing

@Suite struct OneMachineTests {
  private func run(
    _ id: RunID, host: String? = nil, machine: String? = nil, overhead: Double = 10, share: Double = 1,
    targets: Targets = .oProj, score: Double = 0.5
  ) -> RunSummary {
    var settings = RunSettings()
    settings.seed = 0
    let plan = RunPlan(model: .builtin, data: .task(name: "cocohd"), targets: targets, settings: settings)
    var run = RunSummary(id: id, plan: plan, state: .done, created: 1)
    run.finished = Double(id)
    run.score = ScoreSummary(
      metric: "exact match", score: Interval(estimate: score, low: score, high: score), examples: 10,
      parseFailureRate: 0, lenient: score, meanOutputTokens: 2)
    var latency = LatencySummary(
      p50: 1, p95: 2, baseP50: 1, baseP95: 1,
      overheadPercent: Interval(estimate: overhead, low: overhead - 1, high: overhead + 1), blocks: 8, coreShare: share)
    (latency.host, latency.machine) = (host, machine)
    run.latency = latency
    return run
  }

  @Test func theMachineWithMostCounts() {
    let one = OneMachine([run(1, host: "alpha", machine: "x"), run(2, machine: "y"), run(3, machine: "y")])
    #expect(one.leftOut == [1] && one.machine == LatencyMachine(host: nil, processor: "y"))
    #expect(one.runs.map { $0.latency != nil } == [false, true, true])
    #expect(one.note == "can't tell the latency of #1 from the others': they were measured on another machine than y")
  }

  @Test func ofEqualsTheNewest() {
    #expect(OneMachine([run(1, machine: "y"), run(2, host: "alpha", machine: "x")]).leftOut == [1])
    #expect(OneMachine([run(1, host: "alpha", machine: "x"), run(2, machine: "y")]).leftOut == [1])
    // Two hosts with the same processor are two machines.
    #expect(OneMachine([run(1, host: "alpha", machine: "x"), run(2, host: "beta", machine: "x")]).leftOut == [1])
  }

  /// Latencies of a busy machine do not outvote a good one.
  @Test func quietOnesCountFirst() {
    let runs = [
      run(1, host: "a", machine: "x", share: 0.5), run(2, host: "a", machine: "x", share: 0.5), run(3, machine: "y"),
    ]
    #expect(OneMachine(runs).leftOut == [1, 2])
  }

  /// What earlier versions stored does not name its machine, and was measured here.
  @Test func earlierVersionsAreOfThisMachine() {
    #expect(OneMachine([run(1), run(2, machine: "y"), run(3)]).leftOut.isEmpty)
    #expect(OneMachine([run(1), run(2, machine: "y"), run(3)]).note == nil)
    #expect(OneMachine([run(1), run(2, host: "alpha", machine: "x"), run(3)]).leftOut == [2])
  }

  /// A front, a mean and a sentence never set one machine's latency against another's.
  @Test func comparisonsGoByMachine() throws {
    let runs = [
      run(1, machine: "y", overhead: 10, score: 0.5), run(2, machine: "y", overhead: 20, targets: .qkv, score: 0.6),
      run(3, host: "alpha", machine: "x", overhead: 1, targets: .fc2, score: 0.9),
    ]
    let entries = runs.map { ComparisonBuilder.Entry(run: $0, examples: []) }
    let comparison = try #require(ComparisonBuilder.build(entries, baseline: 1))
    // With its own latency it would beat both.
    #expect(comparison.rows.map(\.onFront) == [true, true, nil])
    #expect(comparison.conclusion.contains("can't tell the latency of #3 from the others'"))
    let cells = CombinationPlot.cells(runs, like: runs[0])
    let summaries = CombinationPlot.summaries(cells) { _ in nil }
    #expect(summaries.first { $0.runs == [3] }?.costs[.overhead] == nil)
    #expect(summaries.filter { $0.costs[.overhead] != nil }.count == 2)
    let means = RunGroups.summary([
      run(1, machine: "y", overhead: 10), run(2, host: "a", machine: "x", overhead: 90),
      run(3, machine: "y", overhead: 10),
    ])
    #expect(means.overheadPercent?.value == 10)
  }
}
