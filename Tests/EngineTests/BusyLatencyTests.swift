import Analysis
import Engine
import Foundation
import Messages
import Recipe
import RunStore
import Testing

/// A latency that was measured on a busy machine: stored as such, kept out of conclusions, and measured again.
@Suite(.timeLimit(.minutes(10))) struct BusyLatencyTests {
  private func latency(_ overhead: Double, share: Double?) -> LatencySummary {
    LatencySummary(
      p50: 1, p95: 1.2, baseP50: 0.9, baseP95: 1,
      overheadPercent: Interval(estimate: overhead, low: overhead - 1, high: overhead + 1), blocks: 8, coreShare: share)
  }

  private func run(
    _ id: RunID, _ targets: Targets, right: Int, overhead: Double, share: Double?, seed: UInt64 = 0
  ) -> (run: RunSummary, outcomes: [ExampleOutcome]) {
    var settings = RunSettings()
    settings.seed = seed
    var run = RunSummary(
      id: id, plan: RunPlan(model: .builtin, data: .task(name: "medmcqa"), targets: targets, settings: settings),
      state: .done, created: 0)
    run.latency = latency(overhead, share: share)
    run.score = ScoreSummary(
      metric: "accuracy", score: Interval(estimate: Double(right) / 50, low: 0, high: 1), examples: 50,
      parseFailureRate: 0, lenient: 1, meanOutputTokens: 4)
    let outcomes = (0..<50).map {
      ExampleOutcome(
        index: $0, prompt: "p\($0)", expected: "e", output: "o", score: $0 < right ? 1 : 0, parsed: true, lenient: 1,
        outputTokens: 1)
    }
    return (run, outcomes)
  }

  private func content(_ entries: [(run: RunSummary, outcomes: [ExampleOutcome])]) throws -> ReportContent {
    let selection = StudySelection(entries.map(\.run), filter: .init())
    let published = try PublishedStudy.standard()
    let scores = Dictionary(
      uniqueKeysWithValues: entries.map { ($0.run.id, $0.outcomes.map { ExampleScoreRecord($0) }) })
    return ReportContent(
      table: StudyAssembly.table(selection, scores: scores, published: published), selection: selection,
      published: published, options: RecommendationOptions())
  }

  @Test func itDecidesNothing() throws {
    // fc1 would beat everything if its spoilt latency counted.
    let busy = run(3, .fc1, right: 49, overhead: 1, share: 0.5)
    let entries = [
      run(1, .oProj, right: 30, overhead: 4, share: 0.99), run(2, .all, right: 48, overhead: 28, share: nil), busy,
    ]
    let content = try content(entries)
    let cells = content.table.datasets[0].cells
    let cell = try #require(cells.first { $0.targets == .fc1 })
    #expect(cell.overheadPercent == nil && cell.p50 == nil && cell.onFront == nil && cell.frontProbability == nil)
    #expect(cell.busyOverheadPercent?.estimate == 1)
    #expect(cells.filter { $0.targets != .fc1 }.allSatisfy { $0.onFront == true })
    #expect(content.table.costs[.fc1] == nil && content.table.costs[.all]?.value == 28)
    #expect(content.advice[0].targets == .all && content.advice[1].targets == .oProj)
    #expect(content.advice[0].missing.contains { $0.contains("fc1") && $0.contains("busy machine") })
    #expect(content.tradeoffs.filter { $0.targets == .fc1 }.allSatisfy { $0.verdict == .measuredBusy })
    let markdown = MarkdownReport.text(content)
    #expect(markdown.contains("~+1.0 ± 1.0 !"))
    #expect(markdown.contains("busy: 50 % taken"))
    let table = CSVReport.runs(content).split(separator: "\r\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    let column = try #require(table[0].firstIndex(of: "tpot_core_share"))
    #expect(table.dropFirst().map { $0[column] } == ["0.99", "", "0.5"])
    #expect(try JSONReport(content).text().contains("\"busy_tpot_over_base_percent\""))
  }

  @Test func aQuietSeedCountsForItsCombination() throws {
    let content = try content([
      run(1, .oProj, right: 30, overhead: 4, share: 0.99), run(2, .oProj, right: 30, overhead: 40, share: 0.4, seed: 1),
      run(3, .all, right: 48, overhead: 28, share: 0.97),
    ])
    let cell = try #require(content.table.datasets[0].cell(.oProj))
    #expect(cell.overheadPercent?.estimate == 4 && cell.busyOverheadPercent == nil && cell.seeds.count == 2)
  }

  @Test func compareCannotTell() throws {
    let entries = [
      run(1, .oProj, right: 30, overhead: 4, share: 0.99), run(2, .all, right: 48, overhead: 1, share: 0.49),
    ].map { ComparisonBuilder.Entry(run: $0.run, examples: $0.outcomes) }
    let comparison = try #require(ComparisonBuilder.build(entries, baseline: 1))
    #expect(comparison.rows.map(\.onFront) == [true, nil])
    // What the test says of scores does not depend on the machine.
    #expect(comparison.rows[1].verdict == .better)
    #expect(comparison.conclusion.contains("can't tell the latency of #2: measured on a busy machine"))
    #expect(comparison.conclusion.contains("51 %"))
    #expect(comparison.settings.first { $0.name == "core share of TPOT" }?.values == ["99.00 %", "49.00 %"])
  }

  @Test func aBetterMeasurementIsKept() {
    let cases: [(new: Double?, old: Double?, replaces: Bool)] = [
      (0.99, 0.5, true), (0.99, 0.98, true), (0.99, nil, true), (0.5, nil, false), (0.5, 0.99, false),
      (0.5, 0.4, true), (0.4, 0.5, false), (nil, 0.99, true),
    ]
    for one in cases {
      #expect(latency(1, share: one.new).mayReplace(latency(2, share: one.old)) == one.replaces, "\(one)")
    }
    #expect(latency(1, share: 0.1).mayReplace(nil))
  }

  @Test func whatEarlierVersionsStoredIsNotKnown() throws {
    let text =
      #"{"p50":1,"p95":2,"baseP50":1,"baseP95":2,"blocks":8,"overheadPercent":{"estimate":1,"low":0,"high":2}}"#
    let old = try JSONDecoder().decode(LatencySummary.self, from: Data(text.utf8))
    #expect(old.coreShare == nil && !old.isBusy)
  }

  /// Measured again, a run keeps its state and everything else; what is stored is there for the next start.
  @Test func aFinishedRunIsMeasuredAgain() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    let id = await bus.accepted(.queue(study.plan()))[0]
    let before = try await bus.run(id, in: .done)
    let share = try #require(before.latency?.coreShare)
    #expect(share > 0 && share <= 1)
    // As a busy machine leaves it, so that any measurement is better.
    var spoilt = try #require(before.latency)
    spoilt.coreShare = 0.01
    spoilt.p50 = 1e6
    bus.post(.latencyMeasured(spoilt), run: id)
    await bus.flush()
    #expect(await bus.accepted(.measureLatency([id])) == [id])
    let snapshot = try await bus.first { $0.run(id)?.remeasuring == nil && $0.run(id)?.latency?.p50 != 1e6 }
    let after = try #require(snapshot.run(id))
    #expect(after.state == .done && after.finished == before.finished && after.remeasuringProblem == nil)
    #expect(after.score == before.score && after.adapterPath == before.adapterPath)
    #expect(after.losses.values(0..<12) == before.losses.values(0..<12))
    guard case .latencyBlocks(let blocks) = await bus.ask(.latencyBlocks(id)) else {
      Issue.record("no blocks")
      return
    }
    #expect(blocks.count == after.latency?.blocks)
    // It can be deleted, and what cannot be measured says so.
    let waiting = await bus.send(.measureLatency([id + 1]))
    guard case .refused = waiting else {
      Issue.record("a run that is not there was measured")
      return
    }
    try FileManager.default.removeItem(atPath: #require(after.adapterPath))
    guard case .refused(let refusal) = await bus.send(.measureLatency([id])) else {
      Issue.record("a run without its adapter was measured")
      return
    }
    #expect(refusal.line.contains("no adapter"))
    await engine.shutdown(.save)
    let store = try RunStore(at: study.store, mode: .reading)
    #expect(try await store.run(id)?.latency == after.latency)
  }
}
