import Foundation
import Messages
import Recipe

/// The three recommendations, for a whole study and for its parts.
///
/// Only combinations whose latency was measured are recommended; where another has a higher mean, that is said.
package struct Recommendations: Sendable {
  let table: StudyTable
  let options: RecommendationOptions

  package init(_ table: StudyTable, options: RecommendationOptions = RecommendationOptions()) {
    self.table = table
    self.options = options
  }

  /// The three over all data sets.
  package func overall() -> [Recommendation] { cards(StudyScope(name: StudyScope.whole, datasets: table.datasets)) }

  /// The three over a part of the study.
  package func cards(_ scope: StudyScope) -> [Recommendation] {
    [
      accuracyFirst(scope.datasets, scope: scope.name, kind: .accuracy), balanced(scope.datasets, scope: scope.name),
      challenging(scope.datasets),
    ]
  }

  /// The parts of the study, the whole first.
  package var scopes: [StudyScope] { StudyScope.all(table, hardBelow: options.hardBelow) }

  /// Accuracy first and balanced for each modality, with and without reasoning, by difficulty, and for each data set.
  package func byPart() -> [Recommendation] {
    scopes.dropFirst().flatMap { Array(cards($0).prefix(2)) }
  }

  // MARK: The three questions

  /// The fastest combination that is neither worse than the best by more than the margin nor significantly worse.
  func accuracyFirst(_ datasets: [StudyDataset], scope: String, kind: Recommendation.Kind) -> Recommendation {
    let field = RecommendationField(table, datasets)
    guard let best = field.candidates.max(by: { $0.mean < $1.mean }), field.candidates.count > 1 else {
      return unanswered(kind, scope, field)
    }
    let differences = field.candidates.map { candidate -> StudyDifference? in
      candidate.targets == best.targets ? nil : field.difference(candidate.targets, best.targets)
    }
    let adjusted = Holm.againstBest(differences.map { $0?.pValue }, results: field.candidates.count)
    let tested = differences.indices.map { place -> StudyDifference? in
      var difference = differences[place]
      difference?.pValue = adjusted[place]
      return difference
    }
    let eligible = field.candidates.indices.filter { place in
      guard let difference = tested[place] else { return field.candidates[place].targets == best.targets }
      return field.candidates[place].mean >= best.mean - options.margin
        && difference.verdict(margin: options.margin) != .worse
    }
    let place = eligible.min { field.candidates[$0].cost.value < field.candidates[$1].cost.value }
    let pick = place.map { field.candidates[$0] } ?? best
    var reason: String
    if pick.targets == best.targets {
      reason =
        "highest mean of the \(field.candidates.count) combinations with \(knownLatency): "
        + "\(Text.fixed(best.mean)) %"
      let faster = field.candidates.indices.filter { field.candidates[$0].cost.value < best.cost.value }
      if let rival = faster.max(by: { field.candidates[$0].mean < field.candidates[$1].mean }) {
        let other = field.candidates[rival]
        reason +=
          ", \(Text.fixed(best.mean - other.mean)) points over \(other.targets.label), the best of the faster ones"
        reason +=
          options.margin < best.mean - other.mean
          ? ", more than the margin of \(Text.fixed(options.margin, 1))" : ", a significant difference"
        if let p = tested[rival]?.probability { reason += " (\(p) after Holm)" }
      } else {
        reason += ", and none is faster"
      }
    } else {
      reason =
        "the fastest within \(Text.fixed(options.margin, 1)) points of the best and not significantly worse: "
        + "\(Text.fixed(pick.mean)) % against \(Text.fixed(best.mean)) % of \(best.targets.label)"
      if let p = place.flatMap({ tested[$0]?.probability }) { reason += " (\(p) after Holm)" }
      reason += ", at \(describe(pick.cost)) against \(describe(best.cost))"
    }
    var card = answer(kind, scope, field, pick, reason + ".")
    let rival =
      pick.targets == best.targets
      ? field.candidates.indices.filter { field.candidates[$0].targets != best.targets }
        .max { field.candidates[$0].mean < field.candidates[$1].mean } : place
    if let rival, let difference = tested[rival] {
      let seeds = field.datasets.compactMap { $0.cell(best.targets)?.seeds.count }.min() ?? 0
      card.missing += [
        TooLittle.words(
          difference, field.candidates[rival].targets, best.targets, margin: options.margin, seeds: max(1, seeds))
      ].compactMap { $0 }
    }
    return card
  }

  /// The most accurate combination within the latency budget.
  func balanced(_ datasets: [StudyDataset], scope: String) -> Recommendation {
    let field = RecommendationField(table, datasets)
    guard field.candidates.count > 1, let unit = field.candidates.first?.cost.unit else {
      return unanswered(.balanced, scope, field)
    }
    let limit: Double
    let named: String
    switch options.budget {
    case .cheapestThird:
      let costs = field.candidates.map(\.cost.value).sorted()
      limit = costs[(costs.count + 2) / 3 - 1]
      named =
        "the cheapest third of the \(table.fleet == nil ? "measured " : "")costs (up to \(describe(StudyCost(unit: unit, value: limit))))"
    case .overheadPercent(let percent):
      guard unit == .overheadPercent else {
        return unanswered(
          .balanced, scope, field,
          because: "a budget in percent over the base does not apply: the published study gives milliseconds and no "
            + "figure of the base; give the budget as milliseconds, such as 8ms")
      }
      limit = percent
      named = "the budget of \(Text.signed(percent, 1)) % over \(reference)"
    case .milliseconds(let milliseconds):
      guard table.fleet == nil else {
        return unanswered(
          .balanced, scope, field,
          because: "a budget in milliseconds is of one sequence: give it in percent over the batch without adapters")
      }
      let times = field.candidates.compactMap { field.p95($0.targets) }
      guard times.count == field.candidates.count else {
        return unanswered(.balanced, scope, field, because: "milliseconds were not measured for every combination")
      }
      let inside = field.candidates.filter { (field.p95($0.targets) ?? .infinity) <= milliseconds }
      return pick(
        from: inside, named: "the budget of \(Text.fixed(milliseconds, 3)) ms TPOT p95", scope: scope, field: field)
    }
    return pick(from: field.candidates.filter { $0.cost.value <= limit }, named: named, scope: scope, field: field)
  }

  private func pick(
    from inside: [RecommendationField.Candidate], named: String, scope: String, field: RecommendationField
  ) -> Recommendation {
    guard let pick = inside.max(by: { $0.mean < $1.mean }) else {
      let cheapest = field.candidates.min { $0.cost.value < $1.cost.value }
      return unanswered(
        .balanced, scope, field,
        because: "no combination is within \(named)"
          + (cheapest.map { "; the cheapest is \($0.targets.label) at \(describe($0.cost))" } ?? ""))
    }
    var reason =
      "the most accurate of \(inside.count) of \(field.candidates.count) combinations within \(named): "
      + "\(Text.fixed(pick.mean)) % at \(describe(pick.cost))"
    if let best = field.candidates.max(by: { $0.mean < $1.mean }), best.targets != pick.targets {
      reason += "; the best of all, \(best.targets.label), has \(Text.fixed(best.mean)) % at \(describe(best.cost))"
    }
    return answer(.balanced, scope, field, pick, reason + ".")
  }

  /// The first question, of those data sets only on which the base scores low.
  func challenging(_ datasets: [StudyDataset]) -> Recommendation {
    let scope = "data sets on which the base scores under \(Text.fixed(options.hardBelow, 0)) %"
    let hard = datasets.filter { StudyScope.isHard($0, options.hardBelow) }
    guard !hard.isEmpty else {
      let without = datasets.filter { $0.base == nil }
      return Recommendation(
        kind: .challenging, scope: scope, origin: table.origin, targets: nil,
        reason: without.isEmpty ? "no data set is hard in this sense." : "the base's own score is needed.",
        measuredOn: table.baseModel, missing: Findings.missingBase(table), runs: [])
    }
    var result = accuracyFirst(hard, scope: "\(scope) (\(Text.list(hard.map(\.name))))", kind: .challenging)
    result.missing += Findings.missingBase(table)
    return result
  }

  // MARK: Words

  private var knownLatency: String {
    table.fleet.map { "a known latency in a batch of \($0.sequences) adapters" } ?? "a measured latency"
  }

  /// What overheads are over.
  private var reference: String {
    table.fleet.map { "the same batch of \($0.sequences) without adapters" } ?? "the base's TPOT"
  }

  private func describe(_ cost: StudyCost) -> String {
    switch cost.unit {
    case .overheadPercent:
      let value = cost.interval?.text(signed: true) ?? Text.signed(cost.value, 1)
      let basis = cost.fleet?.prediction.map { ", \($0)" } ?? ""
      return "\(value) % over \(reference)\(basis)"
    case .p95Milliseconds: return "\(Text.fixed(cost.value, 3)) ms TPOT p95"
    }
  }

  private func answer(
    _ kind: Recommendation.Kind, _ scope: String, _ field: RecommendationField, _ pick: RecommendationField.Candidate,
    _ reason: String
  ) -> Recommendation {
    Recommendation(
      kind: kind, scope: scope, origin: table.origin, targets: pick.targets, figures: field.figures(pick),
      reason: reason, measuredOn: measuredOn(field), missing: missing(field, pick: pick, scope),
      runs: field.datasets.flatMap { $0.cell(pick.targets)?.runs ?? [] }.sorted(), evidence: field.evidence(pick))
  }

  private func unanswered(
    _ kind: Recommendation.Kind, _ scope: String, _ field: RecommendationField, because reason: String? = nil
  ) -> Recommendation {
    Recommendation(
      kind: kind, scope: scope, origin: table.origin, targets: nil,
      reason: (reason ?? "needs at least two combinations with \(knownLatency) on the same data sets; here are "
        + "\(field.candidates.count)") + ".",
      measuredOn: measuredOn(field), missing: missing(field, pick: nil, scope), runs: [])
  }

  private func measuredOn(_ field: RecommendationField) -> String {
    let names = Text.list(field.datasets.map(\.name))
    guard table.origin == .measured else { return "published: \(table.baseModel), \(names)" }
    let cells = field.datasets.flatMap { dataset in field.candidates.compactMap { dataset.cell($0.targets) } }
    let seeds = cells.map(\.seeds.count)
    let range = seeds.min() == seeds.max() ? "\(seeds.min() ?? 0)" : "\(seeds.min() ?? 0) to \(seeds.max() ?? 0)"
    return "\(table.baseModel), \(names), \(field.candidates.count) combinations, "
      + "\(range) \(Counted.plural("seed", seeds.max() ?? 0)) each"
  }

  private func missing(
    _ field: RecommendationField, pick: RecommendationField.Candidate?, _ scope: String
  ) -> [String] {
    var lines: [String] = []
    let noun =
      table.fleet.map { "no latency in a batch of \($0.sequences) adapters" }
      ?? (table.origin == .published ? "no published latency" : "no measured latency")
    let costs = table.fleet?.costs ?? table.costs
    if let fleet = table.fleet {
      if costs.isEmpty {
        lines.append(
          "nothing was measured of a fleet on this base: `lorascope latency --adapters \(fleet.sequences) --keep`")
      } else if let pick, let prediction = pick.cost.fleet?.prediction {
        lines.append(
          "\(pick.targets.label): its overhead is \(prediction); `lorascope latency --adapters \(fleet.sequences) "
            + "--targets \(pick.targets.label) --keep` measures it")
      }
    }
    for set in table.combinations where costs[set] == nil {
      guard let mean = CombinationMeans.mean(set, field.datasets) else { continue }
      let isBusy = table.fleet == nil && field.datasets.contains { $0.cell(set)?.busyOverheadPercent != nil }
      let what = isBusy ? "a latency that was measured on a busy machine: measure it again" : noun
      if let pick, mean > pick.mean {
        lines.append(
          "\(set.label) has the higher mean (\(Text.fixed(mean)) % against \(Text.fixed(pick.mean)) %) and \(what)")
      } else if pick == nil {
        lines.append("\(set.label) has \(what)")
      }
    }
    if table.origin == .published {
      lines.append("no results by example are published: only margins decide")
    } else {
      let single = field.datasets.flatMap(\.cells).contains { $0.seeds.count < 2 }
      if single { lines.append("one seed says nothing about seeds: run at least two") }
      let partly = table.combinations.filter { set in
        costs[set] != nil && field.datasets.contains { $0.cell(set) == nil }
          && field.datasets.contains { $0.cell(set) != nil }
      }
      if !partly.isEmpty {
        lines.append("\(Text.list(partly.map(\.label))) not run on all of these data sets, so left out")
      }
      if pick != nil, let line = TooLittle.alone(field.datasets, scope: scope) { lines.append(line) }
    }
    return lines
  }
}

