import Messages

/// Means over all data sets of a study: only combinations that were run on every one of them have one that compares.
public enum CombinationMeans {
  public struct Row: Sendable {
    public var targets: TargetSet
    /// Percent, each data set with the same weight.
    public var mean: Double
    public var cost: StudyCost?
  }

  public static func rows(_ table: StudyTable) -> [Row] {
    table.combinations.compactMap { set in
      mean(set, table.datasets).map { Row(targets: set, mean: $0, cost: table.costs[set]) }
    }
  }

  /// Nil unless the combination was run on all of them.
  public static func mean(_ set: TargetSet, _ datasets: [StudyDataset]) -> Double? {
    let scores = datasets.compactMap { $0.cell(set)?.mean }
    return scores.isEmpty || scores.count < datasets.count ? nil : scores.reduce(0, +) / Double(scores.count)
  }
}
