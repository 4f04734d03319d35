import Messages
import Recipe

extension ExpectedTradeoff {
  /// The article's expectations beside a study's measured overheads.
  public static func rows(_ expected: [PublishedStudy.ExpectedTradeoff], measured table: StudyTable)
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
