import Messages
import Recipe

/// What ways of choosing a combination lose against the best mean of a table of finished runs, for each budget of latency.
package struct Regret: Sendable {
  /// A way of choosing.
  package enum Method: Hashable, Sendable {
    /// With each combination's rate known, as the exhaustive study has it.
    case search
    /// With several rates in the first heat.
    case searchWithRates
    case constant(Targets)
    /// The dearest that fits: by TPOT.
    case dearest
    /// The mean over all that fit.
    case random
    /// Half of the field leaves at each heat by training loss, the last by score.
    case halving
    /// Most gradient energy of those that fit.
    case probe
    /// One whole run of everything that fits, the best tuning score: the noise floor.
    case fullSeed
  }

  /// One choice: a method on one task of one base at one budget with one seed.
  package struct Choice: Sendable {
    package var base: String
    package var task: String
    package var budget: Double?
    package var seed: UInt64?
    /// Nil for `random`.
    package var pick: SearchCandidate?
    /// Points behind the best mean of those that fit.
    package var shortfall: Double
    /// It is the best or not told from it; for `random` the share.
    package var asGood: Double
    /// Of the exhaustive study's time; nil where that took none.
    package var time: Double?
    /// What a search said.
    package var kind: SearchAnswer.Kind?
  }

  package struct Summary: Sendable {
    package var choices: Int
    package var mean: Double
    package var worst: Double
    package var asGood: Double
    /// Nil where a choice's is not known.
    package var time: Double?

    init?(_ choices: [Choice]) {
      guard !choices.isEmpty else { return nil }
      let count = Double(choices.count)
      self.choices = choices.count
      mean = choices.reduce(0) { $0 + $1.shortfall } / count
      worst = choices.map(\.shortfall).max() ?? 0
      asGood = choices.reduce(0) { $0 + $1.asGood } / count
      let times = choices.compactMap(\.time)
      time = times.count == choices.count ? times.reduce(0) { $0 + $1 / count } : nil
    }
  }

  package static let budgets: [Double?] = [3, 5, 7, 10, 15, nil]
  /// Further seeds of a search, as a live one has them unless asked for others.
  static let confirmingSeeds = 2
  /// Of the exhaustive study.
  static let studySeeds = 3

  package private(set) var choices: [Method: [Choice]] = [:]
  /// Why something is not in the tables, a sentence each.
  package private(set) var gaps: [String] = []
  /// Half of the 95 % interval of the best combination's own mean, the widest: below it the table itself tells nothing.
  package private(set) var widest = 0.0
  /// Results that replays asked for and the table does not hold.
  package private(set) var missing = 0
  /// How often a search gave each kind of answer.
  package private(set) var kinds: [SearchAnswer.Kind: Int] = [:]
  package let bases: [String]
  package let tasks: Int

  /// - Parameter settings: changes to the plan of the searches, of which combinations, seeds and budget are given.
  package init(_ runs: [FinishedRuns], settings: (inout SearchPlan) -> Void = { _ in }) throws(Refusal) {
    bases = Set(runs.map(\.name)).sorted()
    tasks = runs.count
    for runs in runs { try add(runs, settings) }
  }

  private mutating func add(_ runs: FinishedRuns, _ settings: (inout SearchPlan) -> Void) throws(Refusal) {
    let place = "\(OneLine.name(runs.task)) on \(OneLine.name(runs.name))"
    let seeds = runs.seeds
    guard runs.combinations.count > 1, seeds.count > 1 else {
      gaps.append(
        "\(place): \(Text.plural(runs.combinations.count, "combination")) with \(Text.plural(seeds.count, "common seed")) "
          + "evaluated; a search's own seed is left out of the truth, so two of each are the least")
      return
    }
    let exhaustive = runs.exhaustiveSeconds(seeds: Self.studySeeds)
    for budget in Self.budgets {
      if budget != nil, runs.combinations.contains(where: { runs.overhead($0) == nil }) {
        let gap = "\(place): TPOT is not measured for all, so only the line without a budget counts it"
        if !gaps.contains(gap) { gaps.append(gap) }
        continue
      }
      let trial = Trial(runs: runs, budget: budget, seeds: seeds, exhaustive: exhaustive)
      guard !trial.fitting.isEmpty else { continue }
      note(trial.withoutTraining())
      for seed in seeds {
        note(trial.withOneSeed(seed))
        try search(trial, seed, .search, rates: nil, settings)
        let rates = runs.racedRates(seed: seed)
        if rates.count > 1 { try search(trial, seed, .searchWithRates, rates: rates, settings) }
      }
      if let best = trial.best(seeds), let half = runs.halfWidth(best, seeds: seeds) { widest = max(widest, half) }
    }
  }

  private mutating func note(_ found: [(Method, Choice)]) {
    for (method, choice) in found { choices[method, default: []].append(choice) }
  }

  private mutating func search(
    _ trial: Trial, _ seed: UInt64, _ method: Method, rates: [Double]?, _ settings: (inout SearchPlan) -> Void
  ) throws(Refusal) {
    var plan = SearchPlan(
      combinations: trial.runs.priors(rates: rates), rates: rates ?? [1], tuningExamples: trial.runs.tuningExamples,
      seed: seed, confirmSeeds: Array(trial.seeds.filter { $0 != seed }.prefix(Self.confirmingSeeds)))
    plan.latencyBudget = trial.budget
    plan.tuningGroups = trial.runs.tuningGroups.isEmpty ? nil : Set(trial.runs.tuningGroups).count
    settings(&plan)
    // The truth needs a seed that the search has not seen.
    plan.confirmSeeds = Array(plan.confirmSeeds.prefix(max(0, trial.seeds.count - 2)))
    let outcome = try SearchReplay(trial.runs, plan).run()
    missing += outcome.missing
    kinds[outcome.answer.kind, default: 0] += 1
    guard let pick = outcome.answer.pick else {
      gaps.append("\(trial.runs.task): a search with seed \(seed) named nothing: \(outcome.answer.sentence)")
      return
    }
    guard
      let choice = trial.choice(pick, seed: seed, unseen: outcome.seeds, seconds: outcome.seconds, outcome.answer.kind)
    else { return }
    choices[method, default: []].append(choice)
  }

  package func summary(_ method: Method, budget: Double?) -> Summary? {
    Summary((choices[method] ?? []).filter { $0.budget == budget })
  }

  package func summary(_ method: Method) -> Summary? { Summary(choices[method] ?? []) }

  /// Of one base.
  package func summary(_ method: Method, base: String) -> Summary? {
    Summary((choices[method] ?? []).filter { $0.base == base })
  }

  /// Constants that were tried, in the order of lists.
  package var constants: [Targets] {
    choices.keys.compactMap { if case .constant(let targets) = $0 { targets } else { nil } }.sorted(
      by: Targets.precedes)
  }
}

