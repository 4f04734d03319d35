import Foundation
import Messages
import Recipe

/// What may be said of the candidates that have results: a winner, equals, or what it would cost to tell.
struct SearchAnswering {
  let plan: SearchPlan
  let facts: [SearchKey: HeatResult]
  let bracket: SearchBracket

  init(_ plan: SearchPlan, _ facts: [SearchKey: HeatResult], _ bracket: SearchBracket) {
    self.plan = plan
    self.facts = facts
    self.bracket = bracket
  }

  /// 5 % in all: a search looks after the race and after each further seed, and may stop at any of these looks (Bonferroni).
  static func level(_ plan: SearchPlan) -> Double { 0.05 / Double(1 + plan.confirmSeeds.count) }

  private struct Finalist {
    var candidate: SearchCandidate
    /// For each seed that it has, in the order of the plan, the scores in points.
    var rows: [(seed: UInt64, points: [Double])]
    var groups: [String?]
    var table: SeedsAndExamples
  }

  /// - Parameters:
  ///   - ranked: those with usable results of `heat`, the best first.
  ///   - isOver: whether their runs are whole; else nothing is claimed, the pick is the first of the ranking.
  ///   - seeds: those whose results may be looked at.
  ///   - awaited: whose results of this heat are still to come.
  func answer(
    _ ranked: [SearchCandidate], heat: Int, isOver: Bool, seeds: [UInt64], awaited: Int = 0
  ) -> SearchAnswer {
    let finalists = ranked.compactMap { finalist($0, heat: heat, seeds: seeds) }
    guard let front = finalists.first else { return nothing() }
    guard isOver else { return soFar(finalists, heat: heat, awaited: awaited) }
    let level = Self.level(plan)
    let mayConfirm = Set(ranked.prefix(plan.finalists))
    // Those with most seeds: the others were not worth a seed, and one lucky seed must not win over the mean of three.
    let most = finalists.map(\.rows.count).max() ?? 0
    let tried = finalists.filter { $0.rows.count == most && mayConfirm.contains($0.candidate) }
    let best =
      tried.max { $0.table.mean != $1.table.mean ? $0.table.mean < $1.table.mean : precedes($1, $0) } ?? front
    let others = finalists.filter { $0.candidate != best.candidate }
    let differences = others.map { difference($0, best) }
    let adjusted = Holm.againstBest(differences.map { $0?.pValue }, results: finalists.count)
    guard best.table.mean > 0 else { return nothingRight(finalists, best) }
    var named = [self.named(best, difference: nil, pValue: nil)]
    var equal = [best]
    var undecided: [(Finalist, SeedsAndExamples)] = []
    var left: [Finalist] = []
    for (place, other) in others.enumerated() {
      guard let difference = differences[place] else { continue }
      named.append(self.named(other, difference: difference.interval(), pValue: adjusted[place]))
      let isWorse = (adjusted[place] ?? 1) < level && difference.mean < 0
      // Two one-sided tests (Schuirmann 1987).
      let isEqual = difference.interval(1 - 2 * level).low >= -plan.margin
      if isEqual {
        equal.append(other)
      } else if !isWorse {
        // Whoever gets no further seed cannot be decided by one.
        if mayConfirm.contains(other.candidate) { undecided.append((other, difference)) } else { left.append(other) }
      }
    }
    let decided = finalists.map(\.candidate.targets).filter { targets in
      !left.contains { $0.candidate.targets == targets }
    }
    let open = (openCombinations(besides: finalists.map(\.candidate.targets)) + left.map(\.candidate.targets))
      .filter { !decided.contains($0) }.sorted(by: Targets.precedes)
    guard undecided.isEmpty else { return cannotTell(best, undecided, named, open) }
    // Alone at the end: a winner if its last rivals left with proof against them, else it leads and nothing more is known.
    let openRates = unprovenRates(of: best.candidate)
    let isOfRates = plan.combinations.count == 1
    if equal.count == 1, others.isEmpty,
      isOfRates && !openRates.isEmpty || !(open.isEmpty || lastRivalsAreProven(best.candidate))
    {
      return cannotTell(best, [], named, open, isOfRates ? openRates : [])
    }
    if equal.count == 1 {
      return SearchAnswer(
        kind: .winner, candidates: named, pick: best.candidate, open: open,
        sentence: SearchWords.winner(
          named[0], over: others.count, of: rivals(open), diverged: rivalsDiverged(best.candidate), open: open,
          rates: openRates) + remarks(best.candidate))
    }
    let names = Set(equal.map(\.candidate))
    let cheapestFirst = named.filter { names.contains($0.candidate) }.sorted { isCheaper($0, $1) }
    return SearchAnswer(
      kind: .equals, candidates: cheapestFirst + named.filter { !names.contains($0.candidate) },
      pick: cheapestFirst.first?.candidate, open: open,
      sentence: SearchWords.equals(cheapestFirst, margin: plan.margin, open: open)
        + remarks(cheapestFirst.first?.candidate ?? best.candidate))
  }

