import Foundation
import Messages
import Recipe

/// `runs compare --json`.
struct ComparisonReport: Encodable {
  struct Row: Encodable {
    var run: RunReport
    var differencePoints: RunReport.Intervals?
    var pValue: Double?
    var test: String
    var verdict: String
    var pairedExamples: Int
    var onFront: Bool?
  }

  var baseline: RunID
  var rows: [Row]
  var conclusion: String

  init(_ comparison: Comparison) {
    baseline = comparison.baseline
    conclusion = comparison.conclusion
    rows = comparison.rows.map {
      Row(
        run: RunReport($0.run), differencePoints: $0.difference.map(RunReport.Intervals.init), pValue: $0.pValue,
        test: $0.test, verdict: $0.verdict.rawValue, pairedExamples: $0.pairedExamples, onFront: $0.onFront)
    }
  }
}

/// `runs compare` as text.
enum ComparisonText {
  static func text(_ comparison: Comparison) -> String {
    let head = [
      "#", "set", "data", "score %", "against #\(comparison.baseline)", "p (Holm)", "verdict", "test", "n",
      "overhead %", "front",
    ]
    let rows = comparison.rows.map { row -> [String] in
      [
        "\(row.run.id)", row.run.plan.targets.label, row.run.plan.data.displayName,
        row.run.score.map { String(format: "%.1f ±%.1f", 100 * $0.score.estimate, 100 * $0.score.halfWidth) } ?? "–",
        row.difference.map { String(format: "%+.1f [%+.1f, %+.1f]", $0.estimate, $0.low, $0.high) } ?? "–",
        row.pValue.map { String(format: "%.2g", $0) } ?? "–", verdict(row.verdict, n: row.pairedExamples), row.test,
        "\(row.pairedExamples)", row.run.latency.map(RunTable.overhead) ?? "–", front(row),
      ]
    }
    let settings = comparison.settings.filter(\.differs).map {
      OneLine.text("  \($0.name): " + $0.values.joined(separator: " | "))
    }
    return
      (RunTable.table([head] + rows) + (settings.isEmpty ? [] : ["settings that differ"] + settings)
      + [comparison.conclusion] + RunTable.busyNote(comparison.rows.map(\.run))).joined(separator: "\n")
  }

  private static func front(_ row: Comparison.Row) -> String {
    if row.run.latency?.isBusy == true { return "can't tell: measured on a busy machine" }
    return row.onFront.map { $0 ? "yes" : "no" } ?? "–"
  }

  static func verdict(_ verdict: Comparison.Verdict, n: Int) -> String {
    switch verdict {
    case .better: "better"
    case .worse: "worse"
    case .cannotTell: "can't tell at n = \(n)"
    case .baseline: "baseline"
    case .notComparable: "not comparable"
    }
  }
}
