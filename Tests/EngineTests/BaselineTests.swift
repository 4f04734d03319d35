import Engine
import Foundation
import Messages
import Recipe
import RunStore
import Testing

/// The base's own evaluation: once for each model, data set and way of evaluating.
@Suite(.timeLimit(.minutes(10))) struct BaselineTests {
  private func options(_ study: TinyStudy) -> EngineOptions {
    var options = study.options()
    options.evaluatesBase = true
    return options
  }

  @Test func itFollowsTheFirstRunAndComesOnce() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: options(study), bus: bus)
    _ = await bus.accepted(.pauseQueue(true))
    let sweep = SweepPlan(
      model: study.model, data: [study.data], combinations: [.oProj, .fc2], seeds: [0, 1],
      settings: study.plan().settings)
    let ids = await bus.accepted(.sweep(sweep))
    #expect(ids == [1, 2, 3, 4])
    #expect(await bus.currentSnapshot().queue == [1, 5, 2, 3, 4])
    #expect(await bus.currentSnapshot().run(5)?.plan == study.plan().baseline)
    // Other hyper-parameters are evaluated alike; another number of examples is not.
    var other = study.plan(.fc1, steps: 5)
    #expect(await bus.accepted(.queue(other)) == [6])
    #expect(await bus.currentSnapshot().queue == [1, 5, 2, 3, 4, 6])
    other.settings.evaluationExamples = 0
    #expect(await bus.accepted(.queue(other)) == [7])
    #expect(await bus.currentSnapshot().queue.count == 7)
    _ = await bus.accepted(.pauseQueue(false))
    let base = try await bus.run(5, in: .done)
    #expect(base.score?.examples == 6)
    // Beside its score stand those that ask for no form, and they are kept.
    let free = try #require(base.score?.formatFree)
    #expect(free.chance != nil && free.fewShot?.examples == 6 && free.fewShot?.shots ?? 0 > 0)
    #expect(base.prepared?.trainableParameters == 0 && base.losses.count == 0 && base.latency == nil)
    for id in ids { _ = try await bus.run(id, in: .done) }
    // A study whose runs are all there brings the base's evaluation along where it is missing.
    _ = try await bus.first { $0.runs.allSatisfy { $0.state == .done } }
    _ = await bus.accepted(.delete([5]))
    #expect(await bus.accepted(.sweep(sweep)) == ids)
    _ = try await bus.run(8, in: .done)
    #expect(await bus.currentSnapshot().run(8)?.plan == study.plan().baseline)
    _ = await bus.accepted(.undelete([5]))
    _ = await bus.accepted(.delete([8]))
    // Every difference to the base is paired by example.
    guard case .comparison(let comparison) = await bus.ask(.compare([1, 2], baseline: 1)) else {
      Issue.record("no comparison")
      return
    }
    #expect(comparison.base == base.score)
    for row in comparison.rows {
      let expected = 100 * (try #require(row.run.score?.score.estimate) - (try #require(base.score?.score.estimate)))
      #expect(abs(try #require(row.overBase?.estimate) - expected) < 1e-9)
    }
    guard case .combinations(let combinations) = await bus.ask(.combinations(like: 1)) else {
      Issue.record("no combinations")
      return
    }
    // Those that were trained otherwise are points of their own.
    #expect(combinations.map(\.targets) == [.oProj, .fc1, .fc2])
    #expect(combinations.map(\.runs.count) == [2, 1, 2])
    #expect(await bus.refused(.repeatWithNextSeed(5)).contains("no seed"))
    await engine.shutdown(.save)
  }

  @Test func leftUnfinishedItGoesOnWithTheNextRun() async throws {
    let study = try TinyStudy()
    do {
      let bus = MessageBus()
      let engine = try await Engine(options: options(study), bus: bus)
      _ = await bus.accepted(.pauseQueue(true))
      _ = await bus.accepted(.queue(study.plan()))
      await engine.shutdown(.save)
    }
    let bus = MessageBus()
    let engine = try await Engine(options: options(study), bus: bus)
    #expect(await bus.currentSnapshot().queue == [1, 2])
    let next = try #require(await bus.accepted(.queue(study.plan(seed: 1))).first)
    _ = try await bus.run(next, in: .done)
    #expect(try await bus.run(2, in: .done).score != nil)
    // The person's own run still waits to be resumed.
    #expect(await bus.currentSnapshot().run(1)?.state == .waiting)
    // Deleted, it comes again with the next run.
    _ = await bus.accepted(.delete([2]))
    let last = await bus.accepted(.queue(study.plan(seed: 2)))
    #expect(await bus.currentSnapshot().baseline(of: study.plan())?.id == last[0] + 1)
    await engine.shutdown(.save)
  }

  @Test func itCanBeCancelledAndIsNotEvaluatedWithoutExamples() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: options(study), bus: bus)
    _ = await bus.accepted(.pauseQueue(true))
    let id = try #require(await bus.accepted(.queue(study.plan())).first)
    let base = try #require(await bus.currentSnapshot().baseline(of: study.plan())?.id)
    _ = await bus.accepted(.cancel(base))
    _ = await bus.accepted(.pauseQueue(false))
    _ = try await bus.run(id, in: .done)
    #expect(await bus.currentSnapshot().run(base)?.state == .cancelled)
    #expect(await bus.currentSnapshot().baseline(of: study.plan()) == nil)
    var plan = study.plan()
    plan.data = .file(path: study.file.path, evaluation: .none)
    #expect(plan.baseline == nil)
    plan.settings.evaluationSplit = .tuning
    #expect(await bus.refused(.queue(plan)).contains("no tuning split"))
    await engine.shutdown(.save)
  }
}
