import Analysis
import Foundation
import Messages
import Recipe
import RunStore

/// Carries out what a search wants done, and gives it the results.
extension Engine {
  /// Asks the search what is to be done now and does it, until it waits for results or has its answer.
  func drive(_ id: SearchID) async {
    if let own = searches[id]?.summary, own.status == .running, own.plan.awaitsLook {
      if let other = waitsForHeat(id) { hold(id, for: other) } else { awaitLook(id) }
      return await keep(id)
    }
    while searches[id]?.summary.status == .running, !isEnding {
      let actions = searches[id]?.search.next() ?? []
      if actions.isEmpty { break }
      for action in actions {
        // A person may end it between two of them.
        guard searches[id]?.summary.status == .running else { break }
        do { try await perform(action, of: id) } catch { return await pauseSearch(id, Failure.line(error)) }
      }
    }
    await keep(id)
  }

  private func perform(_ action: SearchAction, of id: SearchID) async throws {
    switch action {
    case .advance(let candidate, let seed, let heat):
      try await advance(SearchEntrant(candidate: candidate, seed: seed), to: heat, of: id)
    case .leave(let candidate, let heat, let reason):
      for (entrant, run) in searches[id]?.summary.runs ?? [:] where entrant.candidate == candidate {
        await retire(run, LeaveText.line(reason, heat: heat, of: searches[id]?.summary.plan.heats.count ?? 0))
      }
    case .answer(let answer): try await conclude(id, answer)
    }
  }

  // MARK: Runs

  /// Lets a run go on to a heat, or begins it.
  private func advance(_ entrant: SearchEntrant, to heat: Int, of id: SearchID) async throws {
    guard let own = searches[id] else { return }
    guard let run = own.summary.runs[entrant] else { return try await begin(entrant, to: heat, of: id) }
    if own.taken[run]?.contains(own.ownHeat(heat, of: entrant)) == true { return }
    heatOrders[run] = own.order(entrant, to: heat)
    let known = await bus.currentSnapshot().run(run)
    switch runs[run]?.phase {
    case .waiting: schedule.held.remove(run)
    // A person's pause stays.
    case .paused where known?.reason == nil: break
    case .paused:
      await requeue([run])
      proceed()
    case .ended(.failed) where known?.hasDiverged == false:
      await requeue([run])
      proceed()
    case .ended(.done):
      throw Refusal(
        "#\(run) is done, and its scores at heat \(own.ownHeat(heat, of: entrant)) are not there", exitStatus: 65)
    case .ended, nil:
      if let known { searches[id]?.takeEnd(of: known) } else { withdraw(entrant, heat, of: id) }
    case .active, .awaitingLatency, .measuring, .remeasuring: break
    }
  }

  private func begin(_ entrant: SearchEntrant, to heat: Int, of id: SearchID) async throws {
    guard let own = searches[id] else { return }
    let base = try await load(own.summary.request.model)
    let plan = own.summary.request.plan(
      entrant.candidate.targets, rate: entrant.candidate.learningRate, seed: entrant.seed, in: base.summary)
    let ids = try await enqueue([plan], heats: own.order(entrant, to: heat), of: id)
    guard let run = ids.first else { return }
    searches[id]?.summary.runs[entrant] = run
    // It may have got its answer meanwhile.
    if searches[id]?.summary.leavesOut(entrant.candidate) == true { await retire(run, LeaveText.unnamed) }
  }

  /// Of a run that is not there any more.
  private func withdraw(_ entrant: SearchEntrant, _ heat: Int, of id: SearchID) {
    searches[id]?.search.take(
      HeatResult(
        candidate: entrant.candidate, seed: entrant.seed, heat: heat, step: 0, losses: [], outcomes: [], seconds: 0,
        withdrawn: true))
  }

  /// Ends a run that goes no further; what it has trained stays, as of one that a person has stopped.
  func retire(_ run: RunID, _ line: String) async {
    let known = await bus.currentSnapshot().run(run)
    let own = environment.folder.adapter(run)
    let isTrained = known?.adapterPath == nil && FileManager.default.fileExists(atPath: own.path)
    switch runs[run]?.phase {
    case .waiting:
      schedule.dequeue(run)
      fallthrough
    case .paused:
      heatOrders[run] = nil
      if isTrained { bus.post(.adapterWritten(path: own.path), run: run) }
      let place = known?.heats?.last.map { ", step \($0.step)" } ?? ""
      let hasBegun = (known?.step ?? 0) > 0
      end(
        run,
        RunEnding(
          state: hasBegun ? .stopped : .cancelled, reason: line.replacing(LeaveText.placeMark, with: place)))
    case .active(let runner):
      leaving[run] = line.replacing(LeaveText.placeMark, with: "")
      runner.control.set(.stop)
    case .ended, .awaitingLatency, .measuring, .remeasuring, nil: break
    }
  }

