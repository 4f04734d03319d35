import Messages

/// Puts together what the Advise screen shows.
package enum AdviceBuilder {
  package static func build(
    _ table: StudyTable, selection: StudySelection?, published: PublishedStudy, request: StudyRequest,
    fleet: FleetStudy? = nil
  ) -> Advice {
    let options = request.options
    let recommendations = Recommendations(table.forFleet(options.fleet, fleet), options: options)
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
        + (options.margin == 1 ? "point" : "points")
        + (table.origin == .published
          ? "; no test, for want of results by example." : " and not significantly worse (Holm)."),
      "Balanced: the most accurate within \(words(options.budget)).",
      "Challenging: the first question on data sets where the base scores under \(Text.fixed(options.hardBelow, 0)) %.",
    ]
    if let fleet = options.fleet, table.origin == .measured {
      lines.append("What decoding costs: the overhead of a batch of \(fleet) adapters over the same batch without.")
    }
    lines += scope.datasets.compactMap { dataset in
      guard let base = dataset.base, let parts = base.formatFree?.parts, !parts.isEmpty else { return nil }
      return "\(dataset.name): base " + (["\(Text.fixed(base.mean, 1))"] + parts).joined(separator: ", ") + " %."
    }
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

/// A part of a study about which the recommendations can be asked.
package struct StudyScope: Sendable {
  package var name: String
  package var datasets: [StudyDataset]

  static let whole = "all data sets"

  /// The whole first, then by modality, reasoning traces, difficulty and data set; a part that would be the whole is left out.
  package static func all(_ table: StudyTable, hardBelow: Double) -> [StudyScope] {
    var scopes = [StudyScope(name: whole, datasets: table.datasets)]
    func add(_ name: String, _ isIn: (StudyDataset) -> Bool) {
      let part = table.datasets.filter(isIn)
      if !part.isEmpty, part.count < table.datasets.count { scopes.append(StudyScope(name: name, datasets: part)) }
    }
    add("text") { $0.modality == .text }
    add("image") { $0.modality == .image }
    add("with reasoning traces") { $0.reasoning }
    add("without reasoning traces") { !$0.reasoning }
    let limit = Text.fixed(hardBelow, 0)
    add("hard: the base under \(limit) %") { isHard($0, hardBelow) }
    add("easier: the base at \(limit) % or more") { ($0.base?.mean ?? -1) >= hardBelow }
    for dataset in table.datasets { add(dataset.name) { $0.name == dataset.name } }
    return scopes
  }

  static func isHard(_ dataset: StudyDataset, _ hardBelow: Double) -> Bool {
    (dataset.base?.mean ?? .infinity) < hardBelow
  }
}
