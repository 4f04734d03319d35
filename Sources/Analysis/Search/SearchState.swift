import Messages
import Recipe

/// Where a search stands: a function of its plan and of the set of its facts, computed anew when asked for, so that nothing can depend
/// on the order in which facts came.
struct SearchState {
  let plan: SearchPlan
  let facts: [SearchKey: HeatResult]
  private(set) var actions: [SearchAction] = []
  private(set) var bracket = SearchBracket()
  private(set) var answer: SearchAnswer

  init(_ plan: SearchPlan, _ facts: [SearchKey: HeatResult]) {
    self.plan = plan
    self.facts = facts
    answer = SearchAnswer(kind: .none, candidates: [], pick: nil, sentence: "nothing has been scored yet")
    let shortlist = Shortlist(plan)
    for targets in shortlist.reasons.keys.sorted(by: Targets.precedes) {
      guard let reason = shortlist.reasons[targets] else { continue }
      bracket.notStarted[targets] = reason
      for rate in plan.rates(of: targets) {
        actions.append(.leave(SearchCandidate(targets: targets, learningRate: rate), heat: -1, reason: reason))
      }
    }
    bracket.seconds = Self.seconds(facts)
    let racing = shortlist.entrants.flatMap { targets in
      plan.rates(of: targets).map { SearchCandidate(targets: targets, learningRate: $0) }
    }
    guard let finalists = race(racing) else {
      // Between heats the best answer so far is what the last heat that is over says.
      return
    }
    confirm(finalists)
  }

  // MARK: Race

  /// The ranking of those that reached the end; nil while a heat waits for results.
  private mutating func race(_ entrants: [SearchCandidate]) -> [SearchCandidate]? {
    var racing = entrants
    // Whom the heat before kept, the best first.
    var ahead: [SearchCandidate] = []
    for heat in plan.heats.indices {
      let results = racing.map { facts[SearchKey(candidate: $0, seed: plan.seed, heat: heat)] }
      let missing = racing.indices.filter { results[$0] == nil }.map { racing[$0] }
      let ranking = HeatRanking(racing.compactMap { facts[SearchKey(candidate: $0, seed: plan.seed, heat: heat)] })
      let unusable = racing.filter { facts[SearchKey(candidate: $0, seed: plan.seed, heat: heat)]?.isUnusable ?? false }
      var standings: [SearchCandidate: SearchBracket.Standing] = [:]
      for candidate in racing { standings[candidate] = .scored }
      for candidate in missing { standings[candidate] = .running }
      for candidate in unusable {
        let result = facts[SearchKey(candidate: candidate, seed: plan.seed, heat: heat)]
        standings[candidate] = .left(result?.unusableReason ?? .withdrawn)
      }
      let isLast = heat == plan.heats.count - 1
      var staying = ranking.order
      if missing.isEmpty {
        for (candidate, reason) in leaving(ranking, heat: heat, isLast: isLast) { standings[candidate] = .left(reason) }
        staying = ranking.order.filter { standings[$0] == .scored }
      }
      let kind = SearchBracket.Heat.Kind.race(share: plan.heats[heat])
      note(kind, ranking.order + unusable + missing, standings, seed: plan.seed, heat: heat)
      for candidate in racing {
        if case .left(let reason) = standings[candidate] {
          actions.append(.leave(candidate, heat: heat, reason: reason))
        }
      }
      let answering = SearchAnswering(plan, facts, bracket)
      if heat == 0 || missing.isEmpty {
        answer = answering.answer(
          ranking.order, heat: heat, isOver: isLast && missing.isEmpty, seeds: [plan.seed], awaited: missing.count)
      } else if !unusable.isEmpty {
        // While a later heat waits the best so far is what the heat before says, but for those that are gone since: who was scored
        // first says nothing of who is ahead.
        answer = answering.answer(
          ahead.filter { !unusable.contains($0) }, heat: heat - 1, isOver: false, seeds: [plan.seed])
      }
      guard missing.isEmpty else {
        actions += missing.map { .advance($0, seed: plan.seed, heat: heat) }
        return nil
      }
      guard !staying.isEmpty else {
        actions.append(.answer(answer))
        return nil
      }
      ahead = staying
      racing = isLast ? staying : staying.sorted()
    }
    return racing
  }

