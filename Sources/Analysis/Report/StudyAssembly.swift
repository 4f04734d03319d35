import Messages
import Recipe

/// Puts a selection of runs into the shape from which findings and recommendations are drawn.
public enum StudyAssembly {
  /// - Parameters:
  ///   - scores: of each run's evaluated examples, those of the base's evaluations too.
  ///   - published: says which stand-in asks for images, or shows reasoning traces.
  public static func table(
    _ selection: StudySelection, scores: [RunID: [ExampleScoreRecord]], published: PublishedStudy
  ) -> StudyTable {
    let runs = selection.runs
    var order: [DataReference] = []
    for run in runs where !order.contains(run.plan.data) { order.append(run.plan.data) }
    // The article's order, own data after it in the order of the runs.
    let places = order.map { reference in
      published.datasets.firstIndex { $0.stands(for: reference) } ?? published.datasets.count
    }
    order = order.indices.sorted { (places[$0], $0) < (places[$1], $1) }.map { order[$0] }
    let datasets = order.map { reference -> StudyDataset in
      let entries = runs.filter { $0.plan.data == reference }
        .map { ScoredRun(run: $0, examples: scores[$0.id] ?? []) }
      let base = selection.bases[reference].flatMap { run in
        scores[run.id].flatMap { $0.isEmpty ? nil : cell(base: $0, run: run.id) }
      }
      return dataset(reference, entries, base: base, published: published)
    }
    var overheads: [Targets: [Interval]] = [:]
    for cell in datasets.flatMap(\.cells) {
      if let interval = cell.overheadPercent { overheads[cell.targets, default: []].append(interval) }
    }
    return StudyTable(
      origin: .measured, baseModel: runs.first?.plan.model.displayName ?? "", datasets: datasets,
      costs: overheads.compactMapValues { intervals in
        CombinationSummaries.overhead(intervals).map {
          StudyCost(unit: .overheadPercent, value: $0.estimate, interval: $0)
        }
      })
  }

  private static func dataset(
    _ reference: DataReference, _ entries: [ScoredRun], base: StudyCell?,
    published: PublishedStudy
  ) -> StudyDataset {
    let original = published.datasets.first { $0.stands(for: reference) }
    let scored = entries.filter { !$0.examples.isEmpty }
    var dataset = StudyDataset(
      name: reference.displayName, modality: original?.modality ?? .text, reasoning: original?.reasoning ?? false,
      metric: entries.compactMap(\.run.score?.metric).first ?? "",
      evaluationExamples: entries.map(\.examples.count).max() ?? 0,
      base: base,
      cells: CombinationSummaries.build(scored).compactMap { summary in
        cell(summary, scored.filter { summary.runs.contains($0.run.id) })
      })
    dataset.original = original?.name
    return dataset
  }

  private static func cell(base outcomes: [ExampleScoreRecord], run: RunID) -> StudyCell {
    let scores = outcomes.map(\.score)
    var cell = StudyCell(
      targets: [], mean: 100 * scores.reduce(0, +) / Double(scores.count),
      interval: HierarchicalBootstrap.mean([scores]).map(percent))
    cell.runs = [run]
    cell.outcomes = [outcomes]
    cell.parseFailurePercent = 100 * Double(outcomes.filter { !$0.parsed }.count) / Double(outcomes.count)
    cell.lenient = 100 * outcomes.map(\.lenient).reduce(0, +) / Double(outcomes.count)
    return cell
  }

  private static func cell(_ summary: CombinationSummary, _ entries: [ScoredRun]) -> StudyCell? {
    let entries = entries.sorted {
      ($0.run.plan.settings.seed, $0.run.id) < ($1.run.plan.settings.seed, $1.run.id)
    }
    let means = entries.map { $0.examples.reduce(0) { $0 + $1.score } / Double($0.examples.count) }
    guard let first = entries.first, !means.isEmpty else { return nil }
    var cell = StudyCell(
      targets: summary.targets, mean: 100 * (summary.score?.estimate ?? average(means)),
      interval: summary.score.map(percent))
    cell.runs = entries.map(\.run.id)
    cell.seeds = entries.map(\.run.plan.settings.seed)
    cell.outcomes = entries.map(\.examples)
    let scores = entries.compactMap(\.run.score)
    if !scores.isEmpty {
      cell.parseFailurePercent = 100 * average(scores.map(\.parseFailureRate))
      cell.lenient = 100 * average(scores.map(\.lenient))
    }
    let latencies = entries.compactMap(\.run.quietLatency)
    if !latencies.isEmpty {
      cell.p50 = average(latencies.map(\.p50))
      cell.p95 = average(latencies.map(\.p95))
    }
    cell.overheadPercent = summary.overheadPercent
    if cell.overheadPercent == nil {
      cell.busyOverheadPercent = CombinationSummaries.overhead(entries.compactMap { $0.run.latency?.overheadPercent })
    }
    cell.parameters = first.run.prepared?.trainableParameters
    cell.onFront = summary.onFront
    cell.frontProbability = summary.frontProbability
    return cell
  }

  private static func average(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }

  private static func percent(_ interval: Interval) -> Interval {
    Interval(estimate: 100 * interval.estimate, low: 100 * interval.low, high: 100 * interval.high)
  }
}
