import Analysis
import Messages
import Recipe
import Testing

/// Combinations summed up for the plot of score against cost.
@Suite struct CombinationPlotTests {
  private struct Given {
    var targets: Targets
    var seed: UInt64 = 0
    var state = RunState.done
    var score: Double
    var overhead: Double?
    var share = 0.99
    var rank = 8
    var p95 = 2.0
    var split: RunSettings.EvaluationSplit?
    var pruning: Pruning?
  }

  /// Numbered from 1; the base takes 1 ms a token.
  private func runs(_ given: [Given]) -> [RunSummary] {
    given.enumerated().map { index, given in
      var settings = RunSettings()
      settings.seed = given.seed
      settings.rank = given.rank
      settings.evaluationSplit = given.split
      var run = RunSummary(
        id: RunID(index + 1),
        plan: RunPlan(model: .builtin, data: .task(name: "t"), targets: given.targets, settings: settings),
        state: given.state, created: 0)
      run.plan.pruning = given.pruning
      if let pruning = given.pruning {
        run.pruned = PrunedAdapter(
          parent: pruning.parent, way: .layers, tolerance: 3, kept: given.targets, ranks: 8...8, parameters: 70,
          parentParameters: 100, places: 3, parentPlaces: 4, energy: 0.9, candidates: [],
          chosen: pruning.way == .layers ? 0 : nil, isCut: false)
      }
      run.score = ScoreSummary(
        metric: "accuracy", score: Interval(estimate: given.score, low: given.score - 0.1, high: given.score + 0.1),
        examples: 10, parseFailureRate: 0, lenient: given.score, meanOutputTokens: 1)
      run.latency = given.overhead.map {
        LatencySummary(
          p50: 1 + $0 / 100, p95: given.p95, baseP50: 1, baseP95: 1,
          overheadPercent: Interval(estimate: $0, low: $0 - 1, high: $0 + 1), blocks: 8, coreShare: given.share)
      }
      return run
    }
  }

  /// The summaries by the numbers of their runs.
  private func plot(_ given: [Given], like: Int = 0) -> [[RunID]: CombinationSummary] {
    let runs = runs(given)
    var cells = CombinationPlot.cells(runs, like: runs[like])
    for place in cells.indices {
      cells[place].score = ResampledScore(cells[place].runs.compactMap(\.score?.score))
    }
    let summaries = CombinationPlot.summaries(cells) { $0.targets == .qkv ? 300 : nil }
    return Dictionary(uniqueKeysWithValues: summaries.map { ($0.runs, $0) })
  }

  @Test func whatWasPrunedIsAPointAndOnNoFront() throws {
    let plot = plot([
      Given(targets: .all, score: 0.8, overhead: 8), Given(targets: .oProj, score: 0.5, overhead: 2),
      // Better and faster than anything that was trained.
      Given(targets: .all, score: 0.9, overhead: 1, pruning: Pruning(parent: 1)),
      // Nothing could go.
      Given(targets: .all, score: 0.8, overhead: 8, pruning: Pruning(parent: 1, way: .rank)),
    ])
    #expect(Set(plot.keys) == [[1], [2], [3]])
    #expect(plot[[3]]?.trainableParameters == 70 && plot[[3]]?.onFront == nil)
    #expect(places(plot, .overhead) == [1: "front", 2: "front", 3: "behind"])
    #expect(plot[[1]]?.onFront == true && plot[[2]]?.onFront == true)
  }