  /// Who leaves after a heat that is over, and why. The first of the ranking never does.
  private func leaving(_ ranking: HeatRanking, heat: Int, isLast: Bool) -> [(SearchCandidate, LeaveReason)] {
    var gone: [SearchCandidate: LeaveReason] = [:]
    // A combination's rates race each other first.
    for group in Dictionary(grouping: ranking.order, by: \.targets).values where group.count > 1 {
      let proofs = ranking.worse(Array(group.dropFirst()), than: group[0], level: plan.leaveLevel)
      for other in group.dropFirst() {
        gone[other] = .slowerRate(than: group[0].learningRate, isProven: proofs[other] != nil)
      }
    }
    let combinations = ranking.order.filter { gone[$0] == nil }
    guard let first = combinations.first, !isLast else { return ranking.listed(gone) }
    let proofs = ranking.worse(Array(combinations.dropFirst()), than: first, level: plan.leaveLevel)
    for (other, proof) in proofs {
      gone[other] = .worse(than: first, points: proof.points, scoreP: proof.scoreP, lossP: proof.lossP)
    }
    let staying = combinations.filter { gone[$0] == nil }
    if let places = plan.places, heat < places.count {
      for (rank, other) in staying.enumerated() where rank >= places[heat] {
        gone[other] = .noPlace(rank: rank + 1, places: places[heat])
      }
    }
    if let secondsBudget = plan.secondsBudget {
      // As it was known when the heat was over: what later heats take is what this decision was about.
      let known = facts.filter { $0.key.seed == plan.seed && $0.key.heat <= heat }
      let left = secondsBudget - Self.seconds(known)
      var spent = ranking.seconds(first, toShare: 1, from: plan.heats[heat], known, plan)
      for other in staying.dropFirst() where gone[other] == nil {
        // The next heat of each that stays, once the leader's way to the end is paid for.
        spent += ranking.seconds(other, toShare: plan.heats[heat + 1], from: plan.heats[heat], known, plan)
        if spent > left { gone[other] = .noTime }
      }
    }
    return ranking.listed(gone)
  }

  // MARK: Confirmation

  /// Further seeds for the leaders, one seed at a time, until it can be told or seeds or time are out.
  private mutating func confirm(_ ranked: [SearchCandidate]) {
    var ranked = ranked
    let last = plan.heats.count - 1
    var seeds = [plan.seed]
    for seed in plan.confirmSeeds {
      let open = answer.undecided(among: Array(ranked.prefix(plan.finalists)), level: SearchAnswering.level(plan))
      guard open.count > 1 else { break }
      let missing = open.filter { facts[SearchKey(candidate: $0, seed: seed, heat: last)] == nil }
      if missing.count == open.count, let secondsBudget = plan.secondsBudget {
        // A seed is begun for all or for none: half a comparison is none.
        let cost = open.reduce(0) { $0 + Self.runSeconds($1, facts, plan) }
        if bracket.seconds + cost > secondsBudget { break }
      }
      let unusable = open.filter { facts[SearchKey(candidate: $0, seed: seed, heat: last)]?.isUnusable ?? false }
      var standings: [SearchCandidate: SearchBracket.Standing] = [:]
      for candidate in open { standings[candidate] = .scored }
      for candidate in missing { standings[candidate] = .running }
      for candidate in unusable {
        let result = facts[SearchKey(candidate: candidate, seed: seed, heat: last)]
        let reason = result?.unusableReason ?? .withdrawn
        standings[candidate] = .left(reason)
        actions.append(.leave(candidate, heat: last, reason: reason))
      }
      note(.confirm(seed: seed), open, standings, seed: seed, heat: last)
      guard missing.isEmpty else {
        actions += missing.sorted().map { .advance($0, seed: seed, heat: last) }
        return
      }
      seeds.append(seed)
      // What diverges with another seed is not to be recommended for the first; what was taken out is left open.
      ranked.removeAll { unusable.contains($0) }
      answer = SearchAnswering(plan, facts, bracket).answer(ranked, heat: last, isOver: true, seeds: seeds)
    }
    actions.append(.answer(answer))
  }

  private mutating func note(
    _ kind: SearchBracket.Heat.Kind, _ order: [SearchCandidate], _ standings: [SearchCandidate: SearchBracket.Standing],
    seed: UInt64, heat: Int
  ) {
    let entries = order.map { candidate in
      let result = facts[SearchKey(candidate: candidate, seed: seed, heat: heat)]
      return SearchBracket.Entry(
        candidate: candidate, seed: seed, standing: standings[candidate] ?? .running, step: result?.step,
        score: result?.score, loss: result?.recentLoss)
    }
    bracket.heats.append(SearchBracket.Heat(kind: kind, entries: entries))
  }

  /// Of all these results, in a fixed order, so that the sum is the same to the last bit.
  private static func seconds(_ facts: [SearchKey: HeatResult]) -> Double {
    facts.values.sorted { $0.precedes($1) }.reduce(0) { $0 + $1.seconds }
  }

  /// What a whole run of the candidate took or would take, from its own heats.
  static func runSeconds(_ candidate: SearchCandidate, _ facts: [SearchKey: HeatResult], _ plan: SearchPlan) -> Double {
    let own = plan.heats.indices.compactMap { heat in
      facts[SearchKey(candidate: candidate, seed: plan.seed, heat: heat)].map { (share: plan.heats[heat], $0.seconds) }
    }
    guard let share = own.last?.share else { return 0 }
    return own.reduce(0) { $0 + $1.1 } / share
  }
}

extension HeatResult {
  /// An order of results in which sums of seconds are taken.
  fileprivate func precedes(_ other: HeatResult) -> Bool {
    if candidate != other.candidate { return candidate < other.candidate }
    return seed != other.seed ? seed < other.seed : heat < other.heat
  }
}