  /// What a person should know of the rates beside an answer that is no longer going to change.
  private func remarks(_ pick: SearchCandidate) -> String {
    groupRates + SearchWords.end(pick.learningRate, of: plan.rates)
  }

  /// Whom a winner that is alone at the end has left behind.
  private func rivals(_ open: [Targets]) -> String? {
    guard open.isEmpty else { return "its last rivals" }
    if plan.combinations.count == 1 { return plan.rates.count > 1 ? "its other rates" : nil }
    return bracket.notStarted.isEmpty ? "all other combinations" : "all others in the race"
  }

  // MARK: The cases

  private func nothing() -> SearchAnswer {
    let entries = bracket.heats.flatMap(\.entries)
    let diverged = divergedCandidates
    let withdrawn = Set(entries.filter { $0.standing == .left(.withdrawn) }.map(\.candidate)).subtracting(diverged)
    let isWaiting = entries.contains { $0.standing == .running }
    // Others were scored: they went by rank or by proof, or it was a further seed that ended the finalists.
    let wasScored = entries.contains { entry in
      switch entry.standing {
      case .left(.diverged), .left(.withdrawn), .running: false
      case .scored, .left: true
      }
    }
    let open = openCombinations(besides: [])
    let sentence =
      if isWaiting || diverged.isEmpty && withdrawn.isEmpty {
        "nothing has been scored yet"
      } else if wasScored {
        allThatWentOn(open)
      } else if withdrawn.isEmpty {
        SearchWords.allDiverged(diverged.sorted())
      } else {
        SearchWords.noneLeft(diverged.count + withdrawn.count, withdrawn: withdrawn.count)
      }
    return SearchAnswer(kind: .none, candidates: [], pick: nil, open: open, sentence: sentence)
  }

  private var divergedCandidates: Set<SearchCandidate> {
    Set(
      bracket.heats.flatMap(\.entries).compactMap { entry in
        if case .left(.diverged) = entry.standing { entry.candidate } else { nil }
      })
  }

  /// Nobody is left of those that a heat had kept.
  private func allThatWentOn(_ open: [Targets]) -> String {
    let confirming = bracket.heats.filter { if case .confirm = $0.kind { true } else { false } }
    let entries = (confirming.isEmpty ? bracket.heats.suffix(1) : confirming[...]).flatMap(\.entries)
    let diverged = entries.filter { if case .left(.diverged) = $0.standing { true } else { false } }.map(\.candidate)
    let withdrawn = entries.filter { $0.standing == .left(.withdrawn) }.map(\.candidate)
    return SearchWords.allThatWentOn(
      diverged: diverged.sorted(), withdrawn: withdrawn.sorted(), raceSeed: confirming.isEmpty ? nil : plan.seed,
      open: open.filter { targets in !withdrawn.contains { $0.targets == targets } })
  }

  /// Whoever is first of those that got nothing right has won nothing, whatever became of the others.
  private func nothingRight(_ finalists: [Finalist], _ best: Finalist) -> SearchAnswer {
    let named = ([best] + finalists.filter { $0.candidate != best.candidate })
      .map { self.named($0, difference: nil, pValue: nil) }
    return SearchAnswer(
      kind: .cannotTell, candidates: named, pick: best.candidate,
      open: openCombinations(besides: finalists.map(\.candidate.targets)),
      sentence: SearchWords.nothingRight(
        named[0], of: named.count, diverged: !divergedCandidates.isEmpty) + groupRates)
  }

