import Analysis
import Foundation
import Messages
import Recipe
import Testing

/// The search on generated tables whose truth is known.
@Suite struct SearchTests {
  private func runs(_ study: GeneratedStudy, seed: UInt64 = 1) throws -> FinishedRuns {
    try #require(FinishedRuns.all(study.rows(seed: seed)).first)
  }

  private func plan(_ runs: FinishedRuns, confirm: [UInt64] = [1, 2], rates: [Double]? = nil) -> SearchPlan {
    SearchPlan(
      combinations: runs.priors(rates: rates), rates: rates ?? [1], tuningExamples: runs.tuningExamples,
      confirmSeeds: confirm)
  }

  private func oneGood(_ place: Int, by points: Double) -> GeneratedStudy {
    var study = GeneratedStudy(truths: [Double](repeating: 50, count: 15))
    study.truths[place] = 50 + points
    study.isProbed = false
    study.evaluation = 20
    return study
  }

  @Test(arguments: 0..<6) func aClearWinnerIsFound(_ seed: UInt64) throws {
    let runs = try runs(oneGood(Int(seed) * 2, by: 35), seed: seed)
    let outcome = try SearchReplay(runs, plan(runs)).run()
    #expect(outcome.answer.kind == .winner)
    #expect(outcome.answer.pick?.targets == Targets.fifteen[Int(seed) * 2])
    #expect(outcome.answer.sentence.contains(" wins: "))
    // A search is there to save time.
    #expect(outcome.seconds < 0.3 * runs.exhaustiveSeconds(seeds: 3))
  }

  @Test func equalsAreCalledEqualsTheCheapestFirst() throws {
    // The same answers in every run, but for the training: bounded by any interval.
    var study = GeneratedStudy(truths: [80, 80])
    study.isProbed = false
    study.tuning = 2000
    study.seedSpread = 0.1
    study.seeds = Array(0..<8)
    let runs = try runs(study)
    var plan = plan(runs, confirm: [1, 2, 3, 4, 5])
    plan.margin = 6
    let answer = try SearchReplay(runs, plan).run().answer
    #expect(answer.kind == .equals)
    // o_proj is the cheaper of qkv and o_proj.
    #expect(answer.pick?.targets == .oProj)
    #expect(answer.candidates.map(\.candidate.targets) == [.oProj, .qkv])
  }

  @Test func aGroupsOwnRateIsSaidBesideTheCommonOne() throws {
    let runs = try runs(oneGood(2, by: 35))
    var plan = plan(runs)
    plan.groupRates = ByGroup([.oProj: 6e-3])
    let sentence = try SearchReplay(runs, plan).run().answer.sentence
    #expect(sentence.hasSuffix("; o_proj at 0.006 where it is adapted"), "\(sentence)")
  }

  @Test func noiseIsSeldomAWinner() throws {
    var winners = 0
    for seed in 0..<24 {
      var study = GeneratedStudy(truths: [Double](repeating: 70, count: 4))
      study.isProbed = false
      study.tuning = 150
      study.evaluation = 10
      study.seeds = [0, 1, 2]
      let runs = try runs(study, seed: UInt64(seed))
      var plan = plan(runs)
      plan.places = nil
      plan.finalists = 4
      let answer = try SearchReplay(runs, plan).run().answer
      if answer.kind == .winner { winners += 1 }
      // Where the gap is next to nothing, and seeds move by more than the margin, no number of seeds would do.
      if answer.kind == .cannotTell {
        #expect((answer.costToTell?.seconds ?? 0) > 0 || answer.sentence.contains("not even 20 seeds"))
      }
    }
    // 5 % of 24 are 1 or 2; more than 4 would come by chance once in 150 times.
    #expect(winners <= 4)
  }

