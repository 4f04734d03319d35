import Engine
import Foundation
import Messages
import Recipe
import Testing

/// The look at the base before a search's race: what it decides, what it refuses, and that nothing of it is lost.
@Suite(.timeLimit(.minutes(10))) struct SearchLookTests {
  @Test func whatALookFoundIsDecidedByAfterAKill() async throws {
    let study = try SearchStudy()
    var options = study.tiny.options()
    options.checkpointSteps = 2
    let gate = options.gate(before: 2)
    let (reference, killed) = try await withEngine(options) { bus, _ in
      _ = await bus.accepted(.search([study.request(Targets.fifteen)]))
      let killed = try await study.storeOfKill(at: gate, heats: 1, bus)
      return (try await bus.answered(), killed)
    }
    #expect(reference.plan.look?.isOver == true && reference.plan.look?.batches == 4)
    let energies = reference.plan.combinations.compactMap { $0.energy?.estimate }
    #expect(energies.count == 15 && energies.allSatisfy { $0 > 0 })
    #expect(reference.plan.prior(of: .all)?.energy?.estimate == energies.max())
    // Nothing asked for TPOT.
    #expect(reference.plan.combinations.allSatisfy { $0.overhead == nil })
    #expect(reference.bracket.heats.first?.entries.count == 6 && reference.bracket.notStarted.count == 9)
    #expect(reference.bracket.heats.first?.entries.contains { $0.candidate.targets == .all } == true)
    options.store = killed
    try await withEngine(options) { bus, _ in
      _ = await bus.accepted(.resumeUnfinished)
      let search = try await bus.answered()
      // The seconds of the look too: it was not taken again.
      #expect(search.plan == reference.plan)
      #expect(search.answer?.kind == reference.answer?.kind && search.answer?.pick == reference.answer?.pick)
      #expect(search.answer?.candidates == reference.answer?.candidates)
      #expect(
        search.bracket.heats == reference.bracket.heats && search.bracket.notStarted == reference.bracket.notStarted)
    }
  }

  @Test func aLatencyBudgetGoesByWhatTheLookPredicts() async throws {
    let study = try SearchStudy()
    var options = study.tiny.options()
    options.probeLatencySeconds = 0.01
    func request(_ budget: Double, measures: Bool = true) -> SearchRequest {
      study.request([.oProj, .fc2, .all]) {
        $0.latencyBudget = budget
        $0.settings.measureLatency = measures
      }
    }
    try await withEngine(options) { bus, engine in
      #expect(await bus.refused(.search([request(5, measures: false)])).contains("--no-latency"))
      let matched = study.request {
        $0.latencyBudget = 5
        $0.settings.measureLatency = true
        $0.parameterBudget = 400
      }
      #expect(await bus.refused(.search([matched])).contains("ranks differ"))
      guard case .promise(let promise) = await bus.ask(.promise([request(5)])) else {
        Issue.record("no promise")
        return
      }
      #expect(promise.looks && promise.predicts && promise.unmeasured == 3)
      #expect(await bus.currentSnapshot().searches.isEmpty)
      _ = await bus.accepted(.search([request(-1e6)]))
      let refused = try await bus.answered()
      #expect(refused.answer?.kind == SearchAnswer.Kind.none)
      let line = try #require(refused.answer?.sentence)
      #expect(line.contains("nothing fits a latency budget of -1000000 %: "), "\(line)")
      #expect(line.contains(" costs least, predicted TPOT "), "\(line)")
      #expect(await bus.currentSnapshot().runs.isEmpty)
      _ = await bus.accepted(.search([request(1e6)]))
      let search = try await bus.answered(2)
      #expect(search.plan.combinations.allSatisfy { $0.overhead != nil && $0.overheadIsPredicted == true })
      #expect(search.answer?.candidates.first?.overheadIsPredicted == true)
      #expect(search.answer?.sentence.contains("predicted TPOT ") == true, "\(search.answer?.sentence ?? "")")
      let stored = try await engine.store.searches()
      #expect(stored.map(\.plan).last == search.plan)
    }
  }

  @Test func aBaseThatIsNotFiniteIsSaidAndNothingIsTrained() async throws {
    let study = try SearchStudy()
    try study.spoilBase()
    let line = try await withEngine(study.tiny.options()) { bus, _ in
      _ = await bus.accepted(.search([study.request()]))
      let search = try await bus.answered()
      #expect(search.answer?.kind == SearchAnswer.Kind.none && search.answer?.candidates == [])
      let line = try #require(search.answer?.sentence)
      #expect(line.contains("nothing was trained") && line.contains("is not a finite number"), "\(line)")
      #expect(search.bracket.heats.isEmpty && search.bracket.notStarted.isEmpty)
      let snapshot = await bus.currentSnapshot()
      #expect(snapshot.runs.isEmpty && snapshot.engine.probe == nil)
      return line
    }
    // It is over in the store too.
    try await withEngine(study.tiny.options()) { bus, _ in
      #expect(await bus.currentSnapshot().searches.map(\.answer?.sentence) == [line])
      #expect(await bus.currentSnapshot().searches.map(\.bracket.heats.count) == [0])
    }
  }

  @Test func aQuitEndsALookAndLosesNothing() async throws {
    let study = try SearchStudy()
    var options = study.tiny.options()
    let gate = StepGate(before: 0)
    options.whileProbing = { if $0 == .latency { gate.hold(0, before: 0) } }
    let request = study.request { $0.settings.measureLatency = true }
    do {
      let bus = MessageBus()
      let engine = try await Engine(options: options, bus: bus)
      _ = await bus.accepted(.search([request]))
      let snapshot = try await bus.first { $0.engine.probe?.phase == .latency }
      #expect(snapshot.searches.first?.lookWords(snapshot.engine) == "before the race: TPOT of the four groups")
      #expect(snapshot.searches.first?.bracket.heats == [])
      _ = try await gate.arrival()
      async let down: Void = engine.shutdown(.save)
      // The order is there before the look goes on.
      while await !engine.isEnding { await Task.yield() }
      gate.open()
      await down
      #expect(await bus.currentSnapshot().searches.map(\.status) == [.paused])
    }
    options.whileProbing = nil
    options.probeLatencySeconds = 0.01
    try await withEngine(options) { bus, _ in
      #expect(await bus.currentSnapshot().searches.map(\.plan.awaitsLook) == [true])
      _ = await bus.accepted(.resumeUnfinished)
      let search = try await bus.answered()
      #expect(search.answer?.pick != nil && search.plan.look?.isOver == true)
    }
  }

  @Test func aLookWaitsForRunsUnderWay() async throws {
    let study = try SearchStudy()
    var options = study.tiny.options()
    let gate = options.gate(before: 3, of: 1)
    try await withEngine(options) { bus, _ in
      _ = await bus.accepted(.queue(study.tiny.plan()))
      _ = try await gate.arrival()
      _ = await bus.accepted(.search([study.request(), study.request(seeds: [3])]))
      let snapshot = await bus.currentSnapshot()
      let waits = "waits for the machine, to look at the base before the race"
      #expect(snapshot.searches.map { $0.lookWords(snapshot.engine) } == [waits, waits])
      #expect(snapshot.runs.count == 1)
      // One that is ended before says nothing, and the other goes on.
      _ = await bus.accepted(.endSearch(1))
      gate.open()
      let search = try await bus.answered(2)
      #expect(search.answer?.pick != nil)
      let ended = await bus.currentSnapshot().searches.first
      #expect(ended?.answer?.sentence == "ended before its first heat" && ended?.runs.isEmpty == true)
    }
  }
}