/// One task of one base at one budget, and what each simple way of choosing would take there.
private struct Trial {
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

  func best(_ seeds: [UInt64]) -> Targets? {
    let truths = fitting.compactMap { targets in runs.truth(targets, seeds: seeds).map { (targets, $0) } }
    return truths.max { $0.1 < $1.1 }?.0
  }

  /// - Parameters:
  ///   - seed: of the choice; nil where it used none.
  ///   - unseen: seeds that it used, which the truth leaves out.
  func choice(
    _ pick: SearchCandidate, seed: UInt64?, unseen used: [UInt64], seconds: Double, _ kind: SearchAnswer.Kind? = nil
  ) -> Regret.Choice? {
    let rest = seeds.filter { !used.contains($0) }
    guard let best = best(rest), let most = runs.truth(best, seeds: rest),
      let mine = runs.truth(pick.targets, seeds: rest)
    else { return nil }
    let lost = rateLoss(pick, seed: seed)
    let share = seconds / exhaustive
    return Regret.Choice(
      base: runs.name, task: runs.task, budget: budget, seed: seed, pick: pick, shortfall: most - mine + lost,
      asGood: lost <= 0 && runs.isAsGood(pick.targets, as: best, seeds: rest) ? 1 : 0,
      time: share.isFinite ? share : nil, kind: kind)
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

  private func own(_ targets: Targets) -> SearchCandidate {
    SearchCandidate(targets: targets, learningRate: runs.rates[targets] ?? 0)
  }

  private func run(_ targets: Targets, _ seed: UInt64) -> StudyRow? { runs.evaluated(targets, seed: seed) }

  /// Constants, the dearest, random and the probe: each costs the one run that is wanted anyway.
  func withoutTraining() -> [(Regret.Method, Regret.Choice)] {
    var found: [(Regret.Method, Regret.Choice)] = []
    func note(_ method: Regret.Method, _ targets: Targets, seconds: Double = 0) {
      let rows = seeds.compactMap { run(targets, $0) }
      let once = FinishedRuns.mean(rows.map { $0.trainSeconds + $0.evaluateSeconds }) ?? 0
      guard let choice = choice(own(targets), seed: nil, unseen: [], seconds: once + seconds) else { return }
      found.append((method, choice))
    }
    for targets in fitting { note(.constant(targets), targets) }
    let singles = TargetGroup.allCases.reduce(0) { $0 + runs.latencySeconds($1.set) }
    let priced = fitting.filter { runs.overhead($0) != nil }
    if let dearest = priced.max(by: { (runs.overhead($0) ?? 0) < (runs.overhead($1) ?? 0) }) {
      note(.dearest, dearest, seconds: singles)
    }
    let probed = fitting.filter { runs.energy($0) != nil }
    if let richest = probed.max(by: { (runs.energy($0) ?? 0) < (runs.energy($1) ?? 0) }) {
      note(.probe, richest, seconds: singles + (runs.probeSeconds ?? 0))
    }
    let each = fitting.compactMap { choice(own($0), seed: nil, unseen: [], seconds: 0) }
    if let all = Regret.Summary(each), let first = found.first?.1 {
      let mean = Regret.Choice(
        base: runs.name, task: runs.task, budget: budget, seed: nil, shortfall: all.mean, asGood: all.asGood,
        time: first.time)
      found.append((.random, mean))
    }
    return found
  }

  func withOneSeed(_ seed: UInt64) -> [(Regret.Method, Regret.Choice)] {
    func score(_ targets: Targets) -> Double {
      run(targets, seed)?.heats.last.flatMap { FinishedRuns.mean($0.outcomes.values) } ?? -1
    }
    var found: [(Regret.Method, Regret.Choice)] = []
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
