import Foundation
import HuggingFace
import Messages

/// Runs as a table of plain text, in the order given.
enum RunTable {
  static func text(_ runs: [RunSummary]) -> String {
    let head = [
      "#", "set", "targets", "data", "seed", "state", "step", "loss", "score %", "fail %", "params", "p50 ms", "p95 ms",
      "overhead %",
    ]
    let rows = runs.map { run -> [String] in
      [
        "\(run.id)", run.plan.targets.cells(), run.plan.targets.label, run.plan.data.displayName,
        "\(run.plan.settings.seed)", run.state.rawValue, "\(run.step)/\(run.totalSteps)",
        run.losses.last.map { String(format: "%.4f", $0) } ?? "–",
        run.score.map { String(format: "%.1f ±%.1f", 100 * $0.score.estimate, 100 * $0.score.halfWidth) } ?? "–",
        run.score.map { String(format: "%.1f", 100 * $0.parseFailureRate) } ?? "–",
        run.prepared.map { "\($0.trainableParameters)" } ?? "–",
        run.latency.map { String(format: "%.3f", $0.p50) } ?? "–",
        run.latency.map { String(format: "%.3f", $0.p95) } ?? "–",
        run.latency.map { String(format: "%+.1f ±%.1f", $0.overheadPercent.estimate, $0.overheadPercent.halfWidth) }
          ?? "–",
      ]
    }
    let reasons = runs.compactMap { run in run.reason.map { "#\(run.id) \(run.state.rawValue): \(OneLine.text($0))" } }
    return (table([head] + rows) + reasons).joined(separator: "\n")
  }

  static func table(_ rows: [[String]]) -> [String] {
    // A cell is one line, whatever a file is called.
    let rows = rows.map { $0.map(OneLine.text) }
    guard let first = rows.first else { return [] }
    let widths = first.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
        .trimmingCharacters(in: .whitespaces)
    }
  }
}