  @Test func fleetsAreMeasuredOrPredicted() throws {
    var runs = runs([
      Given(targets: .oProj, score: 0.5, overhead: 2, share: 0.2), Given(targets: .all, score: 0.8, overhead: 8),
    ])
    for place in runs.indices {
      runs[place].prepared = PreparedRun(
        totalSteps: 1, trainableParameters: place == 0 ? 100 : 400, baseParameters: 10_000, modules: [],
        trainingExamples: 1,
        truncatedExamples: 0, droppedExamples: 0, evaluationExamples: 1, baseFingerprint: "b", instructionSet: "",
        threads: 1)
    }
    let measured = FleetMeasurement(
      key: FleetMeasurement.Key(
        baseFingerprint: "b", targets: .oProj, parameters: 100, useDoRA: false,
        sequences: CombinationSummary.fleetSequences, mix: .distinct, machine: "m", threads: 1),
      latency: FleetLatency(
        sequences: CombinationSummary.fleetSequences, mix: .distinct, different: 8, p50: 2, p95: 3, baseP50: 1,
        baseP95: 2,
        overheadPercent: Interval(estimate: 4, low: 3, high: 5),
        bytes: FleetBytes(base: 100_000, caches: 0, adapter: 400), adapterMemoryBytes: 9, blocks: 8, coreShare: 1),
      model: "b", time: 1)
    func costs(_ fleets: [FleetMeasurement]) -> [CombinationSummary.Cost?] {
      var cells = CombinationPlot.cells(runs, like: runs[0])
      for place in cells.indices {
        cells[place].score = ResampledScore(cells[place].runs.compactMap(\.score?.score))
      }
      let summaries = CombinationPlot.summaries(cells, fleets: fleets) { _ in nil }
      return runs.map { run in summaries.first { $0.runs == [run.id] }?.costs[.fleet] }
    }
    #expect(costs([]) == [nil, nil])
    let known = costs([measured])
    #expect(known[0]?.value == 4 && known[0]?.fleet?.isPredicted == false)
    // Its own latency was measured on a busy machine; that of its fleet was not.
    #expect(known[0]?.place == .front)
    let predicted = try #require(known[1])
    #expect(predicted.fleet?.basis == .bytes && predicted.interval == nil)
    #expect(abs(predicted.value - 100 * 8 * 1600 / 100_000) < 1e-9)
  }

  private func places(_ plot: [[RunID]: CombinationSummary], _ axis: CombinationSummary.Axis) -> [RunID: String] {
    Dictionary(
      uniqueKeysWithValues: plot.compactMap { runs, summary in
        summary.costs[axis].map { (runs[0], $0.place.rawValue) }
      })
  }

  @Test func seedsAreOnePointAndSettingsAreNot() throws {
    let plot = plot([
      Given(targets: .fc1, score: 0.6, overhead: 4), Given(targets: .fc1, seed: 1, score: 0.7, overhead: 6),
      Given(targets: .fc1, score: 0.5, overhead: 5, rank: 16),
      // The same plan again: the newer one counts. Another way of evaluating is another plot, and no score is no point.
      Given(targets: .all, score: 0.1, overhead: 9), Given(targets: .all, score: 0.8, overhead: 10),
      Given(targets: .all, score: 0.9, overhead: 1, split: .tuning),
    ])
    #expect(Set(plot.keys) == [[1, 2], [3], [5]])
    let cell = try #require(plot[[1, 2]])
    #expect(abs(try #require(cell.score).estimate - 0.65) < 1e-12)
    #expect(abs(try #require(cell.score).halfWidth - 0.1) < 1e-12)
    #expect(cell.costs[.overhead]?.value == 5)
    #expect(abs(try #require(cell.costs[.p50]).value - 1.05) < 1e-12)
    // Errors of two measurements are independent.
    #expect(abs(try #require(cell.costs[.overhead]?.interval).halfWidth - 0.5.squareRoot()) < 1e-12)
    #expect(cell.costs[.overOProj] == nil && cell.costs[.parameters] == nil)
  }

