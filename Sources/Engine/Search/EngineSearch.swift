import Analysis
import Foundation
import Messages
import Recipe
import RunStore

/// A search as the engine drives it. What it decides is `Search`'s, a value of the stored plan and the stored results: what is in
/// here besides is who carries it out.
struct EngineSearch {
  var summary: SearchSummary
  var search: Search
  /// Results that `search` has taken, by run and heat (from 1).
  var taken: [RunID: Set<Int>] = [:]
  /// Its answer is being carried out.
  var isConcluding = false
  /// When it was last begun or gone on with; nil while it is paused.
  var since: ContinuousClock.Instant?

  /// Seconds under way, its pauses left out.
  var secondsUsed: Double { summary.secondsUsed + (since.map { (ContinuousClock.now - $0) / .seconds(1) } ?? 0) }

  /// The best answer so far; nothing is known before the base was looked at.
  var answerNow: SearchAnswer {
    guard summary.plan.awaitsLook else { return search.answerNow() }
    return SearchAnswer(kind: .none, candidates: [], pick: nil, sentence: "nothing has been scored yet")
  }

  /// The heat in the plan, from 0, that a run's heat is, from 1: a confirming run has the last one only.
  func heat(_ own: Int, of entrant: SearchEntrant) -> Int {
    entrant.seed == summary.plan.seed ? own - 1 : summary.plan.heats.count - 1
  }

  /// The same in the other direction.
  func ownHeat(_ heat: Int, of entrant: SearchEntrant) -> Int { entrant.seed == summary.plan.seed ? heat + 1 : 1 }

  /// Where a run stops on its way to a heat of the plan.
  func order(_ entrant: SearchEntrant, to heat: Int) -> HeatOrder {
    HeatOrder(
      shares: entrant.seed == summary.plan.seed ? summary.plan.heats : [1], examples: summary.plan.tuningExamples,
      waitsAfter: ownHeat(heat, of: entrant))
  }

  /// Takes what a run was scored at a heat.
  mutating func take(_ scores: HeatScores, of run: RunSummary) {
    let entrant = SearchEntrant(run.plan)
    guard taken[run.id, default: []].insert(scores.heat).inserted else { return }
    let seconds = (run.heats ?? []).map { ($0.heat, $0.seconds) }
    let before = seconds.last { $0.0 < scores.heat }?.1 ?? 0
    search.take(
      HeatResult(
        candidate: entrant.candidate, seed: entrant.seed, heat: heat(scores.heat, of: entrant), step: scores.step,
        losses: SearchPlan.blockMeans(
          run.losses.values(0..<min(scores.step, run.losses.count)), steps: run.totalSteps),
        outcomes: scores.scores, groups: scores.groups,
        seconds: max(0, (seconds.last { $0.0 == scores.heat }?.1 ?? before) - before)))
  }

  /// A run that has diverged, or that a person has taken out: there is no result at its next heat, and never will be.
  mutating func takeEnd(of run: RunSummary) {
    let entrant = SearchEntrant(run.plan)
    let next = (taken[run.id]?.max() ?? 0) + 1
    let heats = entrant.seed == summary.plan.seed ? summary.plan.heats.count : 1
    guard next <= heats, taken[run.id, default: []].insert(next).inserted else { return }
    search.take(
      HeatResult(
        candidate: entrant.candidate, seed: entrant.seed, heat: heat(next, of: entrant), step: run.step, losses: [],
        outcomes: [], seconds: 0, diverged: run.hasDiverged, withdrawn: !run.hasDiverged))
  }
}

extension RunSummary {
  /// A person has ended it; one that left its race by the search's word has not come to that.
  var wasTakenOut: Bool { (state == .stopped || state == .cancelled) && reason?.hasPrefix(LeaveText.lead) != true }
}

extension Engine {
  /// The search that a run belongs to, unless it is over.
  func openSearch(of run: RunSummary?) -> EngineSearch? {
    run?.search.flatMap { searches[$0] }.flatMap { $0.summary.status.isOver ? nil : $0 }
  }

  // MARK: Start of the program

  /// Reads the searches, and takes the results of their runs: the same decisions follow.
  func loadSearches(_ runs: [RunSummary]) async throws {
    let own = Dictionary(grouping: runs.filter { $0.search != nil }, by: { $0.search ?? 0 })
    for var summary in try await store.searches() {
      guard let search = try? Search(summary.plan) else { continue }
      let mine = own[summary.id] ?? []
      summary.runs = Dictionary(mine.map { (SearchEntrant($0.plan), $0.id) }) { _, newest in newest }
      if !isReadOnly, summary.status == .running {
        summary.status = .paused
        summary.reason = PauseReason.interrupted
      }
      var known = EngineSearch(summary: summary, search: search)
      for run in mine {
        for heat in try await store.heats(of: run.id) { known.take(heat, of: run) }
        if run.hasDiverged || run.wasTakenOut { known.takeEnd(of: run) }
        // They go on with their search, and not by themselves.
        if !summary.status.isOver { self.runs[run.id]?.isUnfinished = false }
      }
      searches[summary.id] = known
      publish(summary.id)
      // A kill came before they could leave. Others that are not named a person has gone on with.
      for run in mine where !isReadOnly && run.state == .paused && PauseReason.isHeat(run.reason) {
        if summary.leavesOut(SearchEntrant(run.plan).candidate) { await retire(run.id, LeaveText.unnamed) }
      }
      if !isReadOnly, summary.status == .paused {
        notice(.warning, "search \(summary.id) waits (\(summary.reason ?? "paused")): resume goes on with it", run: nil)
      }
    }
  }

  // MARK: Telling

  /// How long those that are under way have taken so far.
  func publishSearchTimes() {
    let used = searches.filter { $0.value.summary.status == .running }.mapValues(\.secondsUsed)
    guard !used.isEmpty else { return }
    bus.change { snapshot in
      for place in snapshot.searches.indices {
        if let seconds = used[snapshot.searches[place].id] { snapshot.searches[place].secondsUsed = seconds }
      }
    }
  }

  /// Puts a search into the snapshot as it is now.
  func publish(_ id: SearchID) {
    guard let own = searches[id] else { return }
    var summary = own.summary
    summary.secondsUsed = own.secondsUsed
    summary.bracket = summary.plan.awaitsLook ? SearchBracket() : own.search.bracket
    if !summary.status.isOver { summary.answer = own.answerNow }
    bus.change { [summary] snapshot in
      if let place = snapshot.searches.firstIndex(where: { $0.id == summary.id }) {
        snapshot.searches[place] = summary
      } else {
        snapshot.searches.append(summary)
      }
    }
  }

  /// Keeps where a search stands, and shows it.
  func keep(_ id: SearchID) async {
    publish(id)
    guard var summary = searches[id]?.summary, let used = searches[id]?.secondsUsed else { return }
    summary.secondsUsed = used
    try? await store.update(summary)
    wakeWaiting()
  }

  /// Ends a pause, or begins one.
  func set(_ status: SearchStatus, reason: String? = nil, of id: SearchID) {
    guard var own = searches[id] else { return }
    own.summary.secondsUsed = own.secondsUsed
    own.since = status == .running ? .now : nil
    own.summary.waitsFor = nil
    own.summary.status = status
    own.summary.reason = reason
    if status.isOver { own.summary.finished = now }
    searches[id] = own
  }
}