  private func soFar(_ finalists: [Finalist], heat: Int, awaited: Int) -> SearchAnswer {
    let named = finalists.map { self.named($0, difference: nil, pValue: nil) }
    let seconds = finalists.prefix(plan.finalists).reduce(0) {
      $0 + (1 - plan.heats[heat]) * SearchState.runSeconds($1.candidate, facts, plan)
    }
    return SearchAnswer(
      kind: .cannotTell, candidates: named, pick: finalists[0].candidate,
      costToTell: SearchAnswer.Cost(seeds: 0, examples: nil, seconds: seconds),
      open: openCombinations(besides: finalists.map(\.candidate.targets)),
      sentence: SearchWords.soFar(named[0], share: plan.heats[heat], racing: finalists.count, awaited: awaited)
        + groupRates)
  }

  private func cannotTell(
    _ best: Finalist, _ undecided: [(Finalist, SeedsAndExamples)], _ named: [SearchAnswer.Named], _ open: [Targets],
    _ openRates: [Double] = []
  ) -> SearchAnswer {
    let tests = named.count * (named.count - 1) / 2
    let costs = undecided.map { price($0.1, of: [best, $0.0], tests: tests) }
    let known = costs.compactMap { $0 }
    // What one of them would not take either is no price.
    let cost =
      known.isEmpty || known.count < costs.count
      ? nil
      : SearchAnswer.Cost(
        seeds: known.map(\.seeds).max() ?? 0, examples: known.compactMap(\.examples).max(),
        seconds: known.reduce(0) { $0 + $1.seconds })
    let rivals = undecided.map(\.0.candidate)
    return SearchAnswer(
      kind: .cannotTell, candidates: named, pick: best.candidate, costToTell: cost, open: open,
      sentence: SearchWords.cannotTell(named[0], rivals: rivals, cost: cost, open: open, rates: openRates)
        + remarks(best.candidate))
  }

  /// The fewest seeds (at most `SearchWords.mostSeeds` in all), else that many and the fewest examples, with which this difference would be
  /// proven or bounded by the rules of an answer, if its mean and variances stay what they are; nil where none would do.
  ///
  /// - Parameter tests: that Holm's correction counts.
  private func price(_ difference: SeedsAndExamples, of pair: [Finalist], tests: Int) -> SearchAnswer.Cost? {
    func tells(seeds: Int, examples: Int) -> Bool {
      // Each further seed is a further look.
      let level = min(Self.level(plan), 0.05 / Double(seeds))
      let isProven = difference.pValue(seeds: seeds, examples: examples) * Double(max(1, tests)) < level
      return isProven
        || difference.interval(1 - 2 * level, seeds: seeds, examples: examples).low >= -plan.margin
    }
    let run = pair.reduce(0) { $0 + SearchState.runSeconds($1.candidate, facts, plan) }
    let most = max(SearchWords.mostSeeds, difference.seeds + 1)
    if let seeds = (difference.seeds + 1...most).first(where: { tells(seeds: $0, examples: difference.examples) }) {
      let more = seeds - difference.seeds
      return SearchAnswer.Cost(seeds: more, examples: nil, seconds: Double(more) * run)
    }
    var (low, high) = (difference.examples, difference.examples)
    repeat { high *= 2 } while !tells(seeds: most, examples: high) && high < 1_000_000
    guard tells(seeds: most, examples: high) else { return nil }
    while high - low > 1 {
      let middle = (low + high) / 2
      if tells(seeds: most, examples: middle) { high = middle } else { low = middle }
    }
    let more = most - difference.seeds
    return SearchAnswer.Cost(seeds: more, examples: high, seconds: Double(more) * run)
  }

  // MARK: Parts

  /// Of groups whose rate is not the candidate's.
  private var groupRates: String { plan.groupRates.map { SearchWords.groupRates($0) } ?? "" }

