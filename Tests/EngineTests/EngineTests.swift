import Engine
import Foundation
import Messages
import Recipe
import RunStore
import TestSupport
import Testing
import Training

/// Whole runs on a tiny model: from the command to the store.
@Suite(.timeLimit(.minutes(10))) struct EngineTests {
  @Test func aRunGoesFromTheQueueToItsResults() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let neverRead = bus.snapshots()
    let engine = try await Engine(options: study.options(), bus: bus)
    let id = try #require(await bus.accepted(.queue(study.plan(.all))).first)
    let run = try await bus.run(id, in: .done)
    #expect(run.losses.count == 12)
    #expect(run.losses.values(0..<12).allSatisfy { $0.isFinite && $0 > 0 })
    let prepared = try #require(run.prepared)
    #expect(prepared.trainingExamples == 18)
    #expect(prepared.evaluationExamples == 6)
    #expect(prepared.modules.count == 14)
    #expect(prepared.modules.contains("model.layers.1.mlp.up_proj"))
    let perLayer = (16 + 16) + (16 + 8) * 2 + (16 + 16) + (16 + 24) * 3
    #expect(prepared.trainableParameters == 2 * 2 * perLayer)
    #expect(run.score?.examples == 6)
    let latency = try #require(run.latency)
    #expect(latency.p50 > 0 && latency.p95 >= latency.p50 && latency.baseP50 > 0)
    #expect(run.tokensPerSecond ?? 0 > 0)
    #expect(run.peakMemoryBytes ?? 0 > 0)
    #expect(run.wallSeconds ?? 0 > 0)
    let adapter = try #require(run.adapterPath)
    #expect(FileManager.default.fileExists(atPath: adapter + "/adapter_config.json"))
    #expect(!FileManager.default.fileExists(atPath: engine.folder.checkpoint(id).path))
    guard case .examples(let examples) = await bus.ask(.examples(id)) else {
      Issue.record("no examples")
      return
    }
    #expect(examples.map(\.index) == Array(0..<6))
    guard case .latencyBlocks(let blocks) = await bus.ask(.latencyBlocks(id)) else {
      Issue.record("no blocks")
      return
    }
    #expect(blocks.count == 8)
    #expect(blocks.filter(\.isBase).count == 4)
    await engine.shutdown(.save)
    let counters = bus.lanes.counters
    #expect(counters.stored == counters.emitted)
    #expect(counters.largestPending <= bus.lanes.capacity)
    withExtendedLifetime(neverRead) {}
    let stored = try await RunStore(at: study.store, mode: .reading).run(id)
    #expect(stored?.bits == run.bits)
    #expect(stored?.state == .done)
    #expect(stored?.latency == latency)
    #expect(await bus.currentSnapshot().engine.hasShutDown)
    #expect(await bus.refused(.pauseQueue(true)).contains("ended"))
  }

  @Test func aRunThatCannotBeReadIsLeftOutAndCanBeDeleted() async throws {
    let study = try TinyStudy()
    do {
      let store = try RunStore(at: study.store, mode: .engine)
      _ = try await store.insert((0..<3).map { study.plan(seed: $0) }, created: 0)
      for id in 1...3 {
        try await store.write([Event(sequence: 0, time: 1, run: RunID(id), content: .stateChanged(.done, reason: nil))])
      }
      try await store.damage(2)
      try store.close()
    }
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    let snapshot = await bus.currentSnapshot()
    #expect(snapshot.runs.map(\.id) == [1, 3])
    let told = snapshot.notices.filter { $0.text.contains("#2") && $0.text.contains("runs delete 2") }
    #expect(told.map(\.level) == [.warning])
    #expect(await bus.refused(.repeatWithNextSeed(2)).contains("its plan cannot be read"))
    // The others work, and new ones begin.
    let id = try #require(await bus.accepted(.queue(study.plan(seed: 7))).first)
    #expect(id == 4)
    _ = try await bus.run(id, in: .done)
    #expect(await bus.accepted(.delete([2, 3])) == [2, 3])
    await engine.shutdown(.save)
    let (runs, unreadable) = try await RunStore(at: study.store, mode: .reading).readableRuns()
    #expect(runs.map(\.id) == [1, 4])
    #expect(unreadable.isEmpty)
  }

  @Test func pauseAndResumeGiveTheSameBits() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let gate = StepGate(before: 5)
    var options = study.options()
    options.beforeStep = { gate.hold($0, before: $1) }
    let engine = try await Engine(options: options, bus: bus)
    let id = try #require(await bus.accepted(.queue(study.plan(.qkv, steps: 40))).first)
    #expect(try await gate.arrival() == id)
    #expect(await bus.accepted(.pause(id)) == [id])
    gate.open()
    let paused = try await bus.run(id, in: .paused)
    let whole = try #require(await bus.accepted(.queue(study.plan(.qkv, steps: 40))).first)
    let reference = try await bus.run(whole, in: .done)
    #expect(paused.step == 5)
    #expect(paused.lastCheckpointStep == paused.step)
    #expect(paused.reason == nil)
    #expect(await bus.refused(.pause(id)).contains("paused already"))
    #expect(await bus.accepted(.resume(id)) == [id])
    let run = try await bus.run(id, in: .done)
    #expect(run.bits == reference.bits)
    #expect(try run.adapterBytes() == reference.adapterBytes())
    #expect(await bus.refused(.resume(id)).contains("has ended"))
    await engine.shutdown(.save)
  }

  @Test(arguments: [1, 2]) func aKilledRunGoesOnFromItsCheckpointWithTheSameBits(threads: Int) async throws {
    let study = try TinyStudy()
    var options = study.options(threads: threads)
    options.checkpointSteps = 4
    let gate = StepGate(before: 14, of: 2)
    options.beforeStep = { gate.hold($0, before: $1) }
    let reference: RunSummary
    do {
      let bus = MessageBus()
      let engine = try await Engine(options: options, bus: bus)
      let id = try #require(await bus.accepted(.queue(study.plan([.oProj, .fc2], steps: 80))).first)
      reference = try await bus.run(id, in: .done)
      let killed = try #require(await bus.accepted(.queue(study.plan([.oProj, .fc2], steps: 80))).first)
      #expect(try await gate.arrival() == killed)
      await bus.flush()
      options.store = try study.copyOfStore()
      gate.open()
      await engine.shutdown(.discard)
    }
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    let left = try #require(await bus.currentSnapshot().runs.last)
    #expect(left.state == .paused)
    #expect(left.reason == "interrupted")
    let checkpoint = try #require(left.lastCheckpointStep)
    #expect(checkpoint >= 4 && checkpoint <= left.step)
    #expect(left.step == 14 && left.losses.count == left.step)
    #expect(await bus.accepted(.resumeUnfinished) == [left.id])
    let run = try await bus.run(left.id, in: .done)
    #expect(run.bits == reference.bits)
    #expect(try run.adapterBytes() == reference.adapterBytes())
    await engine.shutdown(.save)
    let store = try #require(options.store)
    #expect(try await RunStore(at: store, mode: .reading).run(run.id)?.bits == reference.bits)
  }

  @Test func threadsAndJobsDoNotChangeABit() async throws {
    let study = try TinyStudy()
    var results: [[UInt32]] = []
    var adapters: [Data] = []
    for (threads, jobs) in [(1, 1), (2, 1), (2, 2)] {
      var options = study.options(threads: threads, jobs: jobs)
      options.store = study.folder.appending(path: "\(threads)-\(jobs).sqlite")
      let bus = MessageBus()
      let engine = try await Engine(options: options, bus: bus)
      let ids = await bus.accepted(.queue(study.plan(.all, seed: 3))) + bus.accepted(.queue(study.plan(.fc1)))
      let run = try await bus.run(try #require(ids.first), in: .done)
      _ = try await bus.run(ids[1], in: .done)
      results.append(run.bits)
      adapters.append(try run.adapterBytes())
      await engine.shutdown(.save)
    }
    #expect(results[0] == results[1] && results[0] == results[2])
    #expect(adapters[0] == adapters[1] && adapters[0] == adapters[2])
  }

  @Test func severalRunsAtOncePauseAndStopByThemselves() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(threads: 3), bus: bus)
    #expect(await bus.refused(.setJobs(0)).contains("not 0"))
    _ = await bus.accepted(.setJobs(3))
    #expect(await bus.currentSnapshot().engine.jobs == 3)
    var ids: [RunID] = []
    for seed in 0..<3 { ids += await bus.accepted(.queue(study.plan(.fc1, steps: 200_000, seed: UInt64(seed)))) }
    // All three train, each with a thread of its own.
    _ = try await bus.first { snapshot in ids.allSatisfy { (snapshot.run($0)?.step ?? 0) > 2 } }
    #expect(await bus.currentSnapshot().runs.map { $0.prepared?.threads } == [1, 1, 1])
    _ = await bus.accepted(.pause(ids[0]))
    _ = try await bus.run(ids[0], in: .paused)
    _ = await bus.accepted(.stop(ids[1], keepPartialResult: true))
    _ = try await bus.run(ids[1], in: .stopped)
    let before = try #require(await bus.currentSnapshot().run(ids[2])?.step)
    try await bus.run(ids[2], atStep: before + 3)
    #expect(await bus.currentSnapshot().run(ids[2])?.state == .training)
    _ = await bus.accepted(.stop(ids[2], keepPartialResult: false))
    _ = try await bus.run(ids[2], in: .cancelled)
    await engine.shutdown(.save)
  }

  @Test func latencyIsMeasuredOnlyWhileNothingTrains() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(threads: 2, jobs: 2), bus: bus)
    let watcher = Task {
      var overlaps = 0
      for await snapshot in bus.snapshots() {
        let states = snapshot.runs.map(\.state)
        let trains = states.contains { $0 == .training || $0 == .evaluating }
        if states.contains(.measuring) && trains { overlaps += 1 }
        if states.filter({ $0 == .done }).count == 3 { break }
      }
      return overlaps
    }
    for targets in [Targets.qkv, .fc1, .fc2] { _ = await bus.accepted(.queue(study.plan(targets, steps: 40))) }
    for id in 1...3 as ClosedRange<RunID> { #expect(try await bus.run(id, in: .done).latency != nil) }
    #expect(await watcher.value == 0)
    await engine.shutdown(.save)
  }

  @Test func aDivergentRunEndsAndTheNextGoesOn() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    var plan = study.plan(.all, steps: 50)
    plan.settings.learningRate = 1e30
    plan.settings.clip = 0
    let bad = try #require(await bus.accepted(.queue(plan)).first)
    let good = try #require(await bus.accepted(.queue(study.plan())).first)
    _ = try await bus.run(good, in: .done)
    let run = try #require(await bus.currentSnapshot().run(bad))
    #expect(run.state == .failed)
    #expect(run.reason?.contains("diverged") == true)
    #expect(run.reason?.contains("step") == true)
    // The curve ends with the step that was no number.
    #expect(run.losses.last?.isFinite == false || run.gradientNorms.last?.isFinite == false)
    #expect(run.losses.values(0..<run.losses.count - 1).allSatisfy { $0.isFinite })
    #expect(run.reason?.contains("step \(run.step) ") == true)
    await engine.shutdown(.save)
  }

  @Test func whatCannotBeReadFailsWithOneLine() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    let broken = study.folder.appending(path: "broken.jsonl")
    try Data("{\"prompt\": \"a\", \"completion\": \"b\"}\nnot json\n".utf8).write(to: broken)
    var missing = study.plan()
    missing.model = .folder(path: study.folder.path + "/nowhere")
    var data = study.plan()
    data.data = .file(path: broken.path, evaluation: .none)
    var long = study.plan()
    long.settings.sequenceLength = 5000
    let expected: [(RunPlan, Int32, String)] = [
      (missing, 66, "nowhere"), (data, 65, "2"), (long, 65, "256 positions"),
    ]
    for (plan, status, mention) in expected {
      let id = try #require(await bus.accepted(.queue(plan)).first)
      let run = try await bus.run(id, in: .failed)
      #expect(run.reason?.contains(mention) == true, "\(run.reason ?? "")")
      #expect(run.reason?.contains("\n") == false)
      #expect(run.failureStatus == status)
    }
    var empty = study.plan()
    empty.targets = []
    #expect(await bus.refused(.queue(empty)).contains("no module"))
    var rank = study.plan()
    rank.settings.rank = 0
    #expect(await bus.refused(.queue(rank)).contains("rank"))
    var task = study.plan()
    task.data = .task(name: "nonsense")
    #expect(await bus.refused(.queue(task)).contains("nonsense"))
    #expect(await bus.refused(.selectModel(.folder(path: "/nowhere"))).contains("nowhere"))
    #expect(await bus.refused(.pause(99)).contains("no run 99"))
    await engine.shutdown(.save)
  }

  @Test func withoutEvaluationDataThereIsNoScore() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    var plan = study.plan()
    plan.data = .file(path: study.file.path, evaluation: .none)
    plan.settings.measureLatency = false
    let first = try await bus.run(try #require(await bus.accepted(.queue(plan)).first), in: .done)
    // The second run starts from the first one's adapter.
    plan.settings.initialAdapter = first.adapterPath
    plan.settings.output = study.folder.appending(path: "out/adapter").path
    let run = try await bus.run(try #require(await bus.accepted(.queue(plan)).first), in: .done)
    #expect(run.score == nil)
    #expect(run.latency == nil)
    #expect(run.prepared?.trainingExamples == 24)
    #expect(run.adapterPath == plan.settings.output)
    #expect(run.bits != first.bits)
    plan.targets = .fc1
    plan.settings.output = nil
    let other = try await bus.run(try #require(await bus.accepted(.queue(plan)).first), in: .failed)
    #expect(other.reason?.contains("targets are fc1") == true)
    await engine.shutdown(.save)
  }
}
