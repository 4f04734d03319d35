import Engine
import Foundation
import Messages
import Recipe
import RunStore
import Testing
import Training

/// Searches on a tiny model: races with continuation, kills, and what cannot be decided.
@Suite(.timeLimit(.minutes(10))) struct SearchTests {
  /// A file of sums that has enough of them to decide by.
  private struct Study {
    let tiny: TinyStudy
    let data: DataReference

    /// With weights that are finite and so large that what is computed with them is not.
    func spoilBase() throws {
      guard case .folder(let path) = tiny.model else { return }
      let file = URL(filePath: path).appending(path: "model.safetensors")
      var bytes = try Data(contentsOf: file)
      let huge = withUnsafeBytes(of: Float(1e38).bitPattern.littleEndian) { Data($0) }
      for place in stride(from: bytes.count - 256, to: bytes.count, by: 4) {
        bytes.replaceSubrange(place..<place + 4, with: huge)
      }
      try bytes.write(to: file)
    }

    init(lines: Int = 240) throws {
      tiny = try TinyStudy()
      let file = tiny.folder.appending(path: "many.jsonl")
      let records = (0..<lines).map { "{\"prompt\": \"\($0 % 97) + \($0 / 97) = \", \"completion\": \"\($0)\"}" }
      try Data(records.joined(separator: "\n").utf8).write(to: file)
      data = .file(path: file.path, evaluation: .none)
    }

    func request(
      _ sets: [Targets] = [.oProj, .fc2], rates: [Double] = [1e-2], seeds: [UInt64] = [0],
      change: (inout SearchRequest) -> Void = { _ in }
    ) -> SearchRequest {
      var settings = tiny.plan().settings
      settings.tuningShare = 0.3
      settings.maxNewTokens = 3
      settings.measureLatency = false
      var request = SearchRequest(
        model: tiny.model, data: data, settings: settings, combinations: sets, rates: rates, seeds: seeds)
      change(&request)
      return request
    }
  }

  private func answered(_ bus: MessageBus, _ id: SearchID = 1) async throws -> SearchSummary {
    let snapshot = try await bus.first { snapshot in
      guard let search = snapshot.searches.first(where: { $0.id == id }) else { return false }
      let own = snapshot.runs.filter { $0.search == id }
      return search.status == .paused || search.status.isOver && own.allSatisfy(\.state.isTerminal)
    }
    let search = try #require(snapshot.searches.first { $0.id == id })
    #expect(search.status == .answered, "\(search.reason ?? "")")
    return search
  }

  @Test func aRaceTrainsTheSameBitsAsAWholeRun() async throws {
    let study = try Study()
    let bus = MessageBus()
    let engine = try await Engine(options: study.tiny.options(), bus: bus)
    // Rates of one combination: one of them leaves at the first heat.
    _ = await bus.accepted(.search([study.request([.oProj, .fc2], rates: [1e-3, 1e-2])]))
    let search = try await answered(bus)
    let snapshot = await bus.currentSnapshot()
    let pick = try #require(search.answer?.pick)
    let run = try #require(snapshot.runs.first { SearchEntrant($0.plan).candidate == pick })
    #expect(run.state == .done)
    #expect(run.heats?.map(\.step) == [4, 7, 12])
    #expect(run.heats?.map(\.examples) == [72, 72, 72])
    // 72 of 240 are not trained on.
    #expect(run.prepared?.trainingExamples == 168)
    let stored = try await engine.store.heats(of: run.id)
    #expect(stored.map(\.heat) == [1, 2, 3] && stored.allSatisfy { $0.scores.count == 72 })
    #expect(stored.last?.scores.reduce(0, +) == run.heats?.last.map { ($0.score.estimate * 72).rounded() })
    let whole = try #require(await bus.accepted(.queue(run.plan)).first)
    let reference = try await bus.run(whole, in: .done)
    #expect(reference.heats == nil)
    #expect(run.bits == reference.bits)
    #expect(try run.adapterBytes() == reference.adapterBytes())
    // Who is not named has left with what it had trained, and says why.
    let left = snapshot.runs.filter { $0.state == .stopped }
    #expect(left.count >= 2)
    for other in left {
      #expect(other.reason?.hasPrefix("left the race at") == true)
      #expect(FileManager.default.fileExists(atPath: try #require(other.adapterPath)))
    }
    await engine.shutdown(.save)
  }

  /// What a table of finished runs is made of: heats that do not wait, in a plan of whole runs.
  @Test func aSweepWithHeatsGoesOnAtEachOfThem() async throws {
    let study = try Study()
    let bus = MessageBus()
    let engine = try await Engine(options: study.tiny.options(), bus: bus)
    let request = study.request()
    let part = SweepPlan.Part(data: request.data, settings: request.settings)
    var sweep = SweepPlan(model: request.model, parts: [part], combinations: [.oProj], seeds: [0])
    let plain = try await bus.run(try #require(await bus.accepted(.sweep(sweep)).first), in: .done)
    #expect(plain.heats == nil)
    let order = HeatOrder(shares: [0.3, 0.6, 1], examples: 50, waitsAfter: nil)
    sweep.heats = order
    // One that was not scored on its way is no such run.
    let scored = try #require(await bus.accepted(.sweep(sweep)).first)
    #expect(scored != plain.id)
    let run = try await bus.run(scored, in: .done)
    #expect(run.search == nil && run.wasScored(at: order) && run.heats?.map(\.step) == [4, 7, 12])
    #expect(run.bits == plain.bits)
    #expect(await bus.accepted(.sweep(sweep)) == [scored])
    guard case .heats(let heats) = await bus.ask(.heats(scored)) else {
      Issue.record("no heats")
      return
    }
    #expect(heats.map(\.heat) == [1, 2, 3] && heats.allSatisfy { $0.scores.count == run.heats?.first?.examples })
    await engine.shutdown(.save)
  }

  /// Before the first heat, between two heats, and on the way to the last one.
  @Test(arguments: [(1, 2), (2, 3), (1, 5), (2, 9)]) func aKilledSearchComesToTheSameAnswer(run: Int, step: Int)
    async throws
  {
    let study = try Study()
    var options = study.tiny.options()
    options.checkpointSteps = 2
    let gate = StepGate(before: step, of: RunID(run))
    options.beforeStep = { gate.hold($0, before: $1) }
    let request = study.request(seeds: [0, 1])
    let reference: SearchSummary
    do {
      let bus = MessageBus()
      let engine = try await Engine(options: options, bus: bus)
      _ = await bus.accepted(.search([request]))
      _ = try await gate.arrival()
      await bus.flush()
      options.store = try study.tiny.copyOfStore()
      gate.open()
      reference = try await answered(bus)
      await engine.shutdown(.save)
    }
    options.beforeStep = nil
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    #expect(await bus.currentSnapshot().searches.map(\.status) == [.paused])
    // Its runs go on with it only.
    #expect(await bus.refused(.resume(RunID(run))).contains("search 1"))
    _ = await bus.accepted(.resumeUnfinished)
    let search = try await answered(bus)
    #expect(search.answer?.kind == reference.answer?.kind)
    #expect(search.answer?.pick == reference.answer?.pick)
    #expect(search.answer?.candidates == reference.answer?.candidates)
    #expect(search.bracket.heats == reference.bracket.heats)
    #expect(search.runs == reference.runs)
    await engine.shutdown(.save)
    let stored = try await RunStore(at: try #require(options.store), mode: .reading).searches()
    #expect(stored.map(\.status) == [.answered])
    #expect(stored.first?.answer == search.answer)
  }

  @Test func whatALookFoundIsDecidedByAfterAKill() async throws {
    let study = try Study()
    var options = study.tiny.options()
    options.checkpointSteps = 2
    let gate = StepGate(before: 2)
    options.beforeStep = { gate.hold($0, before: $1) }
    let reference: SearchSummary
    do {
      let bus = MessageBus()
      let engine = try await Engine(options: options, bus: bus)
      _ = await bus.accepted(.search([study.request(Targets.fifteen)]))
      _ = try await gate.arrival()
      await bus.flush()
      options.store = try study.tiny.copyOfStore()
      gate.open()
      reference = try await answered(bus)
      await engine.shutdown(.save)
    }
    #expect(reference.plan.look?.isOver == true && reference.plan.look?.batches == 4)
    let energies = reference.plan.combinations.compactMap { $0.energy?.estimate }
    #expect(energies.count == 15 && energies.allSatisfy { $0 > 0 })
    #expect(reference.plan.prior(of: .all)?.energy?.estimate == energies.max())
    // Nothing asked for TPOT.
    #expect(reference.plan.combinations.allSatisfy { $0.overhead == nil })
    #expect(reference.bracket.heats.first?.entries.count == 6 && reference.bracket.notStarted.count == 9)
    #expect(reference.bracket.heats.first?.entries.contains { $0.candidate.targets == .all } == true)
    options.beforeStep = nil
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    _ = await bus.accepted(.resumeUnfinished)
    let search = try await answered(bus)
    // The seconds of the look too: it was not taken again.
    #expect(search.plan == reference.plan)
    #expect(search.answer?.kind == reference.answer?.kind && search.answer?.pick == reference.answer?.pick)
    #expect(search.answer?.candidates == reference.answer?.candidates)
    #expect(
      search.bracket.heats == reference.bracket.heats && search.bracket.notStarted == reference.bracket.notStarted)
    await engine.shutdown(.save)
  }

  @Test func aLatencyBudgetGoesByWhatTheLookPredicts() async throws {
    let study = try Study()
    var options = study.tiny.options()
    options.probeLatencySeconds = 0.01
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    func request(_ budget: Double, measures: Bool = true) -> SearchRequest {
      study.request([.oProj, .fc2, .all]) {
        $0.latencyBudget = budget
        $0.settings.measureLatency = measures
      }
    }
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
    let refused = try await answered(bus)
    #expect(refused.answer?.kind == SearchAnswer.Kind.none)
    let line = try #require(refused.answer?.sentence)
    #expect(
      line.contains("nothing fits a latency budget of -1000000 %: ") && line.contains(" costs least, predicted TPOT "))
    #expect(await bus.currentSnapshot().runs.isEmpty)
    _ = await bus.accepted(.search([request(1e6)]))
    let search = try await answered(bus, 2)
    #expect(search.plan.combinations.allSatisfy { $0.overhead != nil && $0.overheadIsPredicted == true })
    #expect(search.answer?.candidates.first?.overheadIsPredicted == true)
    #expect(search.answer?.sentence.contains("predicted TPOT ") == true, "\(search.answer?.sentence ?? "")")
    let stored = try await engine.store.searches()
    #expect(stored.map(\.plan).last == search.plan)
    await engine.shutdown(.save)
  }

  @Test func aBaseThatIsNotFiniteIsSaidAndNothingIsTrained() async throws {
    let study = try Study()
    try study.spoilBase()
    let bus = MessageBus()
    let engine = try await Engine(options: study.tiny.options(), bus: bus)
    _ = await bus.accepted(.search([study.request()]))
    let search = try await answered(bus)
    #expect(search.answer?.kind == SearchAnswer.Kind.none && search.answer?.candidates == [])
    let line = try #require(search.answer?.sentence)
    #expect(line.contains("nothing was trained") && line.contains("is not a finite number"), "\(line)")
    #expect(search.bracket.heats.isEmpty && search.bracket.notStarted.isEmpty)
    let snapshot = await bus.currentSnapshot()
    #expect(snapshot.runs.isEmpty && snapshot.engine.probe == nil)
    await engine.shutdown(.save)
    // It is over in the store too.
    let again = MessageBus()
    let reader = try await Engine(options: study.tiny.options(), bus: again)
    #expect(await again.currentSnapshot().searches.map(\.answer?.sentence) == [line])
    #expect(await again.currentSnapshot().searches.map(\.bracket.heats.count) == [0])
    await reader.shutdown(.save)
  }

  @Test func aQuitEndsALookAndLosesNothing() async throws {
    let study = try Study()
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
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    #expect(await bus.currentSnapshot().searches.map(\.plan.awaitsLook) == [true])
    _ = await bus.accepted(.resumeUnfinished)
    let search = try await answered(bus)
    #expect(search.answer?.pick != nil && search.plan.look?.isOver == true)
    await engine.shutdown(.save)
  }

  @Test func aLookWaitsForRunsUnderWay() async throws {
    let study = try Study()
    var options = study.tiny.options()
    let gate = StepGate(before: 3, of: 1)
    options.beforeStep = { gate.hold($0, before: $1) }
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    _ = await bus.accepted(.queue(study.tiny.plan()))
    _ = try await gate.arrival()
    _ = await bus.accepted(.search([study.request(), study.request(seeds: [3])]))
    let snapshot = await bus.currentSnapshot()
    #expect(
      snapshot.searches.compactMap { $0.lookWords(snapshot.engine) }.allSatisfy {
        $0.hasPrefix("waits for the machine")
      })
    #expect(snapshot.searches.count == 2 && snapshot.runs.count == 1)
    // One that is ended before says nothing, and the other goes on.
    _ = await bus.accepted(.endSearch(1))
    gate.open()
    let search = try await answered(bus, 2)
    #expect(search.answer?.pick != nil)
    let ended = await bus.currentSnapshot().searches.first
    #expect(ended?.answer?.sentence == "ended before its first heat" && ended?.runs.isEmpty == true)
    await engine.shutdown(.save)
  }

  @Test func ratesRaceForOneCombinationAndItsOtherSeedsFollow() async throws {
    let study = try Study()
    let bus = MessageBus()
    let engine = try await Engine(options: study.tiny.options(), bus: bus)
    _ = await bus.accepted(
      .search([study.request([.fc2], rates: [1e-3, 1e-2], seeds: [0, 5]) { $0.purpose = .rates }]))
    let search = try await answered(bus)
    let rate = try #require(search.answer?.pick?.learningRate)
    let snapshot = try await bus.first { $0.runs.count == 3 && $0.runs.allSatisfy(\.state.isTerminal) }
    let done = snapshot.runs.filter { $0.state == .done }
    #expect(done.map(\.plan.settings.seed) == [0, 5])
    #expect(done.allSatisfy { $0.plan.settings.learningRate == rate })
    let loser = try #require(snapshot.runs.first { $0.state == .stopped })
    #expect(loser.step == 4 && loser.reason?.contains("heat 1 of 3, step 4") == true, "\(loser.reason ?? "")")
    await engine.shutdown(.save)
  }

  /// An order to leave that comes when a run has reached its heat, and an end that comes twice.
  @Test func whoeverTheAnswerDoesNotNameIsNotTrainedFurther() async throws {
    let study = try Study()
    var options = study.tiny.options(threads: 2, jobs: 2)
    let gates = (StepGate(before: 5, of: 1), StepGate(before: 3, of: 2))
    options.beforeStep = {
      gates.0.hold($0, before: $1)
      gates.1.hold($0, before: $1)
    }
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
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
    let search = try await answered(bus)
    let pick = try #require(search.answer?.pick)
    let snapshot = try await bus.first { $0.runs.allSatisfy(\.state.isTerminal) }
    // The two other seeds once each.
    #expect(snapshot.runs.count == 4, "\(snapshot.runs.count)")
    for run in snapshot.runs {
      let isNamed = SearchEntrant(run.plan).candidate == pick
      #expect((run.state == .done) == isNamed, "#\(run.id) \(run.state) \(run.reason ?? "")")
      if !isNamed { #expect(run.step < run.totalSteps) }
    }
    await engine.shutdown(.save)
  }

  @Test func aRunThatLeftAndWasResumedStaysSoAtTheNextStart() async throws {
    let study = try Study()
    var options = study.tiny.options()
    options.checkpointSteps = 1
    let rates = study.request([.fc2], rates: [1e-3, 1e-2]) { $0.purpose = .rates }
    let left: RunID
    do {
      let bus = MessageBus()
      let engine = try await Engine(options: options, bus: bus)
      _ = await bus.accepted(.search([rates]))
      _ = try await answered(bus)
      left = try #require(await bus.currentSnapshot().runs.first { $0.state == .stopped }?.id)
      await engine.shutdown(.save)
    }
    let gate = StepGate(before: 6, of: left)
    options.beforeStep = { gate.hold($0, before: $1) }
    do {
      let bus = MessageBus()
      let engine = try await Engine(options: options, bus: bus)
      _ = await bus.accepted(.resume(left))
      _ = try await gate.arrival()
      await bus.flush()
      options.store = try study.tiny.copyOfStore()
      gate.open()
      await engine.shutdown(.save)
    }
    options.beforeStep = nil
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    #expect(await bus.currentSnapshot().run(left)?.state == .paused)
    _ = await bus.accepted(.resumeUnfinished)
    _ = try await bus.run(left, in: .done)
    await engine.shutdown(.save)
  }

  @Test func aPersonsPauseStaysOnTheWayToALaterHeat() async throws {
    let study = try Study()
    var options = study.tiny.options()
    let gate = StepGate(before: 6, of: 1)
    options.beforeStep = { gate.hold($0, before: $1) }
    do {
      let bus = MessageBus()
      let engine = try await Engine(options: options, bus: bus)
      _ = await bus.accepted(.search([study.request()]))
      _ = try await gate.arrival()
      _ = await bus.accepted(.pause(1))
      gate.open()
      _ = try await bus.run(1, in: .paused)
      await engine.shutdown(.save)
    }
    options.beforeStep = nil
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    _ = await bus.accepted(.resumeUnfinished)
    _ = try await bus.first { $0.run(2)?.heats?.count == 2 && $0.run(2)?.state == .paused }
    let paused = await bus.currentSnapshot().run(1)
    #expect(paused?.state == .paused && paused?.reason == nil && paused?.heats?.count == 1)
    _ = await bus.accepted(.resume(1))
    _ = try await answered(bus)
    await engine.shutdown(.save)
  }

  /// One whose data is gone can go on no more: it can be ended, and its runs deleted.
  @Test func aSearchThatCannotGoOnCanBeEnded() async throws {
    let study = try Study()
    let rates = study.request([.fc2], rates: [1e-3, 1e-2], seeds: [0, 5]) { $0.purpose = .rates }
    var options = study.tiny.options()
    let gate = StepGate(before: 5)
    options.beforeStep = { gate.hold($0, before: $1) }
    do {
      let bus = MessageBus()
      let engine = try await Engine(options: options, bus: bus)
      _ = await bus.accepted(.search([rates]))
      _ = try await gate.arrival()
      await bus.flush()
      options.store = try study.tiny.copyOfStore()
      gate.open()
      await engine.shutdown(.save)
    }
    options.beforeStep = nil
    guard case .file(let data, _) = study.data, case .folder(let model) = study.tiny.model else { return }
    try FileManager.default.removeItem(atPath: data)
    try FileManager.default.removeItem(atPath: model)
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    _ = await bus.accepted(.resumeUnfinished)
    _ = try await bus.first { $0.searches.first?.status == .paused && !$0.runs.contains { $0.state.isActive } }
    #expect(await bus.refused(.delete([1])).contains("resume --end 1"))
    _ = await bus.accepted(.endSearch(1))
    let snapshot = try await bus.first {
      $0.searches.first?.status == .answered && $0.runs.allSatisfy(\.state.isTerminal)
    }
    #expect(snapshot.runs.count == 2)
    #expect(await bus.accepted(.delete(snapshot.runs.map(\.id))).count == 2)
    await engine.shutdown(.save)
  }

  @Test func whatDivergesAtEveryRateIsSaidAndNothingIsNamed() async throws {
    let study = try Study()
    let bus = MessageBus()
    let engine = try await Engine(options: study.tiny.options(), bus: bus)
    let request = study.request([.all], rates: [1e30, 1e31]) {
      $0.settings.steps = 50
      $0.settings.clip = 0
    }
    _ = await bus.accepted(.search([request]))
    let search = try await answered(bus)
    #expect(search.answer?.kind == SearchAnswer.Kind.none && search.answer?.pick == nil)
    #expect(search.answer?.sentence.contains("diverged") == true)
    #expect(await bus.currentSnapshot().runs.map(\.state) == [.failed, .failed])
    await engine.shutdown(.save)
  }

  @Test func aSearchEndsWithTheBestAnswerSoFar() async throws {
    let study = try Study()
    var options = study.tiny.options()
    let gate = StepGate(before: 5)
    options.beforeStep = { gate.hold($0, before: $1) }
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    _ = await bus.accepted(.search([study.request()]))
    let held = try await gate.arrival()
    #expect(await bus.refused(.delete([held == 1 ? 2 : 1])).contains("search 1"))
    _ = await bus.accepted(.endSearch(1))
    gate.open()
    let search = try await answered(bus)
    #expect(search.answer?.pick != nil)
    #expect(await bus.refused(.endSearch(1)).contains("has its answer"))
    await engine.shutdown(.save)
  }

  /// A run that waits, and one that a person has paused, have no runner that would tell the search.
  @Test(arguments: [true, false]) func aSearchGoesOnWithoutTheRunThatAPersonTakesOut(isCancelled: Bool) async throws {
    let study = try Study()
    var options = study.tiny.options()
    let gate = StepGate(before: 2, of: 1)
    options.beforeStep = { gate.hold($0, before: $1) }
    let bus = MessageBus()
    let engine = try await Engine(options: options, bus: bus)
    _ = await bus.accepted(.search([study.request()]))
    _ = try await gate.arrival()
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
    let search = try await answered(bus)
    let snapshot = await bus.currentSnapshot()
    let left = search.bracket.heats.flatMap(\.entries).filter { $0.standing == .left(.withdrawn) }.map(\.candidate)
    #expect(left == snapshot.run(gone).map { [SearchEntrant($0.plan).candidate] })
    #expect(search.answer?.open == left.map(\.targets))
    #expect(snapshot.runs.map(\.state) == (isCancelled ? [.done, .cancelled] : [.stopped, .done]))
    #expect(search.answer?.pick == snapshot.runs.first { $0.state == .done }.map { SearchEntrant($0.plan).candidate })
    await engine.shutdown(.save)
  }

  /// What an adapter costs goes by each group's own rank.
  @Test func aSearchCountsRanksOfSingleGroups() async throws {
    let study = try Study()
    let bus = MessageBus()
    let engine = try await Engine(options: study.tiny.options(), bus: bus)
    var plan = study.tiny.plan(.oProj, steps: 1)
    plan.settings.rankByGroup[.oProj] = 4
    plan.settings.measureLatency = false
    let id = try #require(await bus.accepted(.queue(plan)).first)
    let run = try await bus.run(id, in: .done)
    // As on a quiet machine, which this one need not be.
    let latency = LatencySummary(
      p50: 1, p95: 1.2, baseP50: 0.9, baseP95: 1, overheadPercent: Interval(estimate: 7, low: 6, high: 8), blocks: 8)
    bus.change { snapshot in
      if let place = snapshot.index(of: id) { snapshot.runs[place].latency = latency }
    }
    func request(_ rank: Int?) -> SearchRequest {
      study.request([.oProj]) {
        $0.settings.rankByGroup[.oProj] = rank
        $0.latencyBudget = 1000
      }
    }
    // The run's TPOT is that of rank 4 and says nothing of rank 2.
    #expect(await bus.refused(.search([request(nil)])).contains("needs the TPOT"))
    _ = await bus.accepted(.search([request(4)]))
    let prior = await bus.currentSnapshot().searches.first?.plan.combinations.first
    #expect(prior?.overhead == latency.overheadPercent)
    #expect(prior?.parameters == run.prepared?.trainableParameters)
    _ = await bus.accepted(.endSearch(1))
    await engine.shutdown(.save)
  }

  @Test func whatCannotDecideIsRefusedBeforeAnythingIsTrained() async throws {
    let study = try Study(lines: 24)
    let bus = MessageBus()
    let engine = try await Engine(options: study.tiny.options(), bus: bus)
    let few = await bus.refused(.search([study.request()]))
    #expect(few.contains("too few to decide") && few.contains("of the file's 24 examples"), "\(few)")
    let none = await bus.refused(
      .search([
        study.request {
          $0.data = .task(name: "medmcqa")
          $0.tuningExamples = 0
        }
      ]))
    #expect(none.contains("0 tuning examples are too few"), "\(none)")
    let task = study.request {
      $0.data = .task(name: "medmcqa")
      $0.latencyBudget = 5
    }
    #expect(await bus.refused(.search([task])).contains("TPOT"))
    for count in [\RunSettings.trainingExamples, \.evaluationExamples] {
      var plan = study.tiny.plan()
      plan.data = .task(name: "medmcqa")
      plan.settings[keyPath: count] = 1_000_000_000
      #expect(await bus.refused(.queue(plan)).contains("100000 are the most"))
    }
    let many = study.request {
      $0.data = .task(name: "medmcqa")
      $0.tuningExamples = 1_000_000_000
    }
    #expect(await bus.refused(.search([many])).contains("1000000000 examples of task medmcqa: 100000 are the most"))
    var whole = study.tiny.plan()
    whole.settings.trainingExamples = 5
    #expect(await bus.refused(.queue(whole)).contains("with \"same\" a file is taken whole"))
    whole.settings.dataSeed = .seed
    let sampled = try #require(await bus.accepted(.queue(whole)).first)
    #expect(try await bus.run(sampled, in: .done).prepared?.trainingExamples == 5)
    _ = await bus.accepted(.delete([sampled]))
    let counted = study.request { $0.tuningExamples = 50 }
    #expect(await bus.refused(.search([counted])).contains("leave --tuning-examples out"))
    let same = study.request { $0.settings.evaluationSplit = .tuning }
    #expect(await bus.refused(.search([same])).contains("leave --eval-split tuning out"))
    let group = study.request([.fc2, .oProj], rates: [1e-3, 1e-2]) { $0.settings.learningRateByGroup[.oProj] = 5e-3 }
    #expect(await bus.refused(.search([group])).contains("o_proj has one of its own (0.005)"))
    let idle = study.request([.fc2]) { $0.settings.rankByGroup[.oProj] = 4 }
    #expect(await bus.refused(.search([idle])).contains("o_proj is not among the targets fc2"))
    #expect(await bus.refused(.search([study.request([])])).contains("at least one combination"))
    #expect(await bus.refused(.search([study.request([.vision])])).contains("vision"))
    #expect(await bus.currentSnapshot().runs.isEmpty)
    #expect(await bus.currentSnapshot().searches.isEmpty)
    await engine.shutdown(.save)
  }

  /// Heats of two seeds are paired by example.
  @Test func runsOfTwoSeedsAreJudgedOnTheSameExamplesOfPublishedData() async throws {
    let study = try TinyStudy()
    let file = study.folder.appending(path: "train.jsonl")
    let questions = (0..<60).map {
      #"{"id":"\#($0)","question":"Which \#($0)?","opa":"a","opb":"b","opc":"c","opd":"d","cop":\#(1 + $0 % 4),"#
        + #""choice_type":"single","exp":null,"subject_name":"S","topic_name":null}"#
    }
    try Data(questions.joined(separator: "\n").utf8).write(to: file)
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    var asked: [[String]] = []
    for seed in UInt64(0)..<2 {
      var plan = study.plan(steps: 1, seed: seed)
      plan.data = .published(name: "medmcqa", path: file.path, evaluation: .none)
      plan.settings.sequenceLength = 192
      plan.settings.trainingExamples = 10
      plan.settings.dataSeed = .seed
      plan.settings.tuningShare = 0.2
      plan.settings.evaluationSplit = .tuning
      plan.settings.maxNewTokens = 2
      plan.settings.measureLatency = false
      let id = try #require(await bus.accepted(.queue(plan)).first)
      let run = try await bus.run(id, in: .done)
      #expect(run.prepared?.trainingExamples == 10)
      guard case .examples(let examples) = await bus.ask(.examples(id)) else { throw CancellationError() }
      asked.append(examples.map(\.prompt).sorted())
    }
    #expect(asked[0].count == 12 && asked[0] == asked[1])
    await engine.shutdown(.save)
  }

  @Test func aPlanFileKeepsItsSearch() throws {
    let study = try TinyStudy()
    let place = study.folder.appending(path: "plan.toml")
    let text = """
      data = "medmcqa"
      combinations = "all"
      strategy = "search"
      minutes = 2
      latency_budget = 5
      tuning_examples = 80
      rates = [1e-3, 1e-2]
      """
    let plan = try SweepPlanFile.read(text: text, place)
    let wished = SearchChoice(
      isSearch: true, rates: .range(low: 1e-3, high: 1e-2), secondsBudget: 120, latencyBudget: 5, tuningExamples: 80)
    #expect(plan.search == wished)
    try SweepPlanFile.write(plan, to: place)
    #expect(try SweepPlanFile.read(place).search == wished)
    let requests = try #require(plan.searches)
    #expect(requests.map(\.purpose) == [.combinations] && requests[0].combinations.count == 15)
    #expect(requests[0].rates.count == 3)
    #expect(requests[0].seeds == [0, 1, 2])
    #expect(
      try SweepPlanFile.read(text: "data = \"medmcqa\"\ncombinations = \"all\"\nrates = \"auto\"", place).seeds == [0])
    for (line, what) in [
      ("strategy = \"some\"", "strategy: must be"), ("minutes = 3", "minutes: must be left out"),
      ("rates = [2, 1]", "rates: must be"), ("rates = \"fast\"", "rates: must be"),
      ("tuning_examples = -1", "tuning_examples: must be a whole number"),
      ("tuning_examples = 80", "tuning_examples: must be left out where nothing races"),
    ] {
      let refusal = #expect(throws: Refusal.self, "\(what)") {
        try SweepPlanFile.read(text: "data = \"medmcqa\"\ncombinations = \"all\"\n\(line)", place)
      }
      #expect(refusal?.line.contains(what) == true, "\(refusal?.line ?? "")")
    }
  }
}