  private func finalist(_ candidate: SearchCandidate, heat: Int, seeds: [UInt64]) -> Finalist? {
    let results = seeds.compactMap { seed in
      facts[SearchKey(candidate: candidate, seed: seed, heat: heat)].flatMap { $0.isUnusable ? nil : $0 }
    }
    let rows = results.map { result in (seed: result.seed, points: result.outcomes.map { 100 * $0 }) }
    let groups = results.first?.groups ?? []
    guard results.first?.seed == plan.seed,
      let table = SeedsAndExamples(rows.map(\.points), groups: groups, isDifference: false)
    else { return nil }
    return Finalist(candidate: candidate, rows: rows, groups: groups, table: table)
  }

  /// Of the seeds that both have: first minus second.
  private func difference(_ first: Finalist, _ second: Finalist) -> SeedsAndExamples? {
    let rows = first.rows.compactMap { mine in
      second.rows.first { $0.seed == mine.seed && $0.points.count == mine.points.count }
        .map { theirs in zip(mine.points, theirs.points).map { $0 - $1 } }
    }
    return SeedsAndExamples(rows, groups: first.groups, isDifference: true)
  }

  private func named(_ finalist: Finalist, difference: Interval?, pValue: Double?) -> SearchAnswer.Named {
    let prior = plan.prior(of: finalist.candidate.targets)
    var named = SearchAnswer.Named(
      candidate: finalist.candidate, score: finalist.table.interval(), seeds: finalist.rows.count,
      overhead: prior?.overhead, parameters: prior?.parameters ?? 0, difference: difference, pValue: pValue)
    named.overheadIsPredicted = prior?.overheadIsPredicted
    return named
  }

  private func precedes(_ left: Finalist, _ right: Finalist) -> Bool { left.candidate < right.candidate }

  private func isCheaper(_ left: SearchAnswer.Named, _ right: SearchAnswer.Named) -> Bool {
    guard let a = plan.prior(of: left.candidate.targets), let b = plan.prior(of: right.candidate.targets) else {
      return left.candidate < right.candidate
    }
    return SearchPrior.isCheaper(a, b)
  }

  /// Whether in the last heat in which the candidate had rivals all of them left as worse or diverged.
  private func lastRivalsAreProven(_ candidate: SearchCandidate) -> Bool {
    reasonsOfLastRivals(of: candidate)?.allSatisfy { !($0?.isOpen ?? true) } ?? false
  }

  /// Whether none of them left for being worse: all had diverged.
  private func rivalsDiverged(_ candidate: SearchCandidate) -> Bool {
    reasonsOfLastRivals(of: candidate)?.allSatisfy { if case .diverged? = $0 { true } else { false } } ?? false
  }

  /// Why they left, nil for one that did not; nil where the candidate never had a rival.
  private func reasonsOfLastRivals(of candidate: SearchCandidate) -> [LeaveReason?]? {
    let heat = bracket.heats.last { $0.entries.contains { $0.candidate.targets != candidate.targets } }
    return heat?.entries.filter { $0.candidate.targets != candidate.targets }.map { entry in
      if case .left(let reason) = entry.standing { reason } else { nil }
    }
  }

  /// Rates of the candidate's combination that left behind it by rank, not by proof.
  private func unprovenRates(of candidate: SearchCandidate) -> [Double] {
    bracket.heats.flatMap(\.entries).compactMap { entry in
      guard entry.candidate.targets == candidate.targets, case .left(let reason) = entry.standing, reason.isOpen else {
        return nil
      }
      return entry.candidate.learningRate
    }.sorted()
  }

  /// Combinations that left without proof, none of whose rates is still there.
  private func openCombinations(besides present: [Targets]) -> [Targets] {
    var open = Set(bracket.notStarted.filter(\.value.isOpen).keys)
    for entry in bracket.heats.flatMap(\.entries) {
      if case .left(let reason) = entry.standing, reason.isOpen {
        if case .slowerRate = reason { continue }
        open.insert(entry.candidate.targets)
      }
    }
    return open.subtracting(present).sorted(by: Targets.precedes)
  }
}

extension SearchAnswer {
  /// Of these, the leader and those that are neither proven worse nor bounded: what a further seed is for.
  func undecided(among finalists: [SearchCandidate], level: Double) -> [SearchCandidate] {
    guard kind == .cannotTell, let pick else { return [] }
    return finalists.filter { candidate in
      candidate == pick || candidates.contains { $0.candidate == candidate && ($0.pValue ?? 0) >= level }
    }
  }
}
