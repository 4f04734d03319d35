import Analysis
import Engine
import Foundation
import HuggingFace
import Messages
import Recipe
import Testing
import Transformer

/// A part of an adapter that is trained on, and what it is set against.
@Suite(.timeLimit(.minutes(10))) struct PruningRefitTests {
  private func plan(_ study: TinyStudy, _ targets: Targets = .all) -> RunPlan {
    var plan = study.plan(targets)
    plan.settings.tuningShare = 0.25
    return plan
  }

  private func pruning(_ way: Pruning.Way = .layers, refit: Int?) -> Pruning {
    Pruning(parent: 1, way: way, tolerance: 100, baselines: [.last, .random], refit: refit)
  }

  @Test(arguments: [Pruning.Way.layers, .rank])
  func whatIsLeftIsTrainedOn(_ way: Pruning.Way) async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    let parent = try await bus.run(await bus.accepted(.queue(plan(study)))[0], in: .done)
    #expect(
      await bus.refused(.prune(pruning(way, refit: 0), measureLatency: false)).contains("1 step or more"))
    _ = await bus.accepted(.prune(pruning(way, refit: nil), measureLatency: false))
    let plain = try await bus.run(2, in: .done)
    _ = await bus.accepted(.prune(pruning(way, refit: 9), measureLatency: true))
    let run = try await bus.run(3, in: .done)
    let (cut, result) = (try #require(plain.pruned), try #require(run.pruned))
    // The same part was chosen, and then trained.
    #expect(result.kept == cut.kept && result.parameters == cut.parameters && result.confirmed == cut.confirmed)
    #expect(run.step == 9 && run.losses.count == 9 && run.totalSteps == 9 && plain.losses.count == 0)
    #expect(try run.adapterBytes() != plain.adapterBytes())
    let refit = try #require(result.refit)
    #expect(refit.steps == 9 && cut.refit == nil)
    #expect(refit.gained?.examples == parent.score?.examples && refit.confirmed?.examples == parent.score?.examples)
    #expect(PruningWords.lines(result).contains { $0.hasPrefix("trained on for 9 steps: ") })
    // It is the run's score that is of what was trained, and it leaves nothing of its own beside its adapter.
    #expect(run.score?.examples == parent.score?.examples)
    let left = try FileManager.default.contentsOfDirectory(
      atPath: study.folder.appending(path: "runs/3").path)
    #expect(left == ["adapter"], "\(left)")
    // TPOT of the whole adapter and of the baselines comes from the same rounds.
    let whole = try #require(result.whole)
    #expect(whole.p50 > 0 && whole.baseP50 == run.latency?.baseP50 && plain.pruned?.whole == nil)
    #expect(result.baselines.count == 2 && result.baselines.allSatisfy { $0.latency?.baseP50 == whole.baseP50 })
    let rows = PruningTable.rows(run)
    #expect(rows.count == 5 && rows[1].loss == result.confirmed && rows[2].loss == refit.confirmed)
    #expect(PruningTable.markdown(run).contains("| the whole adapter of #1 |"))
    guard case .latencyBlocks(let blocks) = await bus.ask(.latencyBlocks(3)) else {
      Issue.record("no blocks")
      return
    }
    // Rounds of five variants there and back: of the stored ones half are the base's.
    #expect(blocks.count { $0.isBase } * 2 == blocks.count)
    await engine.shutdown(.save)
    let again = MessageBus()
    let next = try await Engine(options: study.options(), bus: again)
    #expect(await again.currentSnapshot().run(3)?.pruned == result)
    await next.shutdown(.save)
  }

  @Test func aKillWhileItIsTrainedCostsNoBit() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let gate = StepGate(before: 30, of: 2)
    var options = study.options()
    options.beforeStep = { gate.hold($0, before: $1) }
    options.checkpointSteps = 4
    let engine = try await Engine(options: options, bus: bus)
    _ = try await bus.run(await bus.accepted(.queue(plan(study)))[0], in: .done)
    _ = await bus.accepted(.prune(pruning(refit: 40), measureLatency: false))
    _ = try await gate.arrival()
    await bus.flush()
    let killed = try study.copyOfStore()
    gate.open()
    let whole = try await bus.run(2, in: .done)
    await engine.shutdown(.save)
    var left = study.options()
    left.store = killed
    let other = MessageBus()
    let resumed = try await Engine(options: left, bus: other)
    #expect(await other.currentSnapshot().run(2)?.state == .paused)
    _ = await other.accepted(.resume(2))
    let run = try await other.run(2, in: .done)
    #expect(run.pruned == whole.pruned && run.score == whole.score && run.bits == whole.bits)
    #expect(try run.adapterBytes() == whole.adapterBytes())
    await resumed.shutdown(.save)
  }

  @Test func pausedWhileItIsTrainedItGoesOn() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let gate = StepGate(before: 30, of: 2)
    var options = study.options()
    options.beforeStep = { gate.hold($0, before: $1) }
    let engine = try await Engine(options: options, bus: bus)
    _ = try await bus.run(await bus.accepted(.queue(plan(study)))[0], in: .done)
    _ = await bus.accepted(.prune(pruning(refit: 40), measureLatency: false))
    _ = try await gate.arrival()
    _ = await bus.accepted(.pause(2))
    gate.open()
    let paused = try await bus.run(2, in: .paused)
    #expect(paused.step == 30 && paused.score == nil)
    _ = await bus.accepted(.resume(2))
    let run = try await bus.run(2, in: .done)
    #expect(run.losses.count == 40 && run.pruned?.refit?.steps == 40)
    await engine.shutdown(.save)
  }
}
