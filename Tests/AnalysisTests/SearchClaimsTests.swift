import Analysis
import Messages
import Recipe
import Testing

/// What a search may say of results that are given to it: no more than they show.
@Suite struct SearchClaimsTests {
  @Test func aWinnerClaimsNoMoreThanItsTests() throws {
    let (low, high) = (1e-3, 1e-2)
    // The rate that wins is always the lowest; where it is one of several that is said.
    let end = "; 0.001 is the lowest rate that raced: a lower one may do better"
    // Right answers of 200 by combination and rate, and whom the sentence may say has left with proof.
    let cases: [(scores: [Targets: [Double: Int]], budget: Double?, words: String)] = [
      (
        [.qkv: [low: 180, high: 176], .oProj: [low: 20, high: 18]], nil,
        "all other combinations left with proof against them; its rate 0.01 left by rank and is not proven worse" + end
      ),
      (
        [.qkv: [low: 180, high: 20], .oProj: [low: 20, high: 18]], nil,
        "all other combinations left with proof against them" + end
      ),
      (
        [.qkv: [low: 180, high: 20], .oProj: [low: 20, high: 18], .all: [:]], 5,
        "all others in the race left with proof against them" + end
      ),
      ([.qkv: [low: 180, high: 20]], nil, "its other rates left with proof against them" + end),
      ([.qkv: [low: 180]], nil, "nothing raced against it"),
    ]
    for (scores, budget, words) in cases {
      let priors = scores.keys.map { targets in
        let cost = targets == .all ? 9.0 : 2
        return SearchPrior(
          targets: targets, parameters: 1, overhead: Interval(estimate: cost, low: cost, high: cost))
      }
      let rates = scores[.qkv, default: [:]].keys.sorted()
      var plan = SearchPlan(combinations: priors, rates: rates, tuningExamples: 200, confirmSeeds: [])
      plan.heats = [0.5, 1]
      plan.places = nil
      plan.latencyBudget = budget
      var search = try Search(plan)
      var last: SearchAnswer?
      while last == nil {
        for action in search.next() {
          if case .answer(let answer) = action { last = answer }
          guard case .advance(let candidate, let seed, let heat) = action else { continue }
          let right = try #require(scores[candidate.targets]?[candidate.learningRate])
          search.take(Self.result(candidate, seed, heat, right: right))
        }
      }
      let answer = try #require(last)
      #expect(answer.kind == .winner)
      #expect(
        answer.sentence.hasPrefix("qkv at 0.001 wins: ") && answer.sentence.hasSuffix(", \(words)"),
        "\(answer.sentence)")
    }
  }

  /// So many of 200 right, and losses that agree with it.
  private static func result(_ candidate: SearchCandidate, _ seed: UInt64, _ heat: Int, right: Int) -> HeatResult {
    HeatResult(
      candidate: candidate, seed: seed, heat: heat, step: 10 * (heat + 1),
      losses: (0..<20 * (heat + 1)).map { _ in Float(300 - right) / 100 },
      outcomes: (0..<200).map { $0 < right ? 1 : 0 }, seconds: 1)
  }

  /// The best rate may lie beyond the highest one that was tried, and not beyond one between others.
  @Test(
    arguments: [
      ([1e-3: 20, 1e-2: 180], "; 0.01 is the highest rate that raced: a higher one may do better"),
      ([1e-3: 20, 4e-3: 180, 1e-2: 20], nil),
    ] as [([Double: Int], String?)])
  func aRateAtTheEndSaysSo(_ scores: [Double: Int], _ words: String?) throws {
    var plan = SearchPlan(
      combinations: [SearchPrior(targets: .qkv, parameters: 1)], rates: scores.keys.sorted(), tuningExamples: 200,
      confirmSeeds: [])
    plan.heats = [0.5, 1]
    plan.places = nil
    var search = try Search(plan)
    var last: SearchAnswer?
    while last == nil {
      for action in search.next() {
        if case .answer(let answer) = action { last = answer }
        guard case .advance(let candidate, let seed, let heat) = action else { continue }
        let right = try #require(scores[candidate.learningRate])
        search.take(Self.result(candidate, seed, heat, right: right))
      }
    }
    let sentence = try #require(last?.sentence)
    #expect(words.map(sentence.hasSuffix) ?? !sentence.contains("rate that raced"), "\(sentence)")
  }

  @Test func whoGotNothingRightWinsNothing() throws {
    // Right answers of 100 where it did not diverge, of qkv and o_proj, and what is said.
    let cases: [(qkv: Int, oProj: Int?, kind: SearchAnswer.Kind, words: String)] = [
      (
        0, nil, .cannotTell,
        "can't tell: qkv at 0.01, all that is left, got no tuning example right (0.0 (≤ 15.0) %, 1 seed); others diverged, so a lower rate may do"
      ),
      (
        0, 0, .cannotTell,
        "can't tell: all 2 that are left got no tuning example right (0.0 (≤ 15.0) %, 1 seed); read what they wrote: the answer's form, the rate or too few steps may be why"
      ),
      (60, nil, .winner, "qkv at 0.01 wins: 60.0 ± 15.4 %, 1 seed, all other combinations diverged"),
    ]
    for (qkv, oProj, kind, words) in cases {
      var plan = SearchPlan(
        combinations: [Targets.qkv, .oProj].map { SearchPrior(targets: $0, parameters: 1) }, rates: [1e-2],
        tuningExamples: 100, confirmSeeds: [1, 2])
      plan.heats = [1]
      plan.places = nil
      var search = try Search(plan)
      var last: SearchAnswer?
      while last == nil {
        for action in search.next() {
          if case .answer(let answer) = action { last = answer }
          guard case .advance(let candidate, let seed, let heat) = action else { continue }
          let right = candidate.targets == .qkv ? qkv : oProj
          // Nothing right of nothing is decided by no further seed.
          #expect(seed == plan.seed)
          search.take(
            HeatResult(
              candidate: candidate, seed: seed, heat: heat, step: 10, losses: right == nil ? [] : [1, 1],
              outcomes: right.map { right in (0..<100).map { $0 < right ? 1 : 0 } } ?? [], seconds: 1,
              diverged: right == nil))
        }
      }
      let answer = try #require(last)
      #expect(answer.kind == kind && answer.sentence == words, "\(answer.sentence)")
      #expect(answer.costToTell == nil && (oProj != nil || answer.pick?.targets == .qkv))
    }
  }
}
