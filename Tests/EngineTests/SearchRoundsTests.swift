import Analysis
import Engine
import Foundation
import Messages
import Recipe
import RunStore
import Testing

/// Searches whose heats are trained a round at a time, each by an engine that knows of no search.
@Suite(.timeLimit(.minutes(10))) struct SearchRoundsTests {
  /// What the runs of a store have come to, in another order than that of their numbers.
  private func rounds(_ search: SearchSummary, _ bus: MessageBus, _ engine: Engine) async throws -> SearchRounds {
    _ = await bus.accepted(.selectModel(search.request.model))
    let snapshot = await bus.currentSnapshot()
    let model = try #require(snapshot.model)
    var rounds = try SearchRounds(search.request, search.plan, model: model)
    for run in snapshot.runs.reversed() { rounds.take(run, heats: try await engine.store.heats(of: run.id)) }
    return rounds
  }

  /// Trains what is wanted, and nothing beyond it.
  private func train(_ wanted: [SearchRounds.Entry], _ bus: MessageBus) async throws {
    var ids: [RunID: HeatOrder?] = [:]
    for entry in wanted {
      let id = try #require(await bus.accepted(.runOfStudy(entry.plan, heats: entry.heats)).first)
      ids[id] = .some(entry.heats)
    }
    _ = try await bus.first { snapshot in
      ids.allSatisfy { id, heats in
        snapshot.run(id).map { heats?.isReached(by: $0) ?? $0.state.isTerminal } == true
      }
    }
  }

  @Test func theyComeToTheAnswerOfOneMachine() async throws {
    let study = try SearchStudy()
    try await comesToTheSame(study, study.request([.oProj, .fc2, [.oProj, .fc2]], seeds: [0, 1]), first: 3)
  }

  /// Rates race for each combination of a search, or for one combination alone, whose other seeds follow at the rate that it takes.
  @Test(arguments: [SearchRequest.Purpose.combinations, .rates]) func ratesRace(_ purpose: SearchRequest.Purpose)
    async throws
  {
    let study = try SearchStudy()
    let sets: [Targets] = purpose == .rates ? [.fc2] : [.oProj, .fc2]
    let request = study.request(sets, rates: [1e-3, 1e-2], seeds: [0, 5]) { $0.purpose = purpose }
    try await comesToTheSame(study, request, first: 2 * sets.count)
  }

  /// A budget of TPOT is decided by the plan, whoever trains.
  @Test func aBudgetKeepsOutWhatItKeepsOutLocally() async throws {
    let study = try SearchStudy()
    let request = study.request([.oProj, .fc2, .all], seeds: [0, 1]) {
      $0.latencyBudget = 8
      $0.fleet = 4
    }
    try await comesToTheSame(study, request, first: 2) { model in
      [
        SearchFleetTests.measured(.oProj, 5, model), SearchFleetTests.measured(.fc2, 7, model),
        SearchFleetTests.measured(.all, 9, model),
      ]
    }
  }

  /// What is known of a base before a race is asked without one, and what a look has said to another is taken over.
  @Test func whatALookSaysIsTakenOver() async throws {
    let study = try SearchStudy()
    var options = study.tiny.options()
    options.probeLatencySeconds = 0.01
    let request = study.request([.oProj, .fc2, .all]) {
      $0.settings.measureLatency = true
      $0.latencyBudget = 1e6
      $0.fleet = 4
    }
    let (asked, looked) = try await withEngine(options) { bus, engine in
      _ = await bus.accepted(.selectModel(study.tiny.model))
      let model = try #require(await bus.currentSnapshot().model)
      _ = await bus.accepted(.keepFleets([SearchFleetTests.measured(.oProj, 5, model)]))
      guard case .searchPlans(let asked) = await bus.ask(.searchPlans([request])) else {
        throw Refusal("no plan", exitStatus: 1)
      }
      #expect(await bus.currentSnapshot().searches.isEmpty && asked.count == 1)
      // Begun, it has the same plan, and then looks at the base.
      _ = await bus.accepted(.search([request]))
      let search = try await bus.answered()
      #expect(asked.first?.request == search.request)
      return (try #require(asked.first?.plan), search.plan)
    }
    #expect(
      asked.awaitsLook && asked.prior(of: .oProj)?.overhead?.estimate == 5 && asked.prior(of: .fc2)?.overhead == nil)
    var taken = asked
    taken.takeLook(of: looked)
    #expect(taken == looked && !taken.awaitsLook)
    // What was measured here stays, whatever the other had.
    var other = looked
    for place in other.combinations.indices {
      other.combinations[place].overhead = Interval(estimate: 99, low: 98, high: 100)
    }
    taken = asked
    taken.takeLook(of: other)
    #expect(taken.prior(of: .oProj)?.overhead?.estimate == 5 && taken.prior(of: .fc2)?.overhead?.estimate == 99)
  }

  /// - Parameters:
  ///   - first: runs of the first heat.
  ///   - fleets: what is measured before.
  private func comesToTheSame(
    _ study: SearchStudy, _ request: SearchRequest, first: Int,
    fleets: @Sendable (ModelSummary) -> [FleetMeasurement] = { _ in [] }
  ) async throws {
    let (search, local) = try await withEngine(study.tiny.options()) { bus, _ in
      _ = await bus.accepted(.selectModel(study.tiny.model))
      let known = fleets(try #require(await bus.currentSnapshot().model))
      if !known.isEmpty { _ = await bus.accepted(.keepFleets(known)) }
      _ = await bus.accepted(.search([request]))
      _ = try await bus.answered()
      let snapshot = try await bus.first { $0.runs.allSatisfy(\.state.isTerminal) }
      return (try #require(snapshot.searches.first), snapshot.runs)
    }
    let answer = try #require(search.answer)
    var options = study.tiny.options()
    options.store = study.tiny.folder.appending(path: "rounds.sqlite")
    var count = 0
    while true {
      let wanted = try await withEngine(options) { bus, engine in
        try await rounds(search, bus, engine).wanted(evaluatesBase: false)
      }
      // Who asks again gets the same.
      let again = try await withEngine(options) { bus, engine in
        try await rounds(search, bus, engine).wanted(evaluatesBase: false)
      }
      #expect(wanted == again)
      if wanted.isEmpty { break }
      count += 1
      // All begin together, and a heat at a time.
      if count == 1 { #expect(wanted.count == first && wanted.allSatisfy { $0.heats?.waitsAfter == 1 }) }
      let (one, rest) = (Array(wanted.prefix(1)), Array(wanted.dropFirst()))
      try await withEngine(options) { bus, _ in try await train(one, bus) }
      // Of a round that is half there the other half is wanted, and nothing that would come after it.
      let half = try await withEngine(options) { bus, engine in
        try await rounds(search, bus, engine).wanted(evaluatesBase: false)
      }
      if !rest.isEmpty { #expect(half == rest) }
      try await withEngine(options) { bus, _ in try await train(rest, bus) }
      try #require(count < 12)
    }
    #expect(count >= 3)
    try await withEngine(options) { bus, engine in
      let own = try await rounds(search, bus, engine)
      #expect(own.answer.kind == answer.kind && own.answer.pick == answer.pick)
      #expect(own.answer.candidates == answer.candidates && own.answer.open == answer.open)
      #expect(own.answer.sentence == answer.sentence)
      let snapshot = await bus.currentSnapshot()
      for run in local where run.state == .done {
        let other = try #require(snapshot.runs.first { $0.plan == run.plan })
        #expect(other.state == .done && other.bits == run.bits)
        #expect(other.heats?.map(\.score) == run.heats?.map(\.score))
        #expect(try other.adapterBytes() == run.adapterBytes())
      }
      // Nobody was trained who had left, and who is of the race is known by its plan.
      for run in local {
        let other = try #require(snapshot.runs.first { $0.plan == run.plan })
        #expect(other.step == run.step && other.bits == run.bits)
        #expect(own.has(run.plan) == (run.search == search.id))
      }
      #expect(snapshot.runs.count == local.count)
    }
  }

  /// The store that is left holds a search that waits: an engine that goes on with it names the same, and trains nothing.
  @Test func anEngineConcludesWhatIsThere() async throws {
    let study = try SearchStudy()
    let search = try await withEngine(study.tiny.options()) { bus, _ in
      _ = await bus.accepted(.search([study.request()]))
      return try await bus.answered()
    }
    let local = try RunStore(at: study.tiny.store, mode: .reading)
    let runs = try await local.readableRuns().runs
    let place = study.tiny.folder.appending(path: "logs", directoryHint: .isDirectory)
    let logs = try await local.exportLogs(
      runs.map(\.id), to: place, by: LogWriter(host: "node", engine: "test", processor: "p"))
    try local.close()
    var options = study.tiny.options()
    options.store = study.tiny.folder.appending(path: "merged.sqlite")
    let merged = try RunStore(at: study.tiny.folder.appending(path: "merged.sqlite"), mode: .engine)
    _ = try await merged.importLogs(logs)
    var waiting = search
    waiting.id = try await merged.insert(search.request, search.plan, created: search.created, promised: nil)
    (waiting.status, waiting.answer) = (.paused, nil)
    try await merged.update(waiting)
    try await merged.attach(try await merged.readableRuns().runs.map(\.id), to: waiting.id)
    try merged.close()
    try await withEngine(options) { bus, _ in
      _ = await bus.accepted(.pauseQueue(true))
      _ = await bus.accepted(.resumeUnfinished)
      let snapshot = await bus.currentSnapshot()
      let own = try #require(snapshot.searches.first)
      #expect(own.status == .answered && own.answer?.pick == search.answer?.pick)
      #expect(own.answer?.sentence == search.answer?.sentence)
      #expect(snapshot.runs.allSatisfy { $0.search == own.id && $0.state.isTerminal })
      #expect(snapshot.queue.isEmpty)
    }
  }

  @Test func aStudysValuesOfGroupsNeedNotBeARuns() async throws {
    let study = try TinyStudy()
    try await withEngine(study.options()) { bus, _ in
      var plan = study.plan(.oProj)
      plan.settings.rankByGroup = ByGroup([.fc2: 1])
      guard case .refused = await bus.send(.queue(plan)) else {
        Issue.record("a run of one combination says what does nothing")
        return
      }
      let id = try #require(await bus.accepted(.runOfStudy(plan, heats: nil)).first)
      #expect(try await bus.run(id, in: .done).plan == plan)
    }
  }
}
