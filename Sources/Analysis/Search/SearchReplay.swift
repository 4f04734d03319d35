import Messages
import Recipe

/// The same search as a live one, fed from finished runs.
package struct SearchReplay: Sendable {
  package struct Outcome: Sendable {
    package var answer: SearchAnswer
    package var bracket: SearchBracket
    /// Training and scoring of the heats, the probe and the TPOT that the search would have measured.
    package var seconds: Double
    /// Seeds that it looked at: they are no part of the truth that it is judged by.
    package var seeds: [UInt64]
    /// Results that the table does not hold, so that the search could not look at them: a further seed at a rate that only one
    /// seed was run at.
    package var missing: Int
  }

  let runs: FinishedRuns
  let plan: SearchPlan

  /// - Throws: `Refusal` for a plan that cannot decide, or that looks where the rows were not scored.
  package init(_ runs: FinishedRuns, _ plan: SearchPlan) throws(Refusal) {
    try plan.check()
    for targets in Shortlist(plan).entrants {
      for rate in plan.rates(of: targets) {
        let candidate = SearchCandidate(targets: targets, learningRate: rate)
        guard let row = runs.row(candidate, seed: plan.seed) else {
          throw Refusal("replay: no run of \(SearchWords.name(candidate)) with seed \(plan.seed)", exitStatus: 65)
        }
        let scored = row.heats.map(\.share)
        for share in plan.heats where !row.diverged && !scored.contains(where: { Self.isSame($0, share) }) {
          throw Refusal(
            "replay: \(SearchWords.name(candidate)), seed \(plan.seed) was scored at "
              + "\(scored.map(Text.number).joined(separator: ", ")) of its steps, not at \(Text.number(share))",
            exitStatus: 65)
        }
      }
    }
    self.runs = runs
    self.plan = plan
  }

  private static func isSame(_ left: Double, _ right: Double) -> Bool { abs(left - right) < 1e-9 }

  package func run() throws(Refusal) -> Outcome {
    var search = try Search(plan)
    var missing = 0
    var looked: Set<UInt64> = [plan.seed]
    while true {
      var answer: SearchAnswer?
      var isFed = false
      for action in search.next() {
        switch action {
        case .advance(let candidate, let seed, let heat):
          guard let result = result(candidate, seed: seed, heat: heat) else {
            missing += 1
            continue
          }
          search.take(result)
          looked.insert(seed)
          isFed = true
        case .leave: break
        case .answer(let last): answer = last
        }
      }
      if let answer { return outcome(answer, search, looked, missing) }
      // Nothing more is known: what the search would say if it were stopped here.
      if !isFed { return outcome(search.answerNow(), search, looked, missing) }
    }
  }

  private func outcome(_ answer: SearchAnswer, _ search: Search, _ looked: Set<UInt64>, _ missing: Int) -> Outcome {
    let bracket = search.bracket
    // The probe, TPOT of the four groups alone that predicts all others, and that of what is named.
    let isProbed = plan.combinations.contains { $0.energy != nil }
    let groups = TargetGroup.allCases.map(\.set).filter { runs.overhead($0) != nil }
    let latency = (groups + (answer.pick.map { [$0.targets] } ?? [])).reduce(0) { $0 + runs.latencySeconds($1) }
    let seconds = bracket.seconds + (isProbed ? runs.probeSeconds ?? 0 : 0) + latency
    return Outcome(answer: answer, bracket: bracket, seconds: seconds, seeds: looked.sorted(), missing: missing)
  }

  /// The row's part until this heat, with what it took since the one before.
  package func result(_ candidate: SearchCandidate, seed: UInt64, heat: Int) -> HeatResult? {
    guard let row = runs.row(candidate, seed: seed) else { return nil }
    let share = plan.heats[heat]
    // A confirming run goes to its end in one.
    let before = seed == plan.seed && heat > 0 ? plan.heats[heat - 1] : 0
    let scored = row.heats.first { Self.isSame($0.share, share) }
    if row.diverged, scored == nil {
      let step = row.heats.last?.step ?? 0
      return HeatResult(
        candidate: candidate, seed: seed, heat: heat, step: step, losses: [], outcomes: [],
        seconds: row.trainSeconds * (share - before), diverged: true)
    }
    guard let scored else { return nil }
    let blocks = Int((share * Double(SearchPlan.lossBlocks) + 1e-9).rounded(.down))
    return HeatResult(
      candidate: candidate, seed: seed, heat: heat, step: scored.step, losses: Array(row.losses.prefix(blocks)),
      outcomes: scored.outcomes.values, groups: runs.tuningGroups,
      seconds: row.trainSeconds * (share - before) + scored.seconds)
  }
}
