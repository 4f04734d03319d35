import Engine
import Foundation
import Messages
import Recipe
import RunStore
import Testing

/// Searches that kills, quits and persons interrupt: they come to the same answer, or to the best one so far.
@Suite(.timeLimit(.minutes(10))) struct SearchInterruptionTests {
  // MARK: Kills and quits

  /// Before the first heat, between two heats, and on the way to the last one; also with a group that has a rate and a rank of its own.
  @Test(arguments: [
    (1, 2, 1, false), (2, 3, 1, false), (1, 5, 2, false), (2, 9, 3, false), (1, 5, 2, true), (2, 9, 3, true),
  ])
  func aKilledSearchComesToTheSameAnswer(run: Int, step: Int, heats: Int, byGroup: Bool) async throws {
    let study = try SearchStudy()
    let request = study.request(seeds: [0, 1]) { request in
      guard byGroup else { return }
      request.settings.learningRateByGroup = ByGroup([.oProj: 2e-2])
      request.settings.rankByGroup = ByGroup([.oProj: 3])
    }
    var options = study.tiny.options()
    options.checkpointSteps = 2
    let gate = options.gate(before: step, of: RunID(run))
    let (reference, killed) = try await withEngine(options) { bus, _ in
      _ = await bus.accepted(.search([request]))
      let killed = try await study.storeOfKill(at: gate, heats: heats, bus)
      return (try await bus.answered(), killed)
    }
    options.store = killed
    let search = try await withEngine(options) { bus, _ in
      #expect(await bus.currentSnapshot().searches.map(\.status) == [.paused])
      // Its runs go on with it only.
      #expect(await bus.refused(.resume(RunID(run))).contains("search 1"))
      _ = await bus.accepted(.resumeUnfinished)
      return try await bus.answered()
    }
    #expect(search.answer?.kind == reference.answer?.kind)
    #expect(search.answer?.pick == reference.answer?.pick)
    #expect(search.answer?.candidates == reference.answer?.candidates)
    #expect(search.bracket.heats == reference.bracket.heats)
    #expect(search.runs == reference.runs)
    let stored = try await RunStore(at: killed, mode: .reading).searches()
    #expect(stored.map(\.status) == [.answered])
    #expect(stored.first?.answer == search.answer)
  }

  @Test func aSearchThatIsDiscardedKeepsWhatItCouldSay() async throws {
    let study = try SearchStudy()
    var options = study.tiny.options()
    let gate = options.gate(before: 2)
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    _ = await bus.accepted(.search([study.request()]))
    _ = try await gate.arrival()
    async let end: Void = engine.shutdown(.discard)
    gate.open()
    await end
    let stored = try await RunStore(at: study.tiny.store, mode: .reading).searches()
    #expect(stored.map(\.status) == [.answered] && stored.first?.answer?.kind == SearchAnswer.Kind.none)
    #expect(stored.first?.reason == "discarded when lorascope was left")
  }

  @Test func aRunThatLeftAndWasResumedStaysSoAtTheNextStart() async throws {
    let study = try SearchStudy()
    var options = study.tiny.options()
    options.checkpointSteps = 1
    let left = try await withEngine(options) { bus, _ in
      _ = await bus.accepted(.search([study.request([.fc2], rates: [1e-3, 1e-2]) { $0.purpose = .rates }]))
      _ = try await bus.answered()
      return try #require(await bus.currentSnapshot().runs.first { $0.state == .stopped }?.id)
    }
    let gate = options.gate(before: 6, of: left)
    let killed = try await withEngine(options) { bus, _ in
      _ = await bus.accepted(.resume(left))
      return try await study.storeOfKill(at: gate, heats: nil, bus)
    }
    options.store = killed
    try await withEngine(options) { bus, _ in
      #expect(await bus.currentSnapshot().run(left)?.state == .paused)
      _ = await bus.accepted(.resumeUnfinished)
      _ = try await bus.run(left, in: .done)
    }
  }

  /// One whose data is gone can go on no more: it can be ended, and its runs deleted.
  @Test func aSearchThatCannotGoOnCanBeEnded() async throws {
    let study = try SearchStudy()
    let rates = study.request([.fc2], rates: [1e-3, 1e-2], seeds: [0, 5]) { $0.purpose = .rates }
    var options = study.tiny.options()
    let gate = options.gate(before: 5)
    let killed = try await withEngine(options) { bus, _ in
      _ = await bus.accepted(.search([rates]))
      return try await study.storeOfKill(at: gate, heats: 2, bus)
    }
    options.store = killed
    try FileManager.default.removeItem(at: study.file)
    try FileManager.default.removeItem(at: study.tiny.modelFolder)
    try await withEngine(options) { bus, _ in
      _ = await bus.accepted(.resumeUnfinished)
      _ = try await bus.first { $0.searches.first?.status == .paused && !$0.runs.contains { $0.state.isActive } }
      #expect(await bus.refused(.delete([1])).contains("resume --end 1"))
      _ = await bus.accepted(.endSearch(1))
      let snapshot = try await bus.first {
        $0.searches.first?.status == .answered && $0.runs.allSatisfy(\.state.isTerminal)
      }
      #expect(snapshot.runs.count == 2)
      // The one that failed was not begun again by itself.
      #expect(snapshot.notices.count { $0.text.hasPrefix("#") && $0.text.contains(" failed: ") } == 1)
      #expect(await bus.accepted(.delete(snapshot.runs.map(\.id))).count == 2)
    }
  }

  /// The base's evaluation is what scores are seen against: of a search that names nobody it stays where the kill left it.
  @Test func anEndWithoutScoresBeginsNothing() async throws {
    let study = try SearchStudy()
    var options = study.tiny.options()
    options.evaluatesBase = true
    let gate = options.gate(before: 2, of: 1)
    let data = DataReference.file(path: study.file.path, evaluation: .share(0.1))
    let killed = try await withEngine(options) { bus, _ in
      _ = await bus.accepted(.search([study.request { $0.data = data }]))
      return try await study.storeOfKill(at: gate, heats: 1, bus)
    }
    options.store = killed
    try await withEngine(options) { bus, _ in
      _ = await bus.accepted(.endSearch(1))
      let snapshot = await bus.currentSnapshot()
      #expect(snapshot.searches.map(\.status) == [.answered] && snapshot.searches.first?.answer?.pick == nil)
      let base = try #require(snapshot.runs.first { $0.plan.isBaseline })
      #expect(base.state == .waiting)
      let own = snapshot.runs.filter { !$0.plan.isBaseline }
      #expect(!own.isEmpty && own.allSatisfy { $0.state.isTerminal })
    }
  }

  // MARK: A person's word

  @Test func aPersonsPauseStaysOnTheWayToALaterHeat() async throws {
    let study = try SearchStudy()
    var options = study.tiny.options()
    let gate = options.gate(before: 6, of: 1)
    try await withEngine(options) { bus, _ in
      _ = await bus.accepted(.search([study.request()]))
      _ = try await gate.arrival()
      try await bus.hasBegun(heats: 2)
      _ = await bus.accepted(.pause(1))
      gate.open()
      _ = try await bus.run(1, in: .paused)
    }
    try await withEngine(options) { bus, _ in
      _ = await bus.accepted(.resumeUnfinished)
      _ = try await bus.first { $0.run(2)?.heats?.count == 2 && $0.run(2)?.state == .paused }
      let paused = await bus.currentSnapshot().run(1)
      #expect(paused?.state == .paused && paused?.reason == nil && paused?.heats?.count == 1)
      _ = await bus.accepted(.resume(1))
      _ = try await bus.answered()
    }
  }

  /// An order to leave that comes when a run has reached its heat, and an end that comes twice.
  @Test func whoeverTheAnswerDoesNotNameIsNotTrainedFurther() async throws {
    let study = try SearchStudy()
    var options = study.tiny.options(threads: 2, jobs: 2)
    let gates = (options.gate(before: 5, of: 1), options.gate(before: 3, of: 2))
    try await withEngine(options) { bus, _ in
      let rates = study.request([.fc2], rates: [1e-3, 1e-2], seeds: [0, 5, 6]) { $0.purpose = .rates }
      _ = await bus.accepted(.search([rates]))
      _ = try await gates.1.arrival()
      // The search has taken the result, and not the snapshot alone.
      _ = try await bus.first { snapshot in
        snapshot.searches.first?.bracket.heats.first?.entries.contains { $0.standing == .scored } == true
      }
      async let first = bus.send(.endSearch(1))
      async let second = bus.send(.endSearch(1))
      let outcomes = await [first, second]
      #expect(outcomes.contains { if case .accepted = $0 { true } else { false } })
      gates.0.open()
      gates.1.open()
      let search = try await bus.answered()
      let pick = try #require(search.answer?.pick)
      let snapshot = try await bus.first { $0.runs.allSatisfy(\.state.isTerminal) }
      // The two other seeds once each.
      #expect(snapshot.runs.count == 4, "\(snapshot.runs.count)")
      for run in snapshot.runs {
        let isNamed = SearchEntrant(run.plan).candidate == pick
        #expect((run.state == .done) == isNamed, "#\(run.id) \(run.state) \(run.reason ?? "")")
        if !isNamed { #expect(run.step < run.totalSteps) }
      }
    }
  }

  @Test func aSearchEndsWithTheBestAnswerSoFar() async throws {
    let study = try SearchStudy()
    var options = study.tiny.options()
    let gate = options.gate(before: 5)
    try await withEngine(options) { bus, _ in
      _ = await bus.accepted(.search([study.request()]))
      let held = try await gate.arrival()
      try await bus.hasBegun(heats: 2)
      #expect(await bus.refused(.delete([held == 1 ? 2 : 1])).contains("search 1"))
      _ = await bus.accepted(.endSearch(1))
      gate.open()
      let search = try await bus.answered()
      #expect(search.answer?.pick != nil)
      #expect(await bus.refused(.endSearch(1)).contains("has its answer"))
    }
  }

  /// A run that waits, and one that a person has paused, have no runner that would tell the search.
  @Test(arguments: [true, false]) func aSearchGoesOnWithoutTheRunThatAPersonTakesOut(isCancelled: Bool) async throws {
    let study = try SearchStudy()
    var options = study.tiny.options()
    let gate = options.gate(before: 2, of: 1)
    try await withEngine(options) { bus, _ in
      _ = await bus.accepted(.search([study.request()]))
      _ = try await gate.arrival()
      // The other one is there to be cancelled.
      try await bus.hasBegun(heats: 1)
      let gone = RunID(isCancelled ? 2 : 1)
      if isCancelled {
        _ = await bus.accepted(.cancel(gone))
        gate.open()
      } else {
        _ = await bus.accepted(.pause(gone))
        gate.open()
        _ = try await bus.run(gone, in: .paused)
        _ = try await bus.first { $0.run(2)?.heats?.isEmpty == false && $0.run(2)?.state == .paused }
        _ = await bus.accepted(.stop(gone, keepPartialResult: true))
      }
      let search = try await bus.answered()
      let snapshot = await bus.currentSnapshot()
      let left = search.bracket.heats.flatMap(\.entries).filter { $0.standing == .left(.withdrawn) }.map(\.candidate)
      #expect(left == snapshot.run(gone).map { [SearchEntrant($0.plan).candidate] })
      #expect(search.answer?.open == left.map(\.targets))
      #expect(snapshot.runs.map(\.state) == (isCancelled ? [.done, .cancelled] : [.stopped, .done]))
      let done = snapshot.runs.first { $0.state == .done }
      #expect(search.answer?.pick == done.map { SearchEntrant($0.plan).candidate })
    }
  }
}
