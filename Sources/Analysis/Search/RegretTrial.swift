import Messages
import Recipe

/// One task of one base at one budget, and what each simple way of choosing would take there.
struct RegretTrial {
  let runs: FinishedRuns
  let budget: Double?
  let seeds: [UInt64]
  let exhaustive: Double
  let fitting: [Targets]

  init(runs: FinishedRuns, budget: Double?, seeds: [UInt64], exhaustive: Double) {
    self.runs = runs
    self.budget = budget
    self.seeds = seeds
    self.exhaustive = exhaustive
    fitting = runs.combinations.filter { targets in
      budget.map { budget in runs.overhead(targets).map { $0 <= budget } ?? false } ?? true
    }
  }

  private var isOfOneSeed: Bool { seeds.count == 1 }

  func best(_ seeds: [UInt64]) -> Targets? {
    let truths = fitting.compactMap { targets in runs.truth(targets, seeds: seeds).map { (targets, $0) } }
    return truths.max { $0.1 < $1.1 }?.0
  }

  /// - Parameters:
  ///   - seed: of the choice; nil where it used none.
  ///   - unseen: seeds that it used, which the truth leaves out where there are others.
  func choice(
    _ pick: SearchCandidate, seed: UInt64?, unseen used: [UInt64], seconds: Double, _ kind: SearchAnswer.Kind? = nil
  ) -> RegretTable.Choice? {
    // With one seed its runs are all that there is to judge by.
    let rest = isOfOneSeed ? seeds : seeds.filter { !used.contains($0) }
    guard let best = best(rest), let most = runs.truth(best, seeds: rest),
      let mine = runs.truth(pick.targets, seeds: rest)
    else { return nil }
    let lost = rateLoss(pick, seed: seed)
    let share = seconds / exhaustive
    return RegretTable.Choice(
      base: runs.name, task: runs.task, budget: budget, seed: seed, pick: pick, shortfall: most - mine + lost,
      asGood: lost <= 0 && runs.isAsGood(pick.targets, as: best, seeds: rest) ? 1 : 0,
      time: share.isFinite ? share : nil, judges: rest.count, kind: kind)
  }

  /// Points that the picked rate loses against the combination's own: both were scored with the search's seed only, on the tuning
  /// split, as other seeds were not run at it.
  private func rateLoss(_ pick: SearchCandidate, seed: UInt64?) -> Double {
    guard let own = runs.rates[pick.targets], own != pick.learningRate, let seed else { return 0 }
    let scores = [own, pick.learningRate].map { rate in
      runs.row(SearchCandidate(targets: pick.targets, learningRate: rate), seed: seed)?.heats.last
        .flatMap { FinishedRuns.mean($0.outcomes.values) }
    }
    guard let mine = scores[1], let theirs = scores[0] else { return 0 }
    return max(0, 100 * (theirs - mine))
  }

  func own(_ targets: Targets) -> SearchCandidate {
    SearchCandidate(targets: targets, learningRate: runs.rates[targets] ?? 0)
  }

  private func run(_ targets: Targets, _ seed: UInt64) -> StudyRow? { runs.evaluated(targets, seed: seed) }

  // MARK: Ways of choosing

  /// A search with this seed, replayed, and what it chose; no choice where it named nothing, or nothing is left to judge it by.
  func search(
    _ seed: UInt64, rates: [Double]?, _ settings: (inout SearchPlan) -> Void
  ) -> Result<(SearchReplay.Outcome, RegretTable.Choice?), Refusal> {
    var plan = SearchPlan(
      combinations: runs.priors(rates: rates), rates: rates ?? [1], tuningExamples: runs.tuningExamples, seed: seed,
      confirmSeeds: Array(seeds.filter { $0 != seed }.prefix(Regret.confirmingSeeds)))
    plan.latencyBudget = budget
    plan.tuningGroups = runs.tuningGroups.isEmpty ? nil : Set(runs.tuningGroups).count
    settings(&plan)
    // The truth needs a seed that the search has not seen.
    plan.confirmSeeds = Array(plan.confirmSeeds.prefix(max(0, seeds.count - 2)))
    do {
      let outcome = try SearchReplay(runs, plan).run()
      let choice = outcome.answer.pick.flatMap {
        self.choice($0, seed: seed, unseen: outcome.seeds, seconds: outcome.seconds, outcome.answer.kind)
      }
      return .success((outcome, choice))
    } catch { return .failure(error) }
  }