  /// A run of a search gave the machine back.
  func raced(_ id: RunID, _ outcome: RunOutcome) async {
    let line = leaving.removeValue(forKey: id)
    if let line, case .ended(.stopped) = outcome { post(.stopped, reason: line, run: id) }
    // The order to leave came when it had given the machine back.
    if let line, case .paused = outcome { return await retire(id, line) }
    guard let before = await bus.currentSnapshot().run(id), let search = before.search, !isEnding else { return }
    // It was on its way to a heat when its search got an answer that names it.
    if case .paused = outcome, let own = searches[search]?.summary, own.status.isOver, before.reason != nil {
      heatOrders[id] = nil
      if own.leavesOut(SearchEntrant(before.plan).candidate) { return await retire(id, LeaveText.unnamed) }
      await requeue([id])
      return proceed()
    }
    guard searches[search]?.summary.status == .running else { return }
    // What decides is what a start after a kill would find.
    if blockedReason == nil { await bus.flush() }
    let heats: [HeatScores]
    do { heats = try await store.heats(of: id) } catch {
      return await pauseSearch(search, Failure.line(error))
    }
    guard let run = await bus.currentSnapshot().run(id) else { return }
    for heat in heats { searches[search]?.take(heat, of: run) }
    // What it was scored with then cannot be scored now: it has been trained since.
    if blockedReason == nil, let lost = run.heats?.first(where: { heat in !heats.contains { $0.heat == heat.heat } }) {
      return await pauseSearch(
        search, "the scores of #\(id) at heat \(lost.heat) cannot be read; `lorascope resume --end \(search)` ends it")
    }
    switch outcome {
    case .ended(.failed) where !run.hasDiverged:
      return await pauseSearch(search, "#\(id) failed: \(run.reason ?? "")")
    case .ended(.failed):
      notice(.warning, "#\(id) \(run.plan.targets.label) leaves the race: it diverged", run: id)
      searches[search]?.takeEnd(of: run)
    case .ended(.stopped), .ended(.cancelled):
      searches[search]?.takeEnd(of: run)
    case .ended, .paused, .trained: break
    }
    await drive(search)
  }

  // MARK: The end of a search

  /// Keeps the answer; the runs that it names come to their end, the others leave.
  ///
  /// - Parameter isAsked: a person ends it, whatever cannot go on.
  private func conclude(_ id: SearchID, _ answer: SearchAnswer, isAsked: Bool = false) async throws {
    guard let own = searches[id], !own.summary.status.isOver, !own.isConcluding else { return }
    searches[id]?.isConcluding = true
    defer { searches[id]?.isConcluding = false }
    if own.summary.request.purpose == .rates, let pick = answer.pick {
      do { try await follow(own.summary, at: pick.learningRate) } catch {
        guard isAsked else { throw error }
        notice(.warning, "search \(id): its other seeds are not run: \(Failure.line(error))", run: nil)
      }
    }
    searches[id]?.summary.answer = answer
    set(.answered, of: id)
    // Before the answer is kept: at the next start who has left is known by that, and who was resumed since stays.
    let all = searches[id]?.summary.runs ?? own.summary.runs
    for (entrant, run) in all where !own.summary.names(entrant.candidate, in: answer) {
      await retire(run, LeaveText.unnamed)
    }
    if blockedReason == nil { await bus.flush() }
    await keep(id)
    notice(.good, "search \(id): \(answer.sentence)", run: nil)
    var goOn: [RunID] = []
    var left: [RunID] = []
    let snapshot = await bus.currentSnapshot()
    for (entrant, run) in all where own.summary.names(entrant.candidate, in: answer) {
      heatOrders[run] = nil
      guard !needsBF16(run) else {
        left.append(run)
        continue
      }
      if case .waiting? = runs[run]?.phase { schedule.held.remove(run) }
      if case .paused? = runs[run]?.phase, snapshot.run(run)?.reason != nil { goOn.append(run) }
      // What their scores are seen against may have been left by the same kill.
      guard let base = snapshot.run(run).flatMap({ snapshot.baseline(of: $0.plan) }), !goOn.contains(base.id) else {
        continue
      }
      if case .waiting? = runs[base.id]?.phase { schedule.held.remove(base.id) }
      if case .paused? = runs[base.id]?.phase, base.reason != nil { goOn.append(base.id) }
    }
    left.removeAll { run in if case .ended? = runs[run]?.phase { true } else { false } }
    sayNeedsBF16(left.sorted().map { "#\($0)" })
    await requeue(goOn.sorted())
    proceed()
  }