/// The combinations that can be picked on some data sets: those with a score on every one of them and a measured latency.
struct RecommendationField {
  struct Candidate {
    var row: CombinationMeans.Row
    var cost: StudyCost

    var targets: Targets { row.targets }
    /// Percent, mean over the data sets.
    var mean: Double { row.mean }
  }

  let datasets: [StudyDataset]
  let candidates: [Candidate]
  private let table: StudyTable

  init(_ table: StudyTable, _ datasets: [StudyDataset]) {
    self.table = table
    self.datasets = datasets
    candidates = CombinationMeans.rows(table, over: datasets).compactMap { row in
      row.cost.map { Candidate(row: row, cost: $0) }
    }
  }

  func difference(_ first: Targets, _ second: Targets) -> StudyDifference? {
    table.difference(
      datasets.compactMap { dataset in
        guard let a = dataset.cell(first), let b = dataset.cell(second) else { return nil }
        return (a, b)
      })
  }

  func p95(_ set: Targets) -> Double? {
    if let cost = table.costs[set], cost.unit == .p95Milliseconds { return cost.value }
    let times = datasets.compactMap { $0.cell(set)?.p95 }
    return times.isEmpty ? nil : times.reduce(0, +) / Double(times.count)
  }

  func figures(_ pick: Candidate) -> Recommendation.Figures {
    let cells = datasets.compactMap { $0.cell(pick.targets) }
    return Recommendation.Figures(
      score: pick.row.interval ?? Interval(estimate: pick.mean, low: pick.mean, high: pick.mean), cost: pick.cost,
      parameters: cells.compactMap(\.parameters).first, seeds: cells.map(\.seeds.count).min() ?? 0,
      examples: datasets.reduce(0) { $0 + $1.evaluationExamples }, frontProbability: pick.row.frontProbability)
  }

  /// One run of the pick and of each rival, the most accurate first, on the first data set with a seed that the pick has.
  func evidence(_ pick: Candidate) -> [RunID] {
    guard let dataset = datasets.first, let own = dataset.cell(pick.targets), let seed = own.seeds.first else {
      return []
    }
    let rivals = candidates.filter { $0.targets != pick.targets }.sorted { $0.mean > $1.mean }
    let runs = ([pick] + rivals).compactMap { candidate -> RunID? in
      guard let cell = dataset.cell(candidate.targets), let place = cell.seeds.firstIndex(of: seed) else { return nil }
      return cell.runs[place]
    }
    return Array(runs.prefix(8))
  }
}
