import Analysis
import Messages
import Recipe

/// A search whose runs are trained elsewhere, a round at a time: a round is a heat of the race, or what the answer names on its way to its
/// end; of a race of rates with it the runs of the other seeds at the rate that was taken.
///
/// What is wanted follows from the stored plan and from what the runs have come to, whatever the order in which they are known and however
/// often it is asked: who was killed in between asks again.
package struct SearchRounds: Sendable {
  /// A run that is wanted, and how far.
  package struct Entry: Hashable, Sendable {
    package var plan: RunPlan
    /// Where it stops; nil for one that goes to its end.
    package var heats: HeatOrder?
    /// What this round adds to it, as a share of a whole run's steps.
    package var share: Double
  }

  private let request: SearchRequest
  private let model: ModelSummary
  private var own: EngineSearch
  private var runs: [SearchEntrant: RunSummary] = [:]
  /// Evaluations of the base that have ended, and runs of other seeds after a race of rates.
  private var ended: Set<RunPlan> = []

  /// - Parameters:
  ///   - plan: after the look at the base, if it asks for one.
  ///   - model: the base, for which ranks are matched.
  /// - Throws: `Refusal` for a plan that cannot decide.
  package init(_ request: SearchRequest, _ plan: SearchPlan, model: ModelSummary) throws(Refusal) {
    (self.request, self.model) = (request, model)
    own = EngineSearch(
      summary: SearchSummary(id: 0, request: request, plan: plan, status: .running, created: 0),
      search: try Search(plan))
  }

  private func plan(_ entrant: SearchEntrant) -> RunPlan {
    request.plan(entrant.candidate.targets, rate: entrant.candidate.learningRate, seed: entrant.seed, in: model)
  }

  /// Whether a run is one of this search's. The other seeds of a race of rates follow it, and are runs like any other.
  package func has(_ plan: RunPlan) -> Bool {
    (request.purpose == .combinations || plan.settings.seed == request.seeds.first) && isAsked(plan)
  }

  private func isAsked(_ plan: RunPlan) -> Bool {
    var plan = plan
    plan.settings.output = nil
    return !plan.isBaseline && request.combinations.contains(plan.targets) && self.plan(SearchEntrant(plan)) == plan
  }

  /// Takes how a run stands; one that is another search's is passed over.
  ///
  /// - Parameter heats: what it was scored at its heats.
  package mutating func take(_ run: RunSummary, heats: [HeatScores]) {
    if run.plan.isBaseline, run.state == .done { ended.insert(run.plan) }
    guard has(run.plan) else {
      if run.state.isTerminal, isAsked(run.plan) { ended.insert(plan(SearchEntrant(run.plan))) }
      return
    }
    runs[SearchEntrant(run.plan)] = run
    for scores in heats { own.take(scores, of: run) }
    if run.hasDiverged || run.wasTakenOut { own.takeEnd(of: run) }
  }

  /// That its runs have trained and been scored for, seconds.
  package var seconds: Double { own.search.bracket.seconds }

  /// What it says by now.
  package var answer: SearchAnswer { own.search.answerNow() }

  /// What is to be trained now, each run once; empty when all is there that the answer names.
  ///
  /// - Parameter evaluatesBase: what the answer names is seen against the base.
  package func wanted(evaluatesBase: Bool) -> [Entry] {
    var search = own.search
    // Of a value that has said nothing yet these are all that are open.
    let actions = search.next()
    let heats = own.summary.plan.heats
    var entries: [Entry] = []
    for case .advance(let candidate, let seed, let heat) in actions {
      let entrant = SearchEntrant(candidate: candidate, seed: seed)
      let before = seed == own.summary.plan.seed && heat > 0 ? heats[heat - 1] : 0
      entries.append(Entry(plan: plan(entrant), heats: own.order(entrant, to: heat), share: heats[heat] - before))
    }
    for case .answer(let answer) in actions { entries += named(answer, evaluatesBase) }
    return entries
  }

  private func named(_ answer: SearchAnswer, _ evaluatesBase: Bool) -> [Entry] {
    var entries: [Entry] = []
    var known = ended
    func add(_ plan: RunPlan, isOver: Bool, share: Double) {
      if !isOver { entries.append(Entry(plan: plan, heats: nil, share: share)) }
      guard evaluatesBase, let base = plan.baseline, known.insert(base).inserted else { return }
      entries.append(Entry(plan: base, heats: nil, share: 0))
    }
    let entrants = runs.keys.filter { own.summary.names($0.candidate, in: answer) }
    for entrant in entrants.sorted(by: { ($0.candidate, $0.seed) < ($1.candidate, $1.seed) }) {
      add(plan(entrant), isOver: runs[entrant]?.state.isTerminal == true, share: 0)
    }
    guard request.purpose == .rates, let pick = answer.pick else { return entries }
    for seed in request.seeds.dropFirst() {
      let follower = plan(SearchEntrant(candidate: pick, seed: seed))
      add(follower, isOver: ended.contains(follower), share: 1)
    }
    return entries
  }
}

extension HeatOrder {
  /// A run has come as far as it is asked to: it waits there, or it has ended.
  package func isReached(by run: RunSummary) -> Bool {
    guard let waitsAfter else { return run.state.isTerminal }
    return run.state.isTerminal
      || run.state == .paused && PauseReason.isHeat(run.reason)
        && run.heats?.contains { $0.heat >= waitsAfter } == true
  }
}
