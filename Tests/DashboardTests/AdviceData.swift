import Messages
import Recipe

/// Invented advice and published figures for tests of the screen.
enum AdviceData {
  private static func set(_ digit: Character) -> Targets { Targets.fifteen.first { $0.hexDigit == digit } ?? .all }

  static let published = PublishedFigures(
    baseModel: "Some Model",
    datasets: [
      .init(
        name: "Sums", taskName: "sums", base: 40,
        scores: [.oProj: 55.5, [.oProj, .fc2]: 63, .all: 66])
    ], latencyP95: [.oProj: 8, [.oProj, .fc2]: 10])

  private static func card(
    _ kind: Recommendation.Kind, _ digit: Character?, _ reason: String, scope: String, score: Double = 0,
    overhead: Double = 0, runs: [RunID] = [], missing: [String] = []
  ) -> Recommendation {
    let targets = digit.map(set)
    return Recommendation(
      kind: kind, scope: scope, origin: .measured, targets: targets,
      figures: targets.map {
        Recommendation.Figures(
          score: Interval(estimate: score, low: score - 1.8, high: score + 1.8),
          cost: StudyCost(
            unit: .overheadPercent, value: overhead,
            interval: Interval(estimate: overhead, low: overhead - 0.4, high: overhead + 0.4)),
          parameters: TestData.model.adapterParameters($0, rank: 8), seeds: 3, examples: 2000, frontProbability: 0.93)
      }, reason: reason, measuredOn: "test-360M, sums, 15 combinations, 3 seeds each", missing: missing, runs: runs,
      evidence: runs)
  }

  private static func publishedCard(_ kind: Recommendation.Kind, _ targets: Targets, _ reason: String)
    -> Recommendation
  {
    Recommendation(
      kind: kind, scope: "all data sets", origin: .published, targets: targets,
      figures: Recommendation.Figures(
        score: Interval(estimate: 60.75, low: 60.75, high: 60.75),
        cost: StudyCost(unit: .p95Milliseconds, value: 10.085), parameters: nil, seeds: 0, examples: 9000,
        frontProbability: nil), reason: reason, measuredOn: "published: Some Model, Sums",
      missing: ["qkv+o_proj+fc1+fc2 has the higher mean (62.54 % against 60.75 %) and no published latency"], runs: [])
  }

  private static var publishedCards: [Recommendation] {
    [
      publishedCard(
        .accuracy, [.oProj, .fc2],
        "highest mean of the 2 combinations with a measured latency: 60.75 %, 1.26 points over o_proj, the best of the "
          + "faster ones, more than the margin of 1.0."),
      publishedCard(
        .balanced, .oProj,
        "the most accurate of 1 of 2 combinations within the cheapest third of the measured costs (up to 7.803 ms TPOT "
          + "p95): 59.49 % at 7.803 ms TPOT p95."),
      publishedCard(
        .challenging, [.oProj, .fc2],
        "highest mean of the 2 combinations with a measured latency: 60.41 %, 2.39 points over o_proj."),
    ]
  }

  private static func finding(_ number: Int, _ claim: String, _ verdict: Finding.Verdict, _ statement: String)
    -> Finding
  {
    Finding(number: number, claim: claim, verdict: verdict, statement: statement, figures: [], missing: [])
  }

  private static func findings(_ verdicts: [Finding.Verdict], _ where: String) -> [Finding] {
    let claims = [
      "o_proj is the most robust single target", "qkv alone is unstable, below the base on some data sets",
      "combinations give modest gains, usually 1 to 3 points over the best single module",
      "harder tasks amplify the choice of modules", "LoRA beats the base nearly everywhere; FinCOT is the exception",
    ]
    return claims.indices.map {
      finding(
        $0 + 1, claims[$0], verdicts[$0], "What the figures \(`where`) say of finding \($0 + 1), with its numbers.")
    }
  }

  private static var tradeoffs: [ExpectedTradeoff] {
    let rows: [(Character, ClosedRange<Double>?, Double?, ExpectedTradeoff.Verdict)] = [
      ("1", nil, 5.6, .noRange), ("2", nil, 1.9, .noRange), ("3", 5...10, 7.4, .asExpected),
      ("5", 10...15, 9.6, .cannotTell),
      ("9", 10...15, nil, .notMeasured), ("6", 5...10, 6.0, .asExpected), ("A", 5...10, 4.2, .below),
      ("7", 15...20, 11.5, .below), ("B", 15...20, 9.7, .below), ("F", 20...25, 13.8, .below),
    ]
    return rows.map { digit, range, overhead, verdict in
      ExpectedTradeoff(
        targets: set(digit), expectedAccuracy: "high", expectedLatency: range == nil ? "lowest" : "moderate",
        expectedOverhead: range,
        measuredOverhead: overhead.map { Interval(estimate: $0, low: $0 - 0.4, high: $0 + 0.4) }, measuredMean: 60,
        datasets: 1, verdict: verdict)
    }
  }

  static func advice(_ request: StudyRequest, _ snapshot: Snapshot) -> Advice {
    let runs = snapshot.runs.filter { $0.state == .done }
    let isOwn = !runs.isEmpty && !request.publishedOnly
    let scope = request.scope ?? "all data sets"
    let cards = [
      card(
        .accuracy, "D",
        "the fastest within 1.0 points of the best and not significantly worse: 69.60 % against 70.40 % of "
          + "qkv+o_proj+fc1+fc2 (p = 0.210 after Holm), at +11.9 ± 0.4 % against +13.8 ± 0.4 % over the base's TPOT.",
        scope: scope, score: 69.6, overhead: 11.9, runs: [12, 11, 10]),
      card(
        .balanced, "C",
        "the most accurate of 5 of 15 combinations within the cheapest third of the measured costs (up to +6.4 % over the "
          + "base's TPOT): 66.90 % at +6.4 ± 0.4 % over the base's TPOT.", scope: scope, score: 66.9, overhead: 6.4,
        runs: [11, 8, 7]),
      card(
        .challenging, nil, "no data set is hard in this sense.", scope: "data sets on which the base scores under 50 %",
        missing: ["the base alone was not scored on sums"]),
    ]
    let plan = SweepPlan(
      model: .builtin, data: [TestData.data.reference], combinations: Targets.articleNine, seeds: [0, 1],
      settings: TestData.settings)
    return Advice(
      origin: isOwn ? .measured : .published, baseModel: isOwn ? "test-360M" : "Some Model", datasets: ["sums"],
      combinations: 15, runs: isOwn ? runs.count : 0, scopes: ["all data sets", "text", "image"], scope: scope,
      cards: isOwn ? cards : publishedCards, published: publishedCards,
      rules: [
        "Takes part: scored on every data set of \(scope) (sums) and latency measured: 14 of 15 combinations; left out: qkv+fc2.",
        "Accuracy first: the fastest that is not worse than the best by more than 1.0 point and not significantly worse (Holm).",
        "Balanced: the most accurate within the cheapest third of the measured costs.",
        "Challenging: the first question on data sets where the base scores under 50 %.",
        "Holds for this machine, this base model and these data sets.",
      ], findings: findings([.borneOut, .notBorneOut, .partly, .cannotTell, .borneOut], isOwn ? "here" : "published"),
      publishedFindings: findings([.borneOut, .borneOut, .partly, .notBorneOut, .borneOut], "published"),
      tradeoffs: tradeoffs, missing: plan, missingRuns: 12)
  }
}
