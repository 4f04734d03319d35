import Analysis
import Messages
import Recipe
import Testing

/// What a search says and holds on to while its results come in.
@Suite struct SearchSoFarTests {
  private static let sets: [Targets] = [.qkv, .oProj, .fc1, .fc2, .all, [.qkv, .oProj]]

  private func plan(_ sets: [Targets] = Self.sets, confirm: [UInt64] = []) -> SearchPlan {
    SearchPlan(
      combinations: sets.map { SearchPrior(targets: $0, parameters: 1) }, rates: [1e-3], tuningExamples: 200,
      confirmSeeds: confirm)
  }

  /// A result in which each combination has so many of 200 right, a point between neighbours: ranked, and nothing proven.
  private func result(
    _ targets: Targets, seed: UInt64 = 0, heat: Int, seconds: Double = 1, diverged: Bool = false
  ) -> HeatResult {
    let right = 120 - 2 * (Self.sets.firstIndex(of: targets) ?? 0)
    return HeatResult(
      candidate: SearchCandidate(targets: targets, learningRate: 1e-3), seed: seed, heat: heat, step: 10 * (heat + 1),
      losses: [Float](repeating: Float(300 - right) / 100, count: 12),
      outcomes: diverged ? [] : (0..<200).map { $0 < right ? 1 : 0 }, seconds: seconds, diverged: diverged)
  }

  /// Takes what is asked for, and ends at an answer or where nothing more is wanted.
  ///
  /// - Parameter seen: the bracket before each result.
  private func run(
    _ search: inout Search, seen: (SearchBracket) -> Void = { _ in },
    _ result: (SearchCandidate, UInt64, Int) -> HeatResult?
  ) -> SearchAnswer? {
    while true {
      var isEmpty = true
      for action in search.next() {
        if case .answer(let answer) = action { return answer }
        seen(search.bracket)
        guard case .advance(let candidate, let seed, let heat) = action, let found = result(candidate, seed, heat)
        else { continue }
        search.take(found)
        isEmpty = false
      }
      if isEmpty { return nil }
    }
  }

  /// Six runs of 100 s each, and time for what the places allow: what later heats take must not be charged to the first one.
  @Test func aHeatThatIsOverKeepsWhomItKept() throws {
    var plan = plan()
    plan.secondsBudget = 420
    var search = try Search(plan)
    let seconds = [30.0, 30, 40]
    var first: SearchBracket.Heat?
    // The first heat as it was when the second began.
    func see(_ bracket: SearchBracket) {
      if bracket.heats.count == 2, first == nil { first = bracket.heats[0] }
    }
    let answer = run(&search, seen: see) { result($0.targets, seed: $1, heat: $2, seconds: seconds[$2]) }
    #expect(answer?.pick?.targets == .qkv)
    let kept = try #require(first)
    #expect(kept.entries.count { $0.standing == .scored } == 4)
    #expect(search.bracket.heats[0] == kept)
    #expect(search.bracket.heats.map(\.entries.count) == [6, 4, 2])
    #expect(search.bracket.seconds == 380)
  }

  @Test func whoeverIsScoredFirstIsNotAhead() throws {
    var search = try Search(plan())
    for targets in [Targets.oProj, .fc2] { search.take(result(targets, heat: 0)) }
    #expect(
      search.answerNow().sentence.hasPrefix(
        "so far o_proj at 0.001 is the best of 2 scored, 4 still to come, at 30 % of the steps ("))
    for targets in Self.sets { search.take(result(targets, heat: 0)) }
    let whole = search.answerNow()
    #expect(whole.sentence.hasPrefix("so far qkv at 0.001 is ahead of 6 at 30 % of the steps ("))
    // A half heat changes nothing, but for whom it takes out.
    search.take(result(.fc1, heat: 1))
    #expect(search.answerNow() == whole)
    search.take(result(.qkv, heat: 1, diverged: true))
    #expect(search.answerNow().sentence.hasPrefix("so far o_proj at 0.001 is ahead of 3 at 30 % of the steps ("))
    for targets in [Targets.oProj, .fc2] { search.take(result(targets, heat: 1)) }
    #expect(search.answerNow().sentence.hasPrefix("so far o_proj at 0.001 is ahead of 3 at 60 % of the steps ("))
  }

  /// Those that left by rank did not diverge, and neither did the finalists' first runs.
  @Test func whereAllThatWentOnDivergeTheOthersAreNotAccused() throws {
    var search = try Search(plan())
    let race = run(&search) { candidate, seed, heat in
      result(candidate.targets, seed: seed, heat: heat, diverged: heat == 2)
    }
    #expect(race?.kind == SearchAnswer.Kind.none)
    #expect(race?.open == [.fc1, [.qkv, .oProj], .fc2, .all].sorted(by: Targets.precedes))
    #expect(
      race?.sentence.hasPrefix(
        "nothing can be named of those that went on: qkv at 0.001 and o_proj at 0.001 diverged; nothing is proven against "
      )
        ?? false, "\(race?.sentence ?? "")")
    var confirmed = try Search(plan([.qkv, .oProj], confirm: [1, 2]))
    let last = run(&confirmed) { candidate, seed, heat in
      result(candidate.targets, seed: seed, heat: heat, diverged: seed == 1)
    }
    #expect(
      last?.sentence
        == "nothing can be named of those that went on: qkv at 0.001 and o_proj at 0.001 diverged with a further seed, whole with seed 0"
    )
  }
}
