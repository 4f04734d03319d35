import Messages
import Recipe

/// Shortlist, race with continuation, confirm: finds the combination to train without training all of them to the end.
///
/// A value that knows no clock, store or bus. It takes facts and says what it wants done; what it says depends on the plan and on
/// the set of facts alone, never on their order, so a search that was killed goes on from its stored results by taking them again.
package struct Search: Sendable {
  package let plan: SearchPlan
  private var facts: [SearchKey: HeatResult] = [:]
  private var said: Set<SearchAction> = []

  /// - Throws: `Refusal` where the plan cannot decide anything (`SearchPlan.check`).
  package init(_ plan: SearchPlan) throws(Refusal) {
    try plan.check()
    self.plan = plan
  }

  /// A result. One that is here already is kept, and one that the race never asked for is looked at only if it comes to it.
  package mutating func take(_ result: HeatResult) {
    let key = SearchKey(candidate: result.candidate, seed: result.seed, heat: result.heat)
    if facts[key] == nil { facts[key] = result }
  }

  /// What is to be done now and was not said before: empty while results are missing; `answer` is the last.
  package mutating func next() -> [SearchAction] {
    let fresh = state().actions.filter { !said.contains($0) }
    said.formUnion(fresh)
    return fresh
  }

  /// The best answer so far, at any moment.
  package func answerNow() -> SearchAnswer { state().answer }

  package var bracket: SearchBracket { state().bracket }

  private func state() -> SearchState { SearchState(plan, facts) }
}

/// What a fact is of.
struct SearchKey: Hashable, Sendable {
  var candidate: SearchCandidate
  var seed: UInt64
  var heat: Int
}
