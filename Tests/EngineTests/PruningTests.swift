import Engine
import Foundation
import HuggingFace
import Messages
import Recipe
import RunStore
import Testing
import Transformer

/// Making a finished adapter smaller: a run of its own beside its parent.
@Suite(.timeLimit(.minutes(10))) struct PruningTests {
  private func plan(_ study: TinyStudy, _ targets: Targets = .all) -> RunPlan {
    var plan = study.plan(targets)
    plan.settings.tuningShare = 0.25
    return plan
  }

  /// Of few examples that a random model all gets wrong nothing shows a loss, so that any part is borne.
  private func pruning(_ way: Pruning.Way = .layers, of parent: RunID = 1) -> Pruning {
    Pruning(parent: parent, way: way, tolerance: 100, baselines: [.last, .random])
  }

  private func adapter(_ run: RunSummary, _ study: TinyStudy) throws -> LoRAAdapter {
    try PEFTAdapterFolder.read(
      URL(filePath: try #require(run.adapterPath)),
      configuration: try ModelFolder.configuration(at: study.modelFolder))
  }

  @Test(arguments: [Pruning.Way.layers, .rank])
  func aPartOfTheAdapterIsARunBesideIt(_ way: Pruning.Way) async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    var engine = try await Engine(options: study.options(), bus: bus)
    let parent = try await bus.run(await bus.accepted(.queue(plan(study)))[0], in: .done)
    let bytes = try parent.adapterBytes()
    let ids = await bus.accepted(.prune(pruning(way), measureLatency: true))
    #expect(ids == [2])
    let run = try await bus.run(2, in: .done)
    let result = try #require(run.pruned)
    #expect(run.plan.pruning?.parent == 1 && result.parent == 1 && result.way == way && !run.plan.trains)
    let chosen = try #require(result.chosen)
    #expect(result.candidates[chosen].isBorne && result.candidates[chosen].parameters == result.parameters)
    #expect(result.candidates.allSatisfy { $0.parameters >= result.parameters || !$0.isBorne })
    #expect(result.parameters < result.parentParameters && result.energy < 1)
    #expect(result.parentParameters == parent.prepared?.trainableParameters)
    #expect(run.prepared?.trainableParameters == result.parameters && run.prepared?.totalSteps == 0)
    // It is scored on the parent's evaluation examples, and measured by itself.
    #expect(run.score?.examples == parent.score?.examples && run.latency != nil)
    #expect(result.confirmed?.examples == parent.score?.examples)
    #expect(result.baselines.count == 2)
    // What lies on disk is that part: where layers go values are the parent's own.
    let (whole, part) = (try adapter(parent, study), try adapter(run, study))
    #expect(part.modules.count == result.places && part.parameterCount == result.parameters)
    #expect(Targets(paths: part.specification.targets, in: part.configuration) == result.kept)
    for module in part.modules where way == .layers {
      #expect(module.rank == whole[module.path]?.rank)
      let (a, b) = (whole[module.path]?.a.pointer, whole[module.path]?.b.pointer)
      #expect((0..<module.a.count).allSatisfy { module.a.pointer[$0] == a?[$0] })
      #expect((0..<module.b.count).allSatisfy { module.b.pointer[$0] == b?[$0] })
    }
    // The parent is as it was, and the part is exported as any other adapter.
    let after = try #require(await bus.currentSnapshot().run(1))
    #expect(try after.adapterBytes() == bytes && after.score == parent.score && after.pruned == nil)
    let out = study.folder.appending(path: "out")
    _ = await bus.accepted(.export(2, path: out.path, replace: false))
    #expect(try Data(contentsOf: out.appending(path: "adapter_model.safetensors")) == run.adapterBytes())
    // A part can be pruned further; repeating it would be no repetition.
    #expect(await bus.refused(.repeatWithNextSeed(2)).contains("pruned from run 1"))
    await engine.shutdown(.save)
    let again = MessageBus()
    engine = try await Engine(options: study.options(), bus: again)
    let stored = try #require(await again.currentSnapshot().run(2))
    #expect(stored.pruned == result && stored.plan == run.plan && stored.score == run.score)
    #expect(stored.adaptedLabel == "\(result.kept.label) of #1")
    await engine.shutdown(.save)
  }

  @Test func aKillLosesNothing() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let gate = StepGate(before: 2, of: 2)
    var options = study.options()
    options.beforeStep = { gate.hold($0, before: $1) }
    let engine = try await Engine(options: options, bus: bus)
    _ = try await bus.run(await bus.accepted(.queue(plan(study)))[0], in: .done)
    _ = await bus.accepted(.prune(pruning(), measureLatency: false))
    _ = try await gate.arrival()
    await bus.flush()
    let killed = try study.copyOfStore()
    gate.open()
    let whole = try await bus.run(2, in: .done)
    await engine.shutdown(.save)
    // The parent's adapter lies where the copy's store has it, too: paths are stored.
    var left = study.options()
    left.store = killed
    let other = MessageBus()
    let resumed = try await Engine(options: left, bus: other)
    #expect(await other.currentSnapshot().run(2)?.state == .paused)
    let scores = killed.deletingLastPathComponent().appending(path: "runs/2/candidates.json")
    let kept = try String(decoding: Data(contentsOf: scores), as: UTF8.self)
    // The whole adapter and two candidates.
    #expect(kept.components(separatedBy: "\"scores\"").count >= 4)
    _ = await other.accepted(.resume(2))
    let run = try await other.run(2, in: .done)
    #expect(run.pruned == whole.pruned && run.score == whole.score)
    #expect(try run.adapterBytes() == whole.adapterBytes())
    #expect(!FileManager.default.fileExists(atPath: scores.path))
    await resumed.shutdown(.save)
  }

  @Test func stoppedOnTheWayItLeavesNothing() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let gate = StepGate(before: 1, of: 2)
    var options = study.options()
    options.beforeStep = { gate.hold($0, before: $1) }
    let engine = try await Engine(options: options, bus: bus)
    _ = try await bus.run(await bus.accepted(.queue(plan(study)))[0], in: .done)
    _ = await bus.accepted(.prune(pruning(), measureLatency: false))
    _ = try await gate.arrival()
    _ = await bus.accepted(.stop(2, keepPartialResult: true))
    gate.open()
    let run = try await bus.run(2, in: .cancelled)
    #expect(run.adapterPath == nil && run.pruned == nil && run.reason == "stopped before the pruning was over")
    #expect(await bus.currentSnapshot().run(1)?.state == .done)
    await engine.shutdown(.save)
  }

  @Test func whatCannotBePrunedIsRefused() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    var tuned = plan(study, try Targets(parsing: "o_proj@1"))
    tuned.settings.rank = 1
    _ = try await bus.run(await bus.accepted(.queue(tuned))[0], in: .done)
    _ = try await bus.run(await bus.accepted(.queue(study.plan(.oProj)))[0], in: .done)
    _ = try await bus.run(await bus.accepted(.queue(plan(study)))[0], in: .done)
    func refused(_ pruning: Pruning) async -> String { await bus.refused(.prune(pruning, measureLatency: false)) }
    // Neither way is advised where neither helps.
    for way in [Pruning.Way.layers, .rank] {
      let words = await refused(pruning(way, of: 1))
      #expect(words.contains("rank 1 in one layer only") && !words.contains("--way"), "\(words)")
    }
    #expect(await refused(pruning(of: 2)).contains("--tuning-share"))
    #expect(await refused(pruning(of: 9)).contains("there is no run 9"))
    #expect(await refused(Pruning(parent: 3, tolerance: 0)).contains("tolerance"))
    #expect(await refused(Pruning(parent: 3, tolerance: 3, examples: 20)).contains("--tolerance"))
    // What the split really has shows when it is read.
    _ = await bus.accepted(.prune(Pruning(parent: 3, tolerance: 3), measureLatency: false))
    let failed = try await bus.first { $0.run(4)?.state == .failed }
    #expect(failed.run(4)?.reason?.contains("cannot tell a loss of") == true)
    var (narrow, flat) = (plan(study, try Targets(parsing: "o_proj@1")), plan(study, .oProj))
    (narrow.settings.rank, flat.settings.rank) = (4, 1)
    for (plan, way, words) in [
      (narrow, Pruning.Way.layers, "one layer only, so no layer can go; --way rank"),
      (flat, .rank, "rank 1 everywhere, which cannot be lowered; --way layers"),
    ] {
      let id = await bus.accepted(.queue(plan))[0]
      _ = try await bus.run(id, in: .done)
      #expect(await refused(pruning(way, of: id)).contains(words))
    }
    _ = await bus.accepted(.pauseQueue(true))
    let waiting = await bus.accepted(.queue(plan(study, .fc2)))
    #expect(await refused(pruning(of: waiting[0])).contains("is not finished"))
    try FileManager.default.removeItem(atPath: try #require(await bus.currentSnapshot().run(3)?.adapterPath))
    #expect(await refused(pruning(of: 3)).contains("no adapter any more"))
    await engine.shutdown(.discard)
  }

  /// What is read off trained runs leaves pruned ones out: they are no seeds of anything.
  @Test func aStudyDoesNotCountThem() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    let ids = await bus.accepted(.queue(plan(study)))
    _ = try await bus.run(ids[0], in: .done)
    _ = await bus.accepted(.prune(pruning(), measureLatency: false))
    _ = try await bus.run(2, in: .done)
    guard case .combinations(let combinations) = await bus.ask(.combinations(like: 1)) else {
      Issue.record("no combinations")
      return
    }
    // The pruned run is a point of its own where something was kept, and on no front.
    #expect(combinations.filter { !$0.runs.contains(2) }.map(\.runs) == [[1]])
    #expect(combinations.allSatisfy { !$0.runs.contains(2) || $0.runs == [2] && $0.onFront == nil })
    // And a sweep does not take one for a run of its own.
    let sweep = SweepPlan(
      model: study.model, data: [study.data], combinations: [.all], seeds: [0], settings: plan(study).settings)
    #expect(await bus.accepted(.sweep(sweep)) == [1])
    await engine.shutdown(.save)
  }
}
