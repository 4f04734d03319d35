import Dashboard
import Messages
import Recipe
import Terminal
import Testing

/// Fleets of adapters and adapters that were made smaller, on the screen.
@Suite("Fleets and pruned adapters on the screen")
struct FleetScreenTests {
  private func fleet(_ targets: Targets, _ percent: Double, run: RunID? = nil, sequences: Int = 8) -> FleetMeasurement {
    let parameters = TestData.model.adapterParameters(targets, rank: 8)
    return FleetMeasurement(
      key: FleetMeasurement.Key(
        run: run, baseFingerprint: "test", targets: targets, parameters: parameters, useDoRA: false,
        sequences: sequences, mix: .distinct, machine: "here", threads: 2),
      latency: FleetLatency(
        sequences: sequences, mix: .distinct, different: sequences, p50: 20, p95: 21, baseP50: 19, baseP95: 20,
        overheadPercent: Interval(estimate: percent, low: percent - 0.4, high: percent + 0.4),
        bytes: FleetBytes(base: 700_000_000, caches: 1_000_000, adapter: 4 * parameters), adapterMemoryBytes: 9,
        blocks: 8, coreShare: 1), model: "test-360M", time: 1)
  }

  private func state(_ fleets: [FleetMeasurement], columns: Int = 160, snapshot: Snapshot = TestData.snapshot) throws
    -> DashboardState
  {
    var state = TestData.state(columns: columns, rows: 48, snapshot: snapshot)
    let request = try #require(state.fleets.key)
    Driver.apply(.reply(.fleets(request), .fleets(fleets)), to: &state)
    return state
  }

  private func text(_ state: DashboardState) -> String { Render.screen(state).text.joined(separator: "\n") }

