import Engine
import Foundation
import Messages
import Recipe
import RunStore
import TestSupport
import Testing

/// The queue, sweeps, early ends and the store's troubles.
@Suite(.timeLimit(.minutes(10))) struct EngineQueueTests {
  @Test func aSweepQueuesWhatIsMissingAndItsRunsCompare() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    let sweep = SweepPlan(
      model: study.model, data: [study.data], combinations: [.all, .oProj], seeds: [0], settings: study.plan().settings)
    guard case .estimate(let before) = await bus.ask(.estimate(sweep)) else {
      Issue.record("no estimate")
      return
    }
    #expect(before.runsToDo == 2)
    #expect(before.secondsTotal == nil)
    let ids = await bus.accepted(.sweep(sweep))
    #expect(ids.count == 2)
    for id in ids { _ = try await bus.run(id, in: .done) }
    await bus.countLatenciesAsQuiet()
    let snapshot = await bus.currentSnapshot()
    // Cheapest first.
    #expect(snapshot.runs.map(\.plan.targets) == [.oProj, .all])
    #expect(try SweepPlanFile.read(study.folder.appending(path: "plans/sweep-01.toml")).seeds == [0])
    guard case .comparison(let comparison) = await bus.ask(.compare(ids, baseline: ids[0])) else {
      Issue.record("no comparison")
      return
    }
    #expect(comparison.rows.map(\.verdict)[0] == .baseline)
    #expect(comparison.rows[1].pairedExamples == 6)
    #expect(comparison.rows.allSatisfy { $0.onFront != nil })
    #expect(comparison.settings.first { $0.name == "modules" }?.values == ["o_proj", "qkv+o_proj+fc1+fc2"])
    #expect(comparison.samples.count == 6)
    guard case .combinations(let combinations) = await bus.ask(.combinations(like: ids[0])) else {
      Issue.record("no combinations")
      return
    }
    #expect(combinations.map(\.targets) == [.oProj, .all])
    #expect(combinations.allSatisfy { $0.score != nil && $0.overheadPercent != nil && $0.frontProbability != nil })
    var wider = sweep
    wider.seeds = [0, 1]
    guard case .estimate(let after) = await bus.ask(.estimate(wider)) else {
      Issue.record("no estimate")
      return
    }
    #expect(after.runsToDo == 2)
    #expect(after.items.map(\.have) == [1, 1])
    #expect(after.secondsTotal ?? 0 > 0)
    let again = await bus.accepted(.sweep(wider))
    #expect(again.count == 4)
    #expect(Array(again.prefix(2)) == ids)
    #expect(await bus.currentSnapshot().runs.count == 4)
    guard case .refused(let refusal) = await bus.ask(.compare([ids[0]], baseline: ids[0])) else {
      Issue.record("one run was compared")
      return
    }
    #expect(refusal.line.contains("two to eight"))
    await engine.shutdown(.discard)
  }

  @Test func theQueueIsOrderedByItsCommands() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    _ = await bus.accepted(.pauseQueue(true))
    var ids: [RunID] = []
    for seed in 0..<3 { ids += await bus.accepted(.queue(study.plan(seed: UInt64(seed)))) }
    #expect(await bus.currentSnapshot().queue == ids)
    #expect(await bus.accepted(.move(ids[2], earlier: true)) == [ids[2]])
    #expect(await bus.currentSnapshot().queue == [ids[0], ids[2], ids[1]])
    #expect(await bus.refused(.move(ids[0], earlier: true)).contains("first"))
    #expect(await bus.accepted(.cancel(ids[1])) == [ids[1]])
    #expect(await bus.currentSnapshot().run(ids[1])?.state == .cancelled)
    let next = await bus.accepted(.repeatWithNextSeed(ids[0]))
    #expect(await bus.currentSnapshot().run(next[0])?.plan.settings.seed == 3)
    #expect(await bus.refused(.delete([ids[0]])).contains("waits"))
    #expect(await bus.accepted(.delete([ids[1]])) == [ids[1]])
    #expect(await bus.currentSnapshot().run(ids[1]) == nil)
    _ = await bus.accepted(.setSeriesSlot(ids[0], 2))
    #expect(await bus.refused(.setSeriesSlot(ids[2], 2)).contains("slot 2"))
    #expect(await bus.refused(.setSeriesSlot(ids[2], 8)).contains("8"))
    // What a person writes on runs is in the snapshot at once; what is refused changes none of them.
    #expect(await bus.accepted(.label([ids[0], ids[2]], .addTags(["good"]))) == [ids[0], ids[2]])
    #expect(await bus.currentSnapshot().run(ids[2])?.labels.tags == ["good"])
    #expect(await bus.refused(.label([ids[0], ids[1]], .pin(true))).contains("there is no run \(ids[1])"))
    #expect(await bus.refused(.label([ids[0]], .name("a\u{7}b"))).contains("U+0007"))
    #expect(await bus.currentSnapshot().run(ids[0])?.labels.isPinned == false)
    await engine.shutdown(.save)
    // What waited is there after the next start, in the same order, and starts only when asked.
    let second = MessageBus()
    let reopened = try await Engine(options: study.options(), bus: second)
    #expect(await second.currentSnapshot().queue == [ids[0], ids[2], next[0]])
    #expect(await second.currentSnapshot().run(ids[0])?.seriesSlot == 2)
    #expect(await second.currentSnapshot().run(ids[0])?.labels.tags == ["good"])
    #expect(await second.accepted(.resumeUnfinished) == [ids[0], ids[2], next[0]])
    for id in [ids[0], ids[2], next[0]] { _ = try await second.run(id, in: .done) }
    await reopened.shutdown(.save)
  }

  @Test func stoppingKeepsOrDiscards() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    let kept = try #require(await bus.accepted(.queue(study.plan(steps: 100_000))).first)
    try await bus.run(kept, atStep: 3)
    _ = await bus.accepted(.stop(kept, keepPartialResult: true))
    let stopped = try await bus.run(kept, in: .stopped)
    #expect(stopped.reason?.contains("of 100000") == true)
    #expect(stopped.lastCheckpointStep == stopped.step)
    #expect(stopped.adapterPath != nil)
    let thrown = try #require(await bus.accepted(.queue(study.plan(steps: 100_000))).first)
    try await bus.run(thrown, atStep: 3)
    _ = await bus.accepted(.stop(thrown, keepPartialResult: false))
    _ = try await bus.run(thrown, in: .cancelled)
    #expect(!FileManager.default.fileExists(atPath: engine.folder.run(thrown).path))
    await engine.shutdown(.save)
  }

  @Test func quittingSavesAndTheNextStartGoesOn() async throws {
    let study = try TinyStudy()
    let id: RunID
    do {
      let bus = MessageBus()
      let engine = try await Engine(options: study.options(), bus: bus)
      id = try #require(await bus.accepted(.queue(study.plan(steps: 50_000))).first)
      try await bus.run(id, atStep: 3)
      _ = await bus.accepted(.shutdown(.save))
      let run = try #require(await bus.currentSnapshot().run(id))
      #expect(run.state == .paused)
      #expect(run.lastCheckpointStep == run.step)
      #expect(await bus.currentSnapshot().engine.hasShutDown)
      _ = engine
    }
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    #expect(await bus.accepted(.resumeUnfinished) == [id])
    _ = try await bus.run(id, in: .training)
    #expect(await bus.currentSnapshot().notices.contains { $0.text.contains("goes on from step") })
    _ = await bus.accepted(.shutdown(.discard))
    #expect(await bus.currentSnapshot().run(id)?.state == .cancelled)
    await engine.shutdown(.save)
  }

  @Test func finishingTheCurrentRunLeavesTheRestWaiting() async throws {
    let study = try TinyStudy()
    var options = study.options()
    let gate = options.gate(before: 3)
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    let first = try #require(await bus.accepted(.queue(study.plan())).first)
    let second = try #require(await bus.accepted(.queue(study.plan())).first)
    #expect(try await gate.arrival() == first)
    _ = await bus.accepted(.shutdown(.finishCurrentRun))
    #expect(await bus.refused(.queue(study.plan())).contains("about to end"))
    gate.open()
    let end = try await bus.first { $0.engine.hasShutDown }
    #expect(end.run(first)?.state == .done)
    #expect(end.run(second)?.state == .waiting)
    _ = engine
  }

  @Test func aFullDiskHoldsRunsUntilThereIsRoom() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let gate = StepGate(before: 3)
    var options = study.options()
    options.beforeStep = { gate.hold($0, before: $1) }
    let engine = try await Engine(options: options, bus: bus)
    let id = try #require(await bus.accepted(.queue(study.plan(steps: 3000))).first)
    #expect(try await gate.arrival() == id)
    try await engine.store.limitGrowth(true)
    gate.open()
    let blocked = try await bus.first { $0.engine.blockedReason != nil }
    #expect(blocked.engine.blockedReason?.contains("no room") == true)
    _ = try await bus.run(id, in: .paused)
    try await engine.store.limitGrowth(false)
    let run = try await bus.run(id, in: .done)
    #expect(await bus.currentSnapshot().engine.blockedReason == nil)
    #expect(run.losses.count == 3000)
    await engine.shutdown(.save)
    #expect(try await RunStore(at: study.store, mode: .reading).run(id)?.bits == run.bits)
  }

  @Test func aForeignLockHoldsRunsUntilItClears() async throws {
    let study = try TinyStudy()
    var options = study.options()
    options.storePatience = 0.2
    let gate = StepGate(before: 3)
    options.beforeStep = { gate.hold($0, before: $1) }
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    let id = try #require(await bus.accepted(.queue(study.plan(steps: 3000))).first)
    #expect(try await gate.arrival() == id)
    let lock = try ForeignLock(on: study.store)
    gate.open()
    let blocked = try await bus.first { $0.engine.blockedReason != nil }
    #expect(blocked.engine.blockedReason?.contains("another program locks the store") == true)
    let paused = try await bus.run(id, in: .paused)
    #expect(paused.reason?.contains("store") == true)
    #expect(await bus.currentSnapshot().notices.contains { $0.text.contains("runs wait") })
    try lock.release()
    let run = try await bus.run(id, in: .done)
    #expect(run.losses.count == 3000)
    #expect(await bus.currentSnapshot().notices.contains { $0.text.contains("runs go on") })
    let whole = try #require(await bus.accepted(.queue(study.plan(steps: 3000))).first)
    #expect(try await bus.run(whole, in: .done).bits == run.bits)
    await engine.shutdown(.save)
    #expect(try await RunStore(at: study.store, mode: .reading).run(id)?.bits == run.bits)
  }

  @Test func anAdapterIsExportedAndNothingOverwrittenUnasked() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    let id = try #require(await bus.accepted(.queue(study.plan())).first)
    let run = try await bus.run(id, in: .done)
    let place = study.folder.appending(path: "exports/mine")
    #expect(await bus.accepted(.export(id, path: place.path, replace: false)) == [id])
    let tensors = place.appending(path: "adapter_model.safetensors")
    #expect(try Data(contentsOf: tensors) == run.adapterBytes())
    try Data("mine".utf8).write(to: tensors)
    guard case .wouldReplace(let line) = await bus.send(.export(id, path: place.path, replace: false)) else {
      Issue.record("overwritten without a question")
      return
    }
    #expect(line.contains(place.path))
    #expect(try Data(contentsOf: tensors) == Data("mine".utf8))
    #expect(await bus.accepted(.export(id, path: place.path, replace: true)) == [id])
    #expect(try Data(contentsOf: tensors) == run.adapterBytes())
    #expect(try FileManager.default.contentsOfDirectory(atPath: study.folder.path + "/exports") == ["mine"])
    let own = try #require(run.adapterPath)
    #expect(await bus.refused(.export(id, path: own, replace: true)).contains("own folder"))
    #expect(await bus.refused(.export(id, path: tensors.path + "/below", replace: false)).contains("cannot write"))
    #expect(await bus.refused(.export(99, path: place.path, replace: false)).contains("no run 99"))
    await engine.shutdown(.save)
  }

  @Test func aDeletedRunComesBack() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    let id = try #require(await bus.accepted(.queue(study.plan())).first)
    let run = try await bus.run(id, in: .done)
    guard case .examples(let examples) = await bus.ask(.examples(id)) else {
      Issue.record("no examples")
      return
    }
    _ = await bus.accepted(.delete([id]))
    guard case .trash(let trash) = await bus.ask(.trash) else {
      Issue.record("no trash")
      return
    }
    #expect(trash.map(\.id) == [id])
    #expect(trash.first?.plan == run.plan && trash.first?.score == run.score?.score.estimate)
    #expect(await bus.refused(.undelete([id, 99])).contains("run 99 is not in the trash"))
    #expect(await bus.accepted(.undelete([id])) == [id])
    let back = try #require(await bus.currentSnapshot().run(id))
    #expect(back.state == .done && back.bits == run.bits && back.score == run.score && back.latency == run.latency)
    #expect(back.tokensPerSecond == run.tokensPerSecond && back.finished == run.finished)
    #expect(try back.adapterBytes() == run.adapterBytes())
    guard case .examples(let restored) = await bus.ask(.examples(id)) else {
      Issue.record("no examples")
      return
    }
    #expect(restored == examples)
    guard case .trash(let left) = await bus.ask(.trash) else {
      Issue.record("no trash")
      return
    }
    #expect(left.isEmpty)
    await engine.shutdown(.save)
  }

  @Test func aSecondEngineOnTheStoreOnlyReads() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    await #expect(throws: StoreError.self) { _ = try await Engine(options: study.options(), bus: MessageBus()) }
    let reader = MessageBus()
    var options = study.options()
    options.readOnlyIfLocked = true
    let second = try await Engine(options: options, bus: reader)
    #expect(await reader.currentSnapshot().engine.isReadOnly)
    #expect(await reader.refused(.queue(study.plan())).contains("reading only"))
    let id = try #require(await bus.accepted(.queue(study.plan())).first)
    _ = try await bus.run(id, in: .done)
    // It follows what the other writes.
    let seen = try await reader.run(id, in: .done)
    #expect(seen.losses.count == 12)
    await second.shutdown(.save)
    await engine.shutdown(.save)
  }
}
