import Analysis
import Engine
import Foundation
import Messages
import Recipe
import RunStore
import Testing

/// Data sets × combinations × seeds: whole studies on a tiny model.
@Suite(.timeLimit(.minutes(10))) struct StudyGridTests {
  /// The study's file and another one beside it.
  private func dataSets(_ study: TinyStudy) throws -> [DataReference] {
    let lines = (0..<20).map { "{\"prompt\": \"\($0) - 1 = \", \"completion\": \"\($0 - 1)\"}" }
    let file = study.folder.appending(path: "differences.jsonl")
    try Data(lines.joined(separator: "\n").utf8).write(to: file)
    return [study.data, .file(path: file.path, evaluation: .share(0.25))]
  }

  private func plan(
    _ study: TinyStudy, _ combinations: [Targets], seeds: [UInt64] = [0], steps: Int = 12
  ) throws -> SweepPlan {
    let parts = try dataSets(study).enumerated().map { index, data in
      var settings = study.plan(steps: steps).settings
      // Each data set has settings of its own.
      settings.batchSize = 2 + index
      return SweepPlan.Part(data: data, settings: settings)
    }
    return SweepPlan(model: study.model, parts: parts, combinations: combinations, seeds: seeds)
  }

  @Test func everyDataSetHasItsOwnSettings() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    _ = await bus.accepted(.pauseQueue(true))
    let sweep = try plan(study, [.all, .oProj], seeds: [0, 1])
    let ids = await bus.accepted(.sweep(sweep))
    #expect(ids.count == 8)
    let runs = await bus.currentSnapshot().runs
    // Seed by seed, data by data, fewest parameters first.
    #expect(runs.map(\.plan.settings.seed) == [0, 0, 0, 0, 1, 1, 1, 1])
    #expect(runs.map(\.plan.settings.batchSize) == [2, 2, 3, 3, 2, 2, 3, 3])
    #expect(runs.prefix(4).map(\.plan.targets) == [.oProj, .all, .oProj, .all])
    #expect(try SweepPlanFile.read(study.folder.appending(path: "plans/sweep-01.toml")) == sweep)
    await engine.shutdown(.discard)
  }

  @Test func aKilledStudyGoesOnWithNothingLostAndNothingRunTwice() async throws {
    let study = try TinyStudy()
    var options = study.options()
    options.checkpointSteps = 5
    let gate = StepGate(before: 12, of: 3)
    options.beforeStep = { gate.hold($0, before: $1) }
    let sweep = try plan(study, [.oProj, .fc2, .all], steps: 60)
    do {
      let bus = MessageBus()
      let engine = try await Engine(options: options, bus: bus)
      let ids = await bus.accepted(.sweep(sweep))
      #expect(ids == [1, 2, 3, 4, 5, 6])
      #expect(try await gate.arrival() == 3)
      await bus.flush()
      options.store = try study.copyOfStore()
      gate.open()
      await engine.shutdown(.discard)
    }
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    let left = await bus.currentSnapshot()
    let finished = left.runs.filter { $0.state == .done }.map(\.id)
    #expect(finished.starts(with: [1, 2]))
    #expect(left.runs.contains { $0.state == .paused && ($0.lastCheckpointStep ?? 0) >= 5 })
    guard case .estimate(let estimate) = await bus.ask(.estimate(sweep)) else {
      Issue.record("no estimate")
      return
    }
    #expect(estimate.runsToDo == 0)
    #expect(estimate.items.map(\.have) == [1, 1, 1, 1, 1, 1])
    // The same sweep again takes up what is unfinished and adds nothing.
    #expect(await bus.accepted(.sweep(sweep)) == [1, 2, 3, 4, 5, 6])
    for id in 1...6 as ClosedRange<RunID> { _ = try await bus.run(id, in: .done) }
    let runs = await bus.currentSnapshot().runs
    #expect(runs.count == 6)
    #expect(runs.allSatisfy { $0.losses.count == 60 && $0.score != nil && $0.latency != nil })
    // Finished runs were not touched.
    for id in finished { #expect(runs.first { $0.id == id }?.finished == left.run(id)?.finished) }
    #expect(await bus.currentSnapshot().notices.contains { $0.text == "6 of 6 runs are there already" })
    await engine.shutdown(.save)
  }

  @Test func ranksAreMatchedStoredAndReused() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    var sweep = SweepPlan(
      model: study.model, data: [study.data], combinations: [.oProj, .fc1, .all], seeds: [0],
      settings: study.plan().settings, parameterBudget: 1000)
    sweep.parts[0].settings.alpha = 8
    guard case .estimate(let before) = await bus.ask(.estimate(sweep)) else {
      Issue.record("no estimate")
      return
    }
    // Two layers: o_proj has 64 parameters a rank, fc1 160, all 464.
    #expect(
      Dictionary(uniqueKeysWithValues: before.items.map { ($0.targets, $0.rank) }) == [.oProj: 16, .fc1: 6, .all: 2])
    let ids = await bus.accepted(.sweep(sweep))
    for id in ids { _ = try await bus.run(id, in: .done) }
    let runs = await bus.currentSnapshot().runs
    #expect(runs.allSatisfy { abs(($0.prepared?.trainableParameters ?? 0) - 1000) < 210 })
    #expect(runs.map { $0.prepared?.trainableParameters } == before.items.map(\.parameters).sorted())
    // Alpha over rank is the same for all.
    #expect(Set(runs.map { $0.plan.settings.resolvedAlpha / Double($0.plan.settings.rank) }) == [4])
    #expect(await bus.accepted(.sweep(sweep)) == ids)
    #expect(await bus.currentSnapshot().runs.count == 3)
    guard case .combinations(let cells) = await bus.ask(.combinations(like: ids[0])) else {
      Issue.record("no combinations")
      return
    }
    #expect(cells.count == 3)
    let selection = StudySelection(runs, filter: .init())
    #expect(selection.runs.count == 3 && selection.leftOut.isEmpty)
    await engine.shutdown(.save)
  }

  @Test func theSpeedIsMeasuredOnceAndDecidesHowManyGoAtOnce() async throws {
    let study = try TinyStudy()
    var options = study.options(threads: 2)
    options.jobs = nil
    let sweep = try plan(study, [.oProj, .fc1, .fc2, .all])
    do {
      let bus = MessageBus()
      let engine = try await Engine(options: options, bus: bus)
      #expect(await bus.currentSnapshot().engine.jobsAreAutomatic)
      guard case .estimate(let blank) = await bus.ask(.estimate(sweep)) else {
        Issue.record("no estimate")
        return
      }
      #expect(blank.secondsTotal == nil && blank.unmeasured == sweep.parts.map(\.data))
      _ = await bus.accepted(.measureSpeed(sweep, again: false))
      let measured = try await bus.first { $0.engine.measuredSpeeds == 2 && $0.engine.measuresSpeedOf == nil }
      #expect(measured.runs.isEmpty)
      guard case .estimate(let estimate) = await bus.ask(.estimate(sweep)) else {
        Issue.record("no estimate")
        return
      }
      #expect(estimate.secondsTotal ?? 0 > 0 && estimate.unmeasured.isEmpty && estimate.basedOnRuns == 0)
      #expect(estimate.ways.count == 2)
      for way in estimate.ways {
        #expect(way.tokensPerSecondInTurn ?? 0 > 0 && way.tokensPerSecondAtOnce ?? 0 > 0 && way.atOnce == 2)
        #expect((1...2).contains(way.jobs))
      }
      let ids = await bus.accepted(.sweep(sweep))
      for id in ids { _ = try await bus.run(id, in: .done) }
      let runs = await bus.currentSnapshot().runs
      let speeds = try await engine.store.speeds()
      let measuredKey = try #require(speeds.first?.key)
      let model = TimeModel(
        machine: measuredKey.machine, threads: 2, speeds: Dictionary(uniqueKeysWithValues: speeds.map { ($0.key, $0) }),
        fingerprints: [study.model: measuredKey.baseFingerprint], fixedJobs: nil, runs: [])
      // Each has the share of the threads that it is fastest with by its kind's speeds, which for a small set need not be what is shown,
      // the largest one's.
      for run in runs {
        #expect(run.prepared?.threads == (model.jobs(run.plan) == 2 ? 1 : 2))
        if run.plan.targets == .all {
          #expect(estimate.ways.first { $0.data == run.plan.data }?.jobs == model.jobs(run.plan))
        }
        let phases = try #require(run.phases)
        #expect(phases.preparing > 0 && phases.training > 0 && phases.evaluating > 0 && phases.measuring > 0)
        #expect(
          phases.preparing + phases.training + phases.evaluating + phases.measuring <= (run.wallSeconds ?? 0) + 0.5)
      }
      guard case .estimate(let after) = await bus.ask(.estimate(sweep)) else {
        Issue.record("no estimate")
        return
      }
      #expect(after.runsToDo == 0 && after.secondsTotal == 0)
      await engine.shutdown(.save)
    }
    // Another start finds it in the store.
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    #expect(await bus.currentSnapshot().engine.measuredSpeeds == 2)
    _ = await bus.accepted(.measureSpeed(sweep, again: false))
    #expect(await bus.currentSnapshot().engine.measuresSpeedOf == nil)
    _ = await bus.accepted(.measureSpeed(sweep, again: true))
    #expect(await bus.currentSnapshot().engine.measuresSpeedOf != nil)
    _ = try await bus.first { $0.engine.measuresSpeedOf == nil }
    #expect(await bus.currentSnapshot().engine.measuredSpeeds == 2)
    await engine.shutdown(.save)
    let stored = try RunStore(at: study.store, mode: .reading)
    #expect(try await stored.speeds().count == 2)
  }

  @Test func theQueueMeasuresBeforeItsFirstRun() async throws {
    let study = try TinyStudy()
    var options = study.options(threads: 2)
    options.jobs = nil
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    let sweep = SweepPlan(
      model: study.model, data: [study.data], combinations: [.oProj, .fc1, .fc2, .all], seeds: [0],
      settings: study.plan().settings)
    let ids = await bus.accepted(.sweep(sweep))
    let first = try await bus.first { $0.engine.measuresSpeedOf != nil }
    #expect(first.runs.allSatisfy { $0.state == .waiting })
    for id in ids { _ = try await bus.run(id, in: .done) }
    #expect(await bus.currentSnapshot().engine.measuredSpeeds == 1)
    // Three of a kind are not worth it.
    var other = sweep
    other.combinations = [.oProj, .fc1, .fc2]
    other.parts[0].settings.batchSize = 3
    for id in await bus.accepted(.sweep(other)) { _ = try await bus.run(id, in: .done) }
    #expect(await bus.currentSnapshot().engine.measuredSpeeds == 1)
    await engine.shutdown(.save)
  }

  @Test func whatCannotBeMeasuredIsLeftToTheRun() async throws {
    let study = try TinyStudy()
    var options = study.options(threads: 2)
    options.jobs = nil
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    let gone = DataReference.file(path: study.folder.appending(path: "gone.jsonl").path, evaluation: .none)
    let sweep = SweepPlan(
      model: study.model, data: [gone], combinations: [.oProj, .fc1, .fc2, .all], seeds: [0],
      settings: study.plan().settings)
    let ids = await bus.accepted(.sweep(sweep))
    for id in ids { _ = try await bus.run(id, in: .failed) }
    #expect(await bus.currentSnapshot().notices.contains { $0.text.contains("was not measured") })
    // Quitting does not wait for a measurement.
    _ = await bus.accepted(
      .sweep(
        SweepPlan(
          model: study.model, data: [study.data], combinations: [.oProj, .fc1, .fc2, .all], seeds: [0],
          settings: study.plan().settings)))
    await engine.shutdown(.save)
    #expect(await bus.currentSnapshot().engine.hasShutDown)
  }

  @Test func latencyMeasurementsAreCollected() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(threads: 2, jobs: 2), bus: bus)
    let watcher = Task {
      var most = 0
      for await snapshot in bus.snapshots() {
        most = max(most, snapshot.runs.count { $0.state == .awaitingLatency })
        if snapshot.runs.filter({ $0.state == .done }).count == 6 { break }
      }
      return most
    }
    let sweep = SweepPlan(
      model: study.model, data: [study.data], combinations: [.qkv, .oProj, .fc1, .fc2, .all, [.oProj, .fc2]],
      seeds: [0],
      settings: study.plan(steps: 200).settings)
    for id in await bus.accepted(.sweep(sweep)) { #expect(try await bus.run(id, in: .done).latency != nil) }
    #expect(await watcher.value > 2)
    await engine.shutdown(.save)
  }
}