  /// Constants, the dearest, random and the probe: each costs the one run that is wanted anyway.
  func withoutTraining() -> [(RegretTable.Method, RegretTable.Choice)] {
    var found: [(RegretTable.Method, RegretTable.Choice)] = []
    func note(_ method: RegretTable.Method, _ targets: Targets, seconds: Double = 0) {
      let rows = seeds.compactMap { run(targets, $0) }
      let once = FinishedRuns.mean(rows.map { $0.trainSeconds + $0.evaluateSeconds }) ?? 0
      guard let choice = choice(own(targets), seed: nil, unseen: [], seconds: once + seconds) else { return }
      found.append((method, choice))
    }
    for targets in fitting { note(.constant(targets), targets) }
    let singles = TargetGroup.allCases.reduce(0) { $0 + runs.latencySeconds($1.set) }
    let priors = runs.priors(rates: nil).filter { fitting.contains($0.targets) }
    if let dearest = priors.max(by: { SearchPrior.isCheaper($0, $1) })?.targets {
      note(.dearest, dearest, seconds: singles)
    }
    let probed = fitting.filter { runs.energy($0) != nil }
    if let richest = probed.max(by: { (runs.energy($0) ?? 0) < (runs.energy($1) ?? 0) }) {
      note(.probe, richest, seconds: singles + (runs.probeSeconds ?? 0))
    }
    let each = fitting.compactMap { choice(own($0), seed: nil, unseen: [], seconds: 0) }
    if let all = RegretTable.Summary(each), let first = found.first?.1 {
      let mean = RegretTable.Choice(
        base: runs.name, task: runs.task, budget: budget, seed: nil, shortfall: all.mean, asGood: all.asGood,
        time: first.time, judges: all.seeds.upperBound)
      found.append((.random, mean))
    }
    return found
  }

  func withOneSeed(_ seed: UInt64) -> [(RegretTable.Method, RegretTable.Choice)] {
    func score(_ targets: Targets) -> Double {
      run(targets, seed)?.heats.last.flatMap { FinishedRuns.mean($0.outcomes.values) } ?? -1
    }
    var found: [(RegretTable.Method, RegretTable.Choice)] = []
    let whole = fitting.reduce(0) { $0 + (run($1, seed)?.trainSeconds ?? 0) + scoring($1, seed, upTo: 1) }
    if let best = fitting.max(by: { score($0) < score($1) }),
      let choice = choice(own(best), seed: seed, unseen: [seed], seconds: whole)
    {
      found.append((.fullSeed, choice))
    }
    var racing = fitting
    var spent = 0.0
    var share = 0.0
    for end in [0.3, 0.6, 1] {
      spent += racing.reduce(0) { $0 + (end - share) * (run($1, seed)?.trainSeconds ?? 0) }
      share = end
      if end == 1 { break }
      racing = Array(racing.sorted { loss($0, seed, end) < loss($1, seed, end) }.prefix((racing.count + 1) / 2))
    }
    spent += racing.reduce(0) { $0 + scoring($1, seed, upTo: 1) }
    if let best = racing.max(by: { score($0) < score($1) }),
      let choice = choice(own(best), seed: seed, unseen: [seed], seconds: spent)
    {
      found.append((.halving, choice))
    }
    return found
  }

  /// Of the scoring at the end alone.
  private func scoring(_ targets: Targets, _ seed: UInt64, upTo share: Double) -> Double {
    run(targets, seed)?.heats.last { $0.share <= share }?.seconds ?? 0
  }

  private func loss(_ targets: Targets, _ seed: UInt64, _ share: Double) -> Double {
    let blocks = Int((share * Double(SearchPlan.lossBlocks)).rounded(.down))
    let recent = (run(targets, seed)?.losses ?? []).prefix(blocks).suffix(SearchPlan.lossBlocks / 10)
    return FinishedRuns.mean(recent.map { Double($0) }).flatMap { $0.isFinite ? $0 : nil } ?? .infinity
  }
}
