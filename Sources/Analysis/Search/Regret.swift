import Messages
import Recipe

/// What ways of choosing a combination lose against the best mean of a table of finished runs, for each budget of latency.
///
/// A table may be partial. Tasks with several seeds judge a choice by seeds that it has not seen; those with one by the evaluation split
/// of that seed's runs, in a table of its own; those that lack combinations judge nothing.
package struct Regret: Sendable {
  package typealias Method = RegretTable.Method
  package typealias Choice = RegretTable.Choice

  package static let budgets: [Double?] = [3, 5, 7, 10, 15, nil]
  /// Further seeds of a search, as a live one has them unless asked for others.
  static let confirmingSeeds = 2
  /// Of the exhaustive study.
  static let studySeeds = 3

  /// What of each task is there, in the order of names.
  package let coverage: [TaskCoverage]
  package private(set) var otherSeeds = RegretTable(.otherSeeds)
  package private(set) var sameSeed = RegretTable(.sameSeed)
  /// Why something is not in the tables, a sentence each.
  package private(set) var gaps: [String] = []

  /// - Parameter settings: changes to the plan of the searches, of which combinations, seeds and budget are given.
  package init(_ runs: [FinishedRuns], settings: (inout SearchPlan) -> Void = { _ in }) {
    coverage = runs.map(\.coverage)
    for runs in runs { add(runs, settings) }
  }

  private mutating func add(_ runs: FinishedRuns, _ settings: (inout SearchPlan) -> Void) {
    let path: WritableKeyPath<Regret, RegretTable>
    switch runs.coverage.use {
    case .otherSeeds: path = \.otherSeeds
    case .sameSeed: path = \.sameSeed
    case .nothing: return
    }
    self[keyPath: path].begin(runs.coverage)
    let seeds = runs.seeds
    let exhaustive = runs.exhaustiveSeconds(seeds: Self.studySeeds)
    let isPriced = runs.combinations.allSatisfy { runs.overhead($0) != nil }
    if !isPriced {
      gaps.append("\(runs.coverage.place): TPOT is not measured for all, so only the column without a budget counts it")
    }
    for budget in Self.budgets where budget == nil || isPriced {
      let trial = RegretTrial(runs: runs, budget: budget, seeds: seeds, exhaustive: exhaustive)
      guard !trial.fitting.isEmpty else { continue }
      for (method, choice) in trial.withoutTraining() { self[keyPath: path].note(method, choice) }
      for seed in seeds {
        for (method, choice) in trial.withOneSeed(seed) { self[keyPath: path].note(method, choice) }
        search(trial, seed, .search, rates: nil, settings, into: path)
        let rates = runs.racedRates(seed: seed)
        if rates.count > 1 { search(trial, seed, .searchWithRates, rates: rates, settings, into: path) }
      }
      if let best = trial.best(seeds), let half = runs.halfWidth(best, seeds: seeds) {
        self[keyPath: path].note(halfWidth: half)
      }
    }
  }

  private mutating func search(
    _ trial: RegretTrial, _ seed: UInt64, _ method: Method, rates: [Double]?,
    _ settings: (inout SearchPlan) -> Void, into path: WritableKeyPath<Regret, RegretTable>
  ) {
    switch trial.search(seed, rates: rates, settings) {
    case .failure(let refusal): note(gap: "\(trial.runs.coverage.place): \(refusal.line)")
    case .success((let outcome, let choice)):
      self[keyPath: path].note(outcome)
      if let choice { return self[keyPath: path].note(method, choice) }
      if outcome.answer.pick == nil {
        note(gap: "\(trial.runs.coverage.place): a search with seed \(seed) named nothing: \(outcome.answer.sentence)")
      }
    }
  }

  private mutating func note(gap: String) { if !gaps.contains(gap) { gaps.append(gap) } }
}
