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
    share(among: runs, settings)
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
    if !runs.combinations.allSatisfy({ runs.overhead($0) != nil }) {
      gaps.append("\(runs.coverage.place): TPOT is not measured for all, so only the column without a budget counts it")
    }
    for trial in Self.trials(runs) {
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
    _ settings: (inout SearchPlan) -> Void, into path: WritableKeyPath<Regret, RegretTable>, counts: Bool = true
  ) {
    switch trial.search(seed, rates: rates, settings) {
    case .failure(let refusal): note(gap: "\(trial.runs.coverage.place): \(refusal.line)")
    case .success((let outcome, let choice)):
      if counts { self[keyPath: path].note(outcome) }
      if let choice { return self[keyPath: path].note(method, choice) }
      if outcome.answer.pick == nil {
        note(gap: "\(trial.runs.coverage.place): a search with seed \(seed) named nothing: \(outcome.answer.sentence)")
      }
    }
  }

  // MARK: Sharing

  /// Searches that know how races on all other tasks of the base ended that are judged alike: no task knows anything of itself.
  private mutating func share(among runs: [FinishedRuns], _ settings: (inout SearchPlan) -> Void) {
    struct Place: Hashable {
      var base: String
      var use: TaskCoverage.Use
    }
    let known = runs.filter { $0.coverage.use != .nothing }
    // In a fixed order, so that equal tables have equal pages.
    let groups = Dictionary(grouping: known) { Place(base: $0.base, use: $0.coverage.use) }
      .sorted { ($0.key.base, $0.key.use.rawValue) < ($1.key.base, $1.key.use.rawValue) }
    for (place, alike) in groups where alike.count > 1 {
      let path: WritableKeyPath<Regret, RegretTable> = place.use == .otherSeeds ? \.otherSeeds : \.sameSeed
      let races = alike.map { runs in
        Dictionary(uniqueKeysWithValues: runs.seeds.map { ($0, Self.race(runs, seed: $0, settings)) })
      }
      for (place, runs) in alike.enumerated() {
        for trial in Self.trials(runs) {
          for seed in runs.seeds {
            let others = races.indices.filter { $0 != place }.compactMap { races[$0][seed] ?? nil }
            let shared = SharedHeats(others)
            let rates = runs.racedRates(seed: seed)
            search(
              trial, seed, .searchShared, rates: rates.count > 1 ? rates : nil,
              { plan in
                settings(&plan)
                shared.apply(to: &plan)
              }, into: path, counts: false)
          }
        }
      }
    }
  }

  /// How the race of a search without a budget went; nil where it could not be replayed.
  private static func race(
    _ runs: FinishedRuns, seed: UInt64, _ settings: (inout SearchPlan) -> Void
  ) -> SearchBracket? {
    let trial = RegretTrial(
      runs: runs, budget: nil, seeds: runs.seeds, exhaustive: runs.exhaustiveSeconds(seeds: studySeeds))
    let rates = runs.racedRates(seed: seed)
    guard case .success((let outcome, _)) = trial.search(seed, rates: rates.count > 1 ? rates : nil, settings) else {
      return nil
    }
    return outcome.bracket
  }

  /// One for each budget that something fits.
  static func trials(_ runs: FinishedRuns) -> [RegretTrial] {
    let exhaustive = runs.exhaustiveSeconds(seeds: studySeeds)
    let isPriced = runs.combinations.allSatisfy { runs.overhead($0) != nil }
    return budgets.filter { $0 == nil || isPriced }
      .map { RegretTrial(runs: runs, budget: $0, seeds: runs.seeds, exhaustive: exhaustive) }
      .filter { !$0.fitting.isEmpty }
  }

  private mutating func note(gap: String) { if !gaps.contains(gap) { gaps.append(gap) } }
}
