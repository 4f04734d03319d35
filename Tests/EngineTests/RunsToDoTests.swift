import Engine
import Foundation
import Messages
import Recipe
import RunStore
import Testing

/// What a plan lacks, for those who have it trained elsewhere.
@Suite(.timeLimit(.minutes(10))) struct RunsToDoTests {
  private func runs(_ bus: MessageBus, _ sweep: SweepPlan) async throws -> [RunPlan] {
    guard case .runsToDo(let runs) = await bus.ask(.runsToDo(sweep)) else { throw Refusal("no runs", exitStatus: 1) }
    return runs.map(\.plan)
  }

  /// Seed by seed, the base's evaluation after the first run; what is done is left out, and nothing is queued.
  @Test func theyAreThoseThatASweepWouldQueue() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    var options = study.options()
    options.evaluatesBase = true
    let engine = try await Engine(options: options, bus: bus)
    let sweep = SweepPlan(
      model: study.model, data: [study.data], combinations: [.oProj, .fc2], seeds: [0, 1],
      settings: study.plan().settings)
    let all = try await runs(bus, sweep)
    let baseline = try #require(study.plan().baseline)
    #expect(all.count == 5 && all.firstIndex(of: baseline) == 1)
    #expect(all.filter { !$0.isBaseline }.map(\.settings.seed) == [0, 0, 1, 1])
    #expect(await bus.currentSnapshot().runs.isEmpty)
    // The evaluation of the base by itself, once more than no run needs.
    let ids = await bus.accepted(.evaluateBase(baseline))
    #expect(ids == [1])
    #expect(try await bus.run(1, in: .done).score?.examples == 6)
    #expect(try await runs(bus, sweep) == all.filter { !$0.isBaseline })
    _ = await bus.accepted(.queue(all[0]))
    _ = try await bus.run(2, in: .done)
    #expect(try await runs(bus, sweep) == Array(all.dropFirst(2)))
    var again = sweep
    again.reuseFinished = false
    #expect(try await runs(bus, again).count == 4)
    await engine.shutdown(.save)
  }

  /// Only by its own name, so that nobody who has forgotten to choose modules gets one.
  @Test func anEvaluationOfTheBaseIsNoRun() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    let baseline = try #require(study.plan().baseline)
    for command in [Command.queue(baseline), .evaluateBase(study.plan())] {
      guard case .refused = await bus.send(command) else {
        Issue.record("not refused: \(command)")
        continue
      }
    }
    #expect(await bus.currentSnapshot().runs.isEmpty)
    await engine.shutdown(.save)
  }
}
