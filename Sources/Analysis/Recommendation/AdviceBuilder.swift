import Messages

/// Puts together what the Advise screen shows.
package enum AdviceBuilder {
  package static func build(
    _ table: StudyTable, selection: StudySelection?, published: PublishedStudy, request: StudyRequest
  ) -> Advice {
    let options = request.options
    let recommendations = Recommendations(table, options: options)
    let scopes = recommendations.scopes
    let scope = scopes.first { $0.name == request.scope } ?? scopes[0]
    let cards = recommendations.cards(scope)
    return Advice(
      origin: table.origin, baseModel: table.baseModel, datasets: table.datasets.map(\.name),
      combinations: table.combinations.count, runs: selection?.runs.count ?? 0, scopes: scopes.map(\.name),
      scope: scope.name, cards: cards, published: publishedCards(published, options),
      rules: rules(table, scope, cards, selection, options), findings: Findings.all(table, margin: options.margin),
      publishedFindings: Findings.all(published.table, margin: options.margin),
      tradeoffs: ExpectedTradeoff.rows(published.expectedTradeoffs, measured: table), missing: nil, missingRuns: 0)
  }

  /// The published study's own answers; a budget in percent has nothing to apply to there.
  package static func publishedCards(_ published: PublishedStudy, _ options: RecommendationOptions) -> [Recommendation]
  {
    var options = options
    if case .overheadPercent = options.budget { options.budget = .cheapestThird }
    return Recommendations(published.table, options: options).overall()
  }

  private static func rules(
    _ table: StudyTable, _ scope: StudyScope, _ cards: [Recommendation], _ selection: StudySelection?,
    _ options: RecommendationOptions
  ) -> [String] {
    let field = RecommendationField(table, scope.datasets)
    let out = table.combinations.filter { set in !field.candidates.contains { $0.targets == set } }
    let part = scope.name == StudyScope.whole ? "" : " of the part \"\(scope.name)\""
    let margin = Text.fixed(options.margin, 1)
    var lines = [
      "Takes part: scored on every data set\(part) (\(Text.list(scope.datasets.map(\.name)))) and latency "
        + "measured: \(field.candidates.count) of \(table.combinations.count) combinations"
        + (out.isEmpty ? "." : "; left out: \(Text.list(out.map(\.label)))."),
      "Accuracy first: the fastest that is not worse than the best by more than \(margin) "
        + "point\(options.margin == 1 ? "" : "s")"
        + (table.origin == .published
          ? "; no test, for want of results by example." : " and not significantly worse (Holm)."),
      "Balanced: the most accurate within \(words(options.budget)).",
      "Challenging: the first question on data sets where the base scores under \(Text.fixed(options.hardBelow, 0)) %.",
    ]
    for card in cards where !card.missing.isEmpty {
      let line = "To be surer of \(card.kind.title): \(card.missing.joined(separator: "; "))."
      if !lines.contains(line) { lines.append(line) }
    }
    lines += selection?.leftOut.map { "Not in this study: \($0)." } ?? []
    lines.append(
      table.origin == .published
        ? "Published figures of \(table.baseModel); nothing here was measured by this program."
        : "Holds for this machine, this base model and these data sets.")
    return lines
  }

  private static func words(_ budget: LatencyBudget) -> String {
    switch budget {
    case .cheapestThird: "the cheapest third of the measured costs"
    case .overheadPercent(let percent): "\(Text.signed(percent, 1)) % over the base's TPOT"
    case .milliseconds(let time): "\(Text.fixed(time, 3)) ms TPOT p95"
    }
  }
}