  @Test func whatIsPartialOrBusyIsOnNoFrontOfLatencies() throws {
    let plot = plot([
      Given(targets: .oProj, score: 0.5, overhead: 2), Given(targets: .fc1, score: 0.6, overhead: 4, share: 0.5),
      Given(targets: .fc2, state: .stopped, score: 0.9, overhead: 1), Given(targets: .all, score: 0.7, overhead: 8),
      // Of a finished combination what was stopped says nothing, and of several seeds those of a quiet machine count.
      Given(targets: .qkv, score: 0.35, overhead: 6), Given(targets: .qkv, seed: 1, state: .stopped, score: 0.9),
      Given(targets: [.qkv, .oProj], score: 0.3, overhead: 5, share: 0.5),
      Given(targets: [.qkv, .oProj], seed: 1, score: 0.3, overhead: 7),
    ])
    #expect(Set(plot.keys) == [[1], [2], [3], [4], [5], [7, 8]])
    #expect(plot[[2]]?.isBusy == true && plot[[2]]?.costs[.overhead]?.value == 4 && plot[[2]]?.overheadPercent == nil)
    #expect(plot[[3]]?.isPartial == true && plot[[7, 8]]?.isBusy == false)
    #expect(plot[[7, 8]]?.costs[.overhead]?.value == 7)
    #expect(
      places(plot, .overhead) == [1: "front", 2: "behind", 3: "behind", 4: "front", 5: "behind", 7: "behind"])
    #expect(plot[[5]]?.costs[.parameters]?.value == 300)
  }

  @Test func equalPointsAreBothOnTheFrontAndIntervalsMayReachIt() {
    let plot = plot([
      Given(targets: .oProj, score: 0.6, overhead: 4, p95: 2), Given(targets: .fc1, score: 0.6, overhead: 4, p95: 3),
      Given(targets: .fc2, score: 0.55, overhead: 5, p95: 2.2), Given(targets: .all, score: 0.3, overhead: 6, p95: 1),
    ])
    #expect(places(plot, .p50) == [1: "front", 2: "front", 3: "mayBeOnFront", 4: "behind"])
    #expect(places(plot, .p95) == [1: "front", 2: "mayBeOnFront", 3: "mayBeOnFront", 4: "front"])
    #expect(places(plot, .overOProj) == places(plot, .p95))
    #expect(plot[[4]]?.costs[.overOProj]?.value == -50)
    // One alone is on no front.
    #expect(places(self.plot([Given(targets: .oProj, score: 1, overhead: 1)]), .overhead) == [1: "behind"])
  }

  /// Resampled shares decide on the axis for which they were drawn.
  @Test func resamplesDecideOnOverhead() throws {
    let runs = runs([
      Given(targets: .oProj, score: 0.6, overhead: 4), Given(targets: .fc1, score: 0.2, overhead: 9),
      Given(targets: .fc2, score: 0.55, overhead: 4.5),
    ])
    var cells = CombinationPlot.cells(runs, like: runs[0])
    let right: [Targets: Int] = [.oProj: 60, .fc1: 20, .fc2: 55]
    for place in cells.indices {
      let count = try #require(right[cells[place].runs[0].plan.targets])
      // Other examples are right, so that a resample may turn the order.
      let scores = (0..<100).map { (cells[place].runs[0].id == 3 ? 99 - $0 : $0) < count ? 1.0 : 0 }
      let examples = scores.enumerated().map {
        ExampleScoreRecord(
          index: $0.offset, prompt: "p\($0.offset)", expected: "e", score: $0.element, parsed: true, lenient: 0)
      }
      cells[place].score = ResampledScore([examples], run: cells[place].runs[0].id)
    }
    let summaries = CombinationPlot.summaries(cells) { _ in nil }
    let places = summaries.map { $0.costs[.overhead]?.place }
    #expect(summaries.map(\.targets) == [.oProj, .fc1, .fc2])
    #expect(places == [.front, .behind, .mayBeOnFront])
    #expect(summaries.map(\.onFront) == [true, false, false])
    #expect(try #require(summaries[2].frontProbability) > 0.05)
    #expect(summaries[1].frontProbability == 0)
    #expect(summaries[0].score?.estimate == 0.6)
  }
}