  /// The runs of all seeds at the rate that was taken. The first seed's has raced.
  private func follow(_ search: SearchSummary, at rate: Double) async throws {
    let base = try await load(search.request.model)
    let snapshot = await bus.currentSnapshot()
    let like = runsByPlan(snapshot.runs)
    guard let targets = search.request.combinations.first else { return }
    let plans = search.request.seeds.dropFirst().map {
      search.request.plan(targets, rate: rate, seed: $0, in: base.summary)
    }
    let missing = plans.filter { plan in
      like[plan.deciding].flatMap { reusable(plan, in: $0, fingerprint: base.summary.fingerprint) } == nil
    }
    if !missing.isEmpty { _ = try await enqueue(missing) }
  }

  /// A search that cannot go on now keeps all that it has.
  func pauseSearch(_ id: SearchID, _ reason: String) async {
    guard searches[id]?.summary.status == .running else { return }
    set(.paused, reason: reason, of: id)
    notice(.error, "search \(id) waits: \(reason); resume goes on with it", run: nil)
    await keep(id)
  }

  /// Goes on with the searches that a kill, a quit or a failure has left; returns their runs that go on.
  func resumeSearches() async -> [SearchID] {
    let left = searches.values.filter { $0.summary.status == .paused && !needsBF16($0) }.map(\.summary.id).sorted()
    for id in left {
      await retake(id)
      set(.running, of: id)
      await drive(id)
    }
    return left
  }

  /// Each action is said once: a fresh value that has taken the same results says those again that are still to be done.
  private func retake(_ id: SearchID) async {
    guard let own = searches[id], let search = try? Search(own.summary.plan) else { return }
    var again = EngineSearch(summary: own.summary, search: search)
    let snapshot = await bus.currentSnapshot()
    for run in own.summary.runs.values.compactMap({ snapshot.run($0) }) {
      for heat in (try? await store.heats(of: run.id)) ?? [] { again.take(heat, of: run) }
      if run.hasDiverged || run.wasTakenOut { again.takeEnd(of: run) }
    }
    searches[id] = again
  }

  /// The program ends: searches keep their place, or end with what they can say where everything is discarded.
  func leaveSearches(_ mode: Command.Shutdown) async {
    for id in searches.keys.sorted() where searches[id]?.summary.status == .running {
      if mode == .discard {
        // Not in one statement: a write through an optional begins before its right side is read.
        let answer = searches[id]?.answerNow
        searches[id]?.summary.answer = answer
        set(.answered, reason: "discarded when lorascope was left", of: id)
      } else {
        set(.paused, reason: PauseReason.saved, of: id)
      }
      await keep(id)
    }
  }

  /// Ends a search with the best answer so far.
  func endSearch(_ id: SearchID) async throws {
    guard let own = searches[id] else { throw Refusal("there is no search \(id) in this store", exitStatus: 66) }
    guard !own.summary.status.isOver else { throw Refusal("search \(id) has its answer", exitStatus: 64) }
    if own.summary.plan.awaitsLook { return await endUnraced(id, "ended before its first heat") }
    try await conclude(id, own.search.answerNow(), isAsked: true)
  }

  /// Searches whose time is up end with what they can say.
  func endOverdueSearches() async {
    for own in searches.values where own.summary.status == .running {
      guard let budget = own.summary.request.secondsBudget, own.secondsUsed >= budget else { continue }
      notice(.info, "search \(own.summary.id): its time is up", run: nil)
      do { try await endSearch(own.summary.id) } catch { await pauseSearch(own.summary.id, Failure.line(error)) }
    }
  }
}

extension SearchSummary {
  /// Whether it has an answer that does not name this candidate.
  func leavesOut(_ candidate: SearchCandidate) -> Bool {
    status.isOver && answer.map { !names(candidate, in: $0) } == true
  }
}
