import Messages
import Recipe

/// Means over the data sets of a study: only combinations that were run on every one of them have one that compares.
package enum CombinationMeans {
  package struct Row: Sendable {
    package var targets: Targets
    /// Percent, each data set with the same weight.
    package var mean: Double
    /// Over seeds and what examples are about, within each data set; nil without results by example.
    package var interval: Interval?
    package var cost: StudyCost?
    /// Nothing is at once more accurate and faster; nil where the cost was not measured.
    package var onFront: Bool?
    /// Share of resamples in which that holds.
    package var frontProbability: Double?
  }

  /// - Parameter datasets: a part of the table's; nil takes all.
  package static func rows(_ table: StudyTable, over datasets: [StudyDataset]? = nil) -> [Row] {
    let datasets = datasets ?? table.datasets
    var rows = table.combinations.compactMap { set in
      mean(set, datasets).map { Row(targets: set, mean: $0, cost: cost(set, table, datasets)) }
    }
    let replicates = rows.map { Self.replicates($0.targets, table, datasets) }
    for place in rows.indices {
      guard let sorted = replicates[place]?.sorted() else { continue }
      rows[place].interval = Interval(estimate: rows[place].mean, sorted: sorted).within([], whole: 100)
    }
    let members = Front.members(
      rows.map { row in row.cost.map { Front.Point(score: row.mean, cost: $0.value) } })
    let probabilities = Front.probabilities(
      rows.indices.map { place -> [Front.Point] in
        guard let cost = rows[place].cost, let interval = cost.interval, let means = replicates[place] else {
          return []
        }
        let costs = CombinationSummaries.costs(interval, seed: UInt64(place) &+ 1)
        return zip(means, costs).map { Front.Point(score: $0, cost: $1) }
      })
    for place in rows.indices {
      rows[place].onFront = members[place]
      rows[place].frontProbability = probabilities[place]
    }
    return rows
  }

  /// Nil unless the combination was run on all of them.
  package static func mean(_ set: Targets, _ datasets: [StudyDataset]) -> Double? {
    let scores = datasets.compactMap { $0.cell(set)?.mean }
    return scores.isEmpty || scores.count < datasets.count ? nil : scores.reduce(0, +) / Double(scores.count)
  }

  /// Of the base alone; nil unless it was scored on all of them.
  package static func base(_ datasets: [StudyDataset]) -> Double? {
    let scores = datasets.compactMap { $0.base?.mean }
    return scores.isEmpty || scores.count < datasets.count ? nil : scores.reduce(0, +) / Double(scores.count)
  }

  /// Measured on these data sets where it was, since a longer prompt may cost more; else the study's own figure.
  static func cost(_ set: Targets, _ table: StudyTable, _ datasets: [StudyDataset]) -> StudyCost? {
    if let fleet = table.fleet { return fleet.costs[set] }
    let overheads = datasets.compactMap { $0.cell(set)?.overheadPercent }
    if let mean = CombinationSummaries.overhead(overheads) {
      return StudyCost(unit: .overheadPercent, value: mean.estimate, interval: mean)
    }
    return table.costs[set]
  }

  private static func replicates(
    _ set: Targets, _ table: StudyTable, _ datasets: [StudyDataset]
  ) -> [Double]? {
    var sum: [Double] = []
    for dataset in datasets {
      guard let cell = dataset.cell(set), !cell.runs.isEmpty,
        let drawn = table.memo.replicates(cell, in: dataset)
      else { return nil }
      sum = sum.isEmpty ? drawn : zip(sum, drawn).map { $0 + $1 }
    }
    return sum.isEmpty ? nil : sum.map { $0 / Double(datasets.count) }
  }
}

extension ExpectedTradeoff {
  /// The article's expectations beside a study's measured overheads.
  package static func rows(_ expected: [PublishedStudy.ExpectedTradeoff], measured table: StudyTable)
    -> [ExpectedTradeoff]
  {
    expected.flatMap { row in
      row.combinations.map { set in
        let range = row.latencyOverheadPercent.flatMap { $0.count == 2 && $0[0] <= $0[1] ? $0[0]...$0[1] : nil }
        let cost = table.costs[set].flatMap { $0.unit == .overheadPercent ? $0 : nil }
        let interval = cost.map { $0.interval ?? Interval(estimate: $0.value, low: $0.value, high: $0.value) }
        let scores = table.datasets.compactMap { $0.cell(set)?.mean }
        let isBusy = table.datasets.contains { $0.cell(set)?.busyOverheadPercent != nil }
        return ExpectedTradeoff(
          targets: set, expectedAccuracy: row.accuracy, expectedLatency: row.latency, expectedOverhead: range,
          measuredOverhead: interval, measuredMean: scores.isEmpty ? nil : scores.reduce(0, +) / Double(scores.count),
          datasets: scores.count, verdict: interval == nil && isBusy ? .measuredBusy : verdict(interval, range))
      }
    }
  }

  /// By the interval: wholly in the range, wholly above or below it, or astride an end of it.
  private static func verdict(_ measured: Interval?, _ range: ClosedRange<Double>?) -> Verdict {
    guard let measured else { return .notMeasured }
    guard let range else { return .noRange }
    if measured.low > range.upperBound { return .above }
    if measured.high < range.lowerBound { return .below }
    return range.contains(measured.low) && range.contains(measured.high) ? .asExpected : .cannotTell
  }
}