  @Test("what was measured stands with its interval, what follows from it is marked as predicted")
  func overheads() throws {
    let state = try state([fleet(.oProj, 7.1)])
    let facts = try #require(state.fleets.value)
    let oProj = try #require(state.snapshot.runs.first { $0.plan.targets == .oProj })
    let other = try #require(state.snapshot.run(12))
    let own = try #require(facts.overhead(oProj))
    #expect(own.percent == 7.1 && !own.isPredicted)
    let predicted = try #require(facts.overhead(other))
    #expect(predicted.isPredicted && predicted.interval == nil && predicted.prediction != nil)
    #expect(Figure.fleet(own, glyphs: state.glyphs).text == "+7.1±0.4")
    #expect(Figure.fleet(predicted, glyphs: state.glyphs).text.hasPrefix("≈+"))
    let base = RunSummary(id: 99, plan: try #require(other.plan.baseline), state: .done, created: 0)
    #expect(facts.overhead(base) == nil)
  }

  @Test("the column is there once a fleet is known, explains itself, and rows sort by it")
  func column() throws {
    var state = try state([])
    #expect(!text(state).contains("N=8 %"))
    state = try self.state([fleet(.oProj, 7.1)], columns: 240)
    Driver.type("6z", on: &state)
    #expect(text(state).contains("N=8 %") && text(state).contains("+7.1±0.4") && text(state).contains("≈+"))
    state.runs.sort = .fleet
    let costs = state.runRows.map { state.fleets.value?.overhead($0)?.percent }
    let known = costs.compactMap { $0 }
    #expect(known.count > 2 && known == known.sorted() && costs.prefix(known.count).allSatisfy { $0 != nil })
  }

  @Test("the scatter's axis leads to the fleet where one is known, and back to percent where none is")
  func axis() throws {
    var state = try state([fleet(.oProj, 7.1)])
    Driver.type("5", on: &state)
    Driver.type("ttttt", on: &state)
    #expect(state.scatter.x == .overhead && state.notice?.text.contains("F in Runs") == true)
    // With the engine's answer the axis has points.
    let request = try #require(state.combinations.key)
    var summaries = CombinationData.summaries(request, state.snapshot)
    for place in summaries.indices {
      guard let run = state.snapshot.run(summaries[place].runs[0]),
        let overhead = state.fleets.value?.overhead(run)
      else { continue }
      var cost = CombinationSummary.Cost(value: overhead.percent, interval: overhead.interval)
      cost.fleet = overhead
      summaries[place].costs[.fleet] = cost
    }
    Driver.apply(.reply(.combinations(request), .combinations(summaries)), to: &state)
    Driver.type("ttttt", on: &state)
    #expect(state.scatter.x == .fleet)
    let points = state.scatterPoints.points
    #expect(points.contains { $0.x == 7.1 && $0.interval != nil } && points.contains { $0.fleet?.isPredicted == true })
    #expect(
      text(state).contains("TPOT over the base at N = 8") && text(state).contains("\(state.glyphs.predicted) predicted")
    )
    state.scatter.inspected = points.firstIndex { $0.fleet?.isPredicted == true }
    #expect(text(state).contains("predicted "))
    let chart = try #require(ExportSubject.chart(state))
    #expect(chart.xTitle == "TPOT over the base at N = 8, %")
    #expect(
      chart.points.contains { $0.isProvisional && $0.xInterval == nil } && chart.points.contains { $0.xInterval != nil }
    )
  }

  @Test("Compare's results have the fleet's column where something is known")
  func compare() throws {
    var state = CompareData.state(runs: 3, examples: 20, columns: 200, rows: 48)
    Driver.type("3", on: &state)
    #expect(!text(state).contains("N=8 %"))
    let request = try #require(state.fleets.key)
    Driver.apply(.reply(.fleets(request), .fleets([fleet(.oProj, 7.1)])), to: &state)
    #expect(text(state).contains("N=8 %"))
  }

  @Test("F asks how many, sends the order, is refused beside a run, and ends what it began")
  func key() throws {
    var snapshot = TestData.snapshot
    var state = try state([], snapshot: snapshot)
    Driver.type("6", on: &state)
    state.runs.selected = 12
    Driver.type("F", on: &state)
    #expect(state.dialog == nil && state.notice?.text.contains("runs are under way") == true)
    snapshot.runs.removeAll { !$0.state.isTerminal }
    snapshot.queue = []
    state = try self.state([], snapshot: snapshot)
    Driver.type("6", on: &state)
    state.runs.selected = 12
    Driver.type("F", on: &state)
    #expect(state.dialog?.title.contains("#12") == true)
    #expect(Driver.commands(Driver.type("f", on: &state)) == [.measureFleet(12, sequences: [8])])
    Driver.type("F", on: &state)
    #expect(Driver.commands(Driver.type("a", on: &state)) == [.measureFleet(12, sequences: [1, 2, 4, 8, 16])])
    snapshot.engine.fleet = FleetProgress(run: 12, sequences: [8], fraction: 0.4)
    snapshot.engine.isMeasuring = true
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(text(state).contains("measuring #12's fleet 40%"))
    #expect(Driver.commands(Driver.type("F", on: &state)) == [.stopFleet])
    // A run whose adapter is gone.
    snapshot.engine.fleet = nil
    snapshot.engine.isMeasuring = false
    Driver.apply(.snapshot(snapshot), to: &state)
    state.runs.selected = 11
    Driver.type("F", on: &state)
    #expect(state.dialog == nil && state.notice?.text.contains("no adapter any more") == true)
  }

  @Test("a fleet that was kept is asked for")
  func asksAgain() throws {
    var snapshot = TestData.snapshot
    var state = try state([], snapshot: snapshot)
    snapshot.engine.keptFleets = 1
    let effects = Driver.apply(.snapshot(snapshot), to: &state)
    #expect(effects.contains { if case .ask(.fleets) = $0 { true } else { false } })
    #expect(effects.contains { if case .ask(.combinations) = $0 { true } else { false } })
  }

  @Test("f on Advise takes a fleet's overhead for the cost, and the thresholds say for how many")
  func advise() throws {
    var state = TestData.state()
    Driver.type("A", on: &state)
    let study = { (state: DashboardState) in state.advise.answer.key?.study.options.fleet }
    #expect(study(state) == nil)
    Driver.type("f", on: &state)
    #expect(study(state) == 8 && text(state).contains("for a fleet of 8"))
    Driver.type("tf", on: &state)
    Driver.press(.backspace, on: &state)
    Driver.type("99", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.field?.message == "a whole number from 1 to 16, or nothing" && study(state) == 8)
    Driver.press(.backspace, .backspace, on: &state)
    Driver.type("4", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.field == nil && study(state) == 4)
    Driver.type("f", on: &state)
    #expect(study(state) == nil)
  }

  // MARK: Pruning

  /// Run 14 is run 12's adapter made smaller.
  private func pruned(_ snapshot: Snapshot = TestData.snapshot) -> Snapshot {
    var snapshot = snapshot
    var run = TestData.run(18, "D", state: .done, score: 0.69, overhead: 5)
    run.plan.pruning = Pruning(parent: 12, adapter: "/data/runs/12/adapter")
    run.pruned = PrunedAdapter(
      parent: 12, way: .layers, tolerance: 3, kept: .oProj, ranks: 8...8, parameters: 300_000,
      parentParameters: 900_000,
      places: 10, parentPlaces: 30, energy: 0.9, candidates: [], chosen: 0, isCut: false)
    snapshot.runs.append(run)
    return snapshot
  }

  @Test("X asks for the way and the tolerance, and says why it cannot")
  func prune() throws {
    var state = TestData.state()
    Driver.type("6", on: &state)
    state.runs.selected = 12
    Driver.type("X", on: &state)
    #expect(state.dialog?.title.contains("Prune #12") == true)
    Driver.type("t", on: &state)
    Driver.press(.backspace, on: &state)
    Driver.type("200", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.field?.message == "points from 0.1 to 100")
    Driver.press(.backspace, .backspace, .backspace, on: &state)
    Driver.type("1.5", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.field == nil && state.dialog?.choices.contains { $0.note.hasPrefix("1.5:") } == true)
    let sent = Driver.commands(Driver.type("r", on: &state))
    #expect(sent == [.prune(Pruning(parent: 12, way: .rank, tolerance: 1.5), measureLatency: true)])
    state.runs.selected = 13
    Driver.type("X", on: &state)
    #expect(state.dialog == nil && state.notice?.text.contains("is not finished") == true)
  }

  @Test("a pruned run stands under its parent in every order, with a mark of its own")
  func besideParent() throws {
    var state = TestData.state(columns: 200, rows: 48, snapshot: pruned())
    for sort in RunsTable.Sort.plain {
      for isReversed in [false, true] {
        state.runs.sort = sort
        state.runs.isReversed = isReversed
        let ids = state.runRows.ids
        #expect(Set(ids) == Set(state.snapshot.runs.map(\.id)) && ids.count == state.snapshot.runs.count)
        let parent = try #require(ids.firstIndex(of: 12))
        #expect(ids[parent + 1] == 18, "\(sort)")
      }
    }
    #expect(text(state).contains("└18"))
  }

  @Test("its point has its parent's colour and a mark of its own; prompt-only ones have theirs")
  func points() throws {
    var snapshot = pruned()
    let place = try #require(snapshot.index(of: 11))
    snapshot.runs[place].plan.settings.promptOnly = true
    var state = TestData.state(columns: 200, rows: 60, snapshot: snapshot)
    Driver.type("5", on: &state)
    let request = try #require(state.combinations.key)
    var summaries = CombinationData.summaries(request, TestData.snapshot)
    for id: RunID in [18, 11] {
      let run = try #require(snapshot.run(id))
      var summary = CombinationSummary(
        targets: run.adaptedTargets, runs: [id], trainableParameters: 300_000, score: run.score?.score,
        overheadPercent: run.latency?.overheadPercent, onFront: nil, frontProbability: nil)
      summary.costs[.overhead] = .init(value: run.latency?.overheadPercent.estimate ?? 0)
      summaries.removeAll { $0.runs == [id] }
      summaries.append(summary)
    }
    Driver.apply(.reply(.combinations(request), .combinations(summaries)), to: &state)
    let glyphs = state.glyphs
    let points = state.scatterPoints.points
    #expect(points.first { $0.runs == [18] }?.prunedFrom == 12)
    #expect(points.first { $0.runs == [11] }?.isPromptOnly == true)
    let screen = text(state)
    #expect(screen.contains("\(glyphs.pruned) pruned") && screen.contains("\(glyphs.promptOnly) prompt-only"))
    #expect(screen.count { $0 == glyphs.pruned } >= 2 && screen.count { $0 == glyphs.promptOnly } >= 2)
    state.scatter.inspected = points.firstIndex { $0.runs == [18] }
    #expect(text(state).contains("pruned from #12"))
  }

  // MARK: Held-out losses

  @Test("Setup has a field for the steps between looks at held-out examples")
  func heldOut() throws {
    var state = TestData.state(columns: 160, rows: 60)
    Driver.type("1", on: &state)
    state.setupField = .heldOut
    #expect(text(state).contains("no loss while it trains"))
    Driver.type("++", on: &state)
    #expect(state.setup.settings.evalEvery == 20 && text(state).contains("loss every 20 steps"))
    Driver.press(.enter, on: &state)
    Driver.press(.backspace, .backspace, on: &state)
    Driver.type("-3", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.field?.message != nil && state.setup.settings.evalEvery == 20)
    Driver.press(.backspace, .backspace, on: &state)
    Driver.type("7", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.field == nil && state.setup.settings.evalEvery == 7)
    Driver.press(.backspace, on: &state)
    #expect(state.setup.settings.evalEvery == 0)
  }
}
