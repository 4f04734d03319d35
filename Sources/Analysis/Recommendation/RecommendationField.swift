import Messages
import Recipe

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
