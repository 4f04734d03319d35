import Engine
import Foundation
import Messages
import Recipe
import RunStore
import Testing

/// Losses on held-out examples while a run trains: the same training, and the same points whatever interrupts it.
@Suite(.timeLimit(.minutes(10))) struct HeldOutTests {
  private func watched(_ study: TinyStudy, steps: Int = 12, every: Int = 5) -> RunPlan {
    var plan = study.plan(.all, steps: steps)
    plan.settings.evalEvery = every
    plan.settings.measureLatency = false
    return plan
  }

  private func bits(_ run: RunSummary) -> [UInt32] { run.heldOutPoints.map(\.loss.bitPattern) }

  @Test(arguments: [1, 2]) func theTrainingIsTheSameToTheBit(threads: Int) async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(threads: threads), bus: bus)
    var plain = watched(study)
    plain.settings.evalEvery = 0
    let ids = await bus.accepted(.queue(watched(study))) + bus.accepted(.queue(plain))
    let run = try await bus.run(try #require(ids.first), in: .done)
    let reference = try await bus.run(ids[1], in: .done)
    #expect(run.bits == reference.bits)
    #expect(try run.adapterBytes() == reference.adapterBytes())
    #expect(run.score?.score == reference.score?.score)
    #expect(run.heldOutPoints.map(\.step) == [5, 10, 12])
    #expect(run.heldOutPoints.allSatisfy { $0.loss.isFinite && $0.loss > 0 } && Set(bits(run)).count == 3)
    // A file without a tuning split: its evaluation examples.
    #expect(run.prepared?.heldOut == HeldOutExamples(split: .evaluation, examples: 6))
    #expect(reference.prepared?.heldOut == nil && reference.heldOutLosses.count == 0)
    let notices = await bus.currentSnapshot().notices.map(\.text)
    #expect(notices.contains { $0.contains("held-out loss every 5 steps on 6 evaluation examples") })
    await engine.shutdown(.save)
    let stored = try #require(try await RunStore(at: study.store, mode: .reading).run(run.id))
    #expect(bits(stored) == bits(run) && stored.heldOutPoints.map(\.step) == [5, 10, 12])
  }

  @Test func aTuningShareIsTakenFirst() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    var plan = watched(study)
    plan.settings.tuningShare = 0.25
    let id = try #require(await bus.accepted(.queue(plan)).first)
    let run = try await bus.run(id, in: .done)
    #expect(run.prepared?.heldOut?.split == .tuning)
    #expect(run.prepared?.heldOut?.examples == 18 - (run.prepared?.trainingExamples ?? 0))
    await engine.shutdown(.save)
  }

  @Test func withoutHeldOutExamplesOneLineSaysWhatToDo() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    var plan = watched(study)
    plan.data = .file(path: study.file.path, evaluation: .none)
    let id = try #require(await bus.accepted(.queue(plan)).first)
    let run = try await bus.first { $0.run(id)?.state.isTerminal == true }.run(id)
    #expect(run?.state == .failed && run?.failureStatus == 65)
    #expect(run?.reason?.contains("--tuning-share") == true && run?.reason?.contains("sums.jsonl") == true)
    await engine.shutdown(.save)
  }

  /// A kill between a step and its held-out loss, right after one, and long after the checkpoint.
  @Test(arguments: [15, 16, 19]) func aKilledRunComesToTheSamePoints(step: Int) async throws {
    let study = try TinyStudy()
    var options = study.options()
    options.checkpointSteps = 4
    let gate = StepGate(before: step, of: 2)
    options.beforeStep = { gate.hold($0, before: $1) }
    let reference: RunSummary
    do {
      let bus = MessageBus()
      let engine = try await Engine(options: options, bus: bus)
      let id = try #require(await bus.accepted(.queue(watched(study, steps: 32))).first)
      reference = try await bus.run(id, in: .done)
      let killed = try #require(await bus.accepted(.queue(watched(study, steps: 32))).first)
      #expect(try await gate.arrival() == killed)
      await bus.flush()
      options.store = try study.copyOfStore()
      gate.open()
      await engine.shutdown(.discard)
    }
    #expect(reference.heldOutPoints.map(\.step) == [5, 10, 15, 20, 25, 30, 32])
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    let left = try #require(await bus.currentSnapshot().runs.last)
    #expect(left.heldOutLosses.count == (step > 15 ? 3 : 2))
    #expect(await bus.accepted(.resumeUnfinished) == [left.id])
    let run = try await bus.run(left.id, in: .done)
    #expect(run.bits == reference.bits && bits(run) == bits(reference))
    await engine.shutdown(.save)
    let store = try #require(options.store)
    let stored = try #require(try await RunStore(at: store, mode: .reading).run(left.id))
    #expect(bits(stored) == bits(reference))
  }

  @Test func aPausedRunComesToTheSamePoints() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let gate = StepGate(before: 5, of: 1)
    var options = study.options()
    options.beforeStep = { gate.hold($0, before: $1) }
    let engine = try await Engine(options: options, bus: bus)
    let id = try #require(await bus.accepted(.queue(watched(study))).first)
    _ = try await gate.arrival()
    #expect(await bus.accepted(.pause(id)) == [id])
    gate.open()
    // Paused at a step whose loss was not taken yet.
    #expect(try await bus.run(id, in: .paused).heldOutLosses.count == 0)
    #expect(await bus.accepted(.resume(id)) == [id])
    let run = try await bus.run(id, in: .done)
    let other = try #require(await bus.accepted(.queue(watched(study))).first)
    let reference = try await bus.run(other, in: .done)
    #expect(bits(run) == bits(reference) && run.bits == reference.bits && bits(run).count == 3)
    await engine.shutdown(.save)
  }
}