  @Test func noDecisionDependsOnTheOrderOfFacts() throws {
    let runs = try runs(GeneratedStudy.task(like: 0.4, seed: 3))
    let plan = plan(runs)
    func answer(_ order: (inout [SearchAction]) -> Void) throws -> (SearchAnswer, SearchBracket, Set<SearchAction>) {
      var search = try Search(plan)
      let replay = try SearchReplay(runs, plan)
      var said: Set<SearchAction> = []
      while true {
        var actions = search.next()
        said.formUnion(actions)
        order(&actions)
        for case .advance(let candidate, let seed, let heat) in actions {
          search.take(try #require(replay.result(candidate, seed: seed, heat: heat)))
          // What is found in between must not be remembered as decided.
          said.formUnion(search.next())
        }
        if actions.isEmpty { break }
      }
      return (search.answerNow(), search.bracket, said)
    }
    let forward = try answer { _ in }
    let backward = try answer { $0.reverse() }
    #expect(forward.0 == backward.0)
    #expect(forward.1 == backward.1)
    #expect(forward.2 == backward.2)
  }

  @Test func aKilledSearchGoesOnFromItsStoredResults() throws {
    let runs = try runs(GeneratedStudy.task(like: 0.6, seed: 4))
    let plan = plan(runs)
    let replay = try SearchReplay(runs, plan)
    let whole = try replay.run().answer
    var stored: [HeatResult] = []
    var finished: SearchAnswer?
    // Killed after every single result.
    while finished == nil {
      var search = try Search(plan)
      for result in stored.reversed() { search.take(result) }
      let actions = search.next()
      let advance = actions.compactMap { action -> HeatResult? in
        if case .advance(let candidate, let seed, let heat) = action {
          replay.result(candidate, seed: seed, heat: heat)
        } else {
          nil
        }
      }.first
      if let advance { stored.append(advance) }
      for case .answer(let answer) in actions { finished = answer }
      if advance == nil { break }
    }
    #expect(finished == whole)
    let text = try JSONEncoder().encode(plan)
    #expect(try JSONDecoder().decode(SearchPlan.self, from: text) == plan)
    #expect(try JSONDecoder().decode([HeatResult].self, from: JSONEncoder().encode(stored)) == stored)
  }

  @Test func whatDivergesLeavesWithItsReason() throws {
    var study = oneGood(2, by: 30)
    study.diverging = [.all, .qkv]
    let runs = try #require(FinishedRuns.all(study.rows(seed: 1)).first)
    var plan = plan(runs)
    plan.combinations += [Targets.all, .qkv].filter { plan.prior(of: $0) == nil }
      .map { SearchPrior(targets: $0, parameters: 9, rates: [3e-3]) }
    let outcome = try SearchReplay(runs, plan).run()
    let gone = outcome.bracket.heats[0].entries.filter {
      if case .left(.diverged) = $0.standing { true } else { false }
    }
    #expect(Set(gone.map(\.candidate.targets)) == [.all, .qkv])
    #expect(outcome.answer.pick?.targets == Targets.fifteen[2])
  }

  @Test func aRaceOfRatesClaimsNoMoreThanItKnows() throws {
    var study = GeneratedStudy(truths: [60])
    study.rates = [1.5e-3, 3e-3, 6e-3]
    study.isProbed = false
    let runs = try runs(study)
    let answer = try SearchReplay(runs, plan(runs, confirm: [], rates: study.rates)).run().answer
    // Eight points at one seed are no proof: the others left by rank.
    #expect(answer.kind == .cannotTell)
    let ahead = try #require(answer.pick).learningRate
    #expect(answer.sentence.hasPrefix("qkv at \(ahead) is ahead: "))
    let others = study.rates.filter { $0 != ahead }.map { "\($0)" }.joined(separator: " and ")
    #expect(ahead == 6e-3)
    let words =
      "; its rates \(others) left by rank and are not proven worse; 0.006 is the highest rate that raced: a higher one may do better"
    #expect(answer.sentence.hasSuffix(words), "\(answer.sentence)")
  }

  @Test func allDivergedIsSaid() throws {
    let plan = SearchPlan(
      combinations: [Targets.qkv, .oProj].map { SearchPrior(targets: $0, parameters: 1) }, rates: [1e-2, 3e-2],
      tuningExamples: 300)
    var search = try Search(plan)
    for case .advance(let candidate, let seed, let heat) in search.next() {
      // One says so, the other has a loss that is no number.
      let isSaid = candidate.targets == .qkv
      search.take(
        HeatResult(
          candidate: candidate, seed: seed, heat: heat, step: 5, losses: isSaid ? [] : [.nan], outcomes: [], seconds: 1,
          diverged: isSaid))
    }
    let actions = search.next()
    #expect(actions.filter { if case .leave(_, _, .diverged) = $0 { true } else { false } }.count == 4)
    guard case .answer(let answer)? = actions.last else {
      Issue.record("no answer")
      return
    }
    #expect(answer.kind == .none && answer.pick == nil)
    #expect(answer.sentence == "all 4 candidates diverged at every rate (0.01, 0.03): a rate below 0.01 may do")
    #expect(search.next().isEmpty)
  }

  @Test func whatAPersonTakesOutIsNoProof() throws {
    let runs = try runs(oneGood(2, by: 30))
    let plan = plan(runs)
    var search = try Search(plan)
    let replay = try SearchReplay(runs, plan)
    var gone: Targets?
    var answer: SearchAnswer?
    while answer == nil {
      let actions = search.next()
      try #require(!actions.isEmpty)
      for action in actions {
        switch action {
        case .advance(let candidate, let seed, let heat):
          if gone == nil { gone = candidate.targets }
          guard candidate.targets == gone else {
            search.take(try #require(replay.result(candidate, seed: seed, heat: heat)))
            continue
          }
          search.take(
            HeatResult(
              candidate: candidate, seed: seed, heat: heat, step: 3, losses: [], outcomes: [], seconds: 0,
              withdrawn: true))
        case .leave(let candidate, _, let reason):
          #expect((reason == .withdrawn) == (candidate.targets == gone))
          if reason == .withdrawn { #expect(LeaveText.words(reason) == "taken out by a person") }
        case .answer(let last): answer = last
        }
      }
    }
    // It might have been the best: the answer says that it does not speak of it.
    #expect(answer?.open.contains(try #require(gone)) == true, "\(answer?.sentence ?? "")")
    #expect(answer?.candidates.contains { $0.candidate.targets == gone } == false)
  }

  @Test func withoutAnyResultItIsSaidWhoWent() throws {
    let plan = SearchPlan(
      combinations: [Targets.qkv, .oProj].map { SearchPrior(targets: $0, parameters: 1) }, rates: [1e-2],
      tuningExamples: 300)
    var search = try Search(plan)
    for case .advance(let candidate, let seed, let heat) in search.next() {
      let isDiverged = candidate.targets == .qkv
      search.take(
        HeatResult(
          candidate: candidate, seed: seed, heat: heat, step: 5, losses: [], outcomes: [], seconds: 1,
          diverged: isDiverged, withdrawn: !isDiverged))
    }
    #expect(search.answerNow().sentence == "nothing was scored: 1 of 2 candidates taken out by a person, 1 diverged")
    #expect(search.answerNow().open == [.oProj])
  }

  @Test func theBestRateOfEachGoesOn() throws {
    var study = oneGood(4, by: 30)
    study.rates = [1.5e-3, 3e-3, 6e-3]
    study.earlyCorrelation = 0.9
    let runs = try runs(study)
    let rates = runs.racedRates(seed: 0)
    #expect(rates == study.rates)
    let outcome = try SearchReplay(runs, plan(runs, rates: rates)).run()
    #expect(outcome.answer.pick == SearchCandidate(targets: Targets.fifteen[4], learningRate: 3e-3))
    let later = outcome.bracket.heats[1].entries.map(\.candidate.targets)
    #expect(Set(later).count == later.count)
  }

  @Test func aBudgetOfTimeIsKept() throws {
    let runs = try runs(GeneratedStudy.task(like: 0.8, seed: 5))
    var plan = plan(runs)
    plan.places = nil
    let free = try SearchReplay(runs, plan).run().bracket.seconds
    plan.secondsBudget = 0.5 * free
    let bound = try SearchReplay(runs, plan).run()
    #expect(bound.bracket.seconds <= 0.5 * free)
    #expect(bound.answer.pick != nil)
    // Nothing was proven against those that had to go, and the answer says so.
    #expect(!bound.answer.open.isEmpty)
  }

  @Test func theBaselinesRaceWhateverTheProbeSays() throws {
    var priors = Targets.fifteen.map { targets in
      let overhead = Double(targets.groups.reduce(0) { $0 + $1.bit })
      return SearchPrior(
        targets: targets, parameters: Int(overhead),
        overhead: Interval(estimate: overhead, low: overhead, high: overhead),
        energy: Interval(estimate: 20 - overhead, low: 0, high: 20))
    }
    priors[1].energy = Interval(estimate: .nan, low: 0, high: 0)
    var plan = SearchPlan(combinations: priors, rates: [1], tuningExamples: 300)
    plan.shortlist = 3
    #expect(Shortlist(plan).entrants.contains(.all))
    plan.latencyBudget = 6
    let bound = Shortlist(plan)
    // The dearest that fits, what was not probed in numbers, and the best of the probe; all four does not fit.
    #expect(bound.entrants == [.qkv, .oProj, [.oProj, .fc1]])
    #expect(bound.reasons[.all] == .overBudget(overhead: 15, budget: 6, isPredicted: false))
    #expect(bound.reasons[.fc1] == .notShortlisted)
  }

  @Test func whatCannotDecideIsRefusedBeforeTraining() throws {
    func line(_ change: (inout SearchPlan) -> Void) -> String? {
      let interval = Interval(estimate: 4, low: 4, high: 4)
      var plan = SearchPlan(
        combinations: [Targets.qkv, .oProj].map { SearchPrior(targets: $0, parameters: 1, overhead: interval) },
        rates: [1e-3], tuningExamples: 300)
      change(&plan)
      do {
        try plan.check()
        return nil
      } catch { return error.line }
    }
    #expect(line { _ in } == nil)
    #expect(
      line { $0.tuningExamples = 30 }
        == "search: 30 tuning examples are too few to decide: only differences above 28 points could be told; "
        + "59 are the least, 236 tell 10 points")
    // A dozen things may tell less than 20 points: how answers about one go together is not known before.
    #expect(line { $0.tuningGroups = 12 } == nil)
    #expect(
      line { $0.tuningGroups = 3 }
        == "search: the 300 tuning examples are about 3 things, too few to decide; 4 are the least")
    #expect(
      SearchPlan.power(examples: 300, groups: 12, seeds: 3)
        == "300 tuning examples about 12 things tell differences of about 37 points with one seed and 19 with 3 (63 points "
        + "with one seed and 60 with 3 if answers about one thing are all right or all wrong), where seeds move scores by 5 points, as usual"
    )
    #expect(
      SearchPlan.power(examples: 200, groups: nil, seeds: 3)
        == "200 tuning examples tell differences of about 36 points with one seed and 20 with 3, where seeds move scores by 5 points, "
        + "as usual")
    #expect(
      line { $0.latencyBudget = 3 }
        == "search: nothing fits a latency budget of 3 %: qkv costs least, TPOT +4.0 %")
    #expect(
      line {
        $0.latencyBudget = 3
        $0.combinations[1].overhead = Interval(estimate: 3.5, low: 3, high: 4)
        $0.combinations[1].overheadIsPredicted = true
      } == "search: nothing fits a latency budget of 3 %: o_proj costs least, predicted TPOT +3.5 %")
    #expect(line { $0.combinations = [] } == "search: no combination to choose from")
    #expect(line { $0.heats = [0.5, 0.4, 1] }?.contains("must rise") ?? false)
    #expect(line { $0.confirmSeeds = [0] }?.contains("must differ") ?? false)
    #expect(line { $0.rates = [] }?.contains("learning rates above 0") ?? false)
    #expect(line { $0.combinations += $0.combinations }?.contains("twice") ?? false)
    let tooFew = SearchPlan(combinations: [], rates: [], tuningExamples: 0)
    #expect(throws: Refusal.self) { try Search(tooFew) }
  }
}
