import Foundation
import Messages
import Recipe

/// Runs as a table of plain text, in the order given.
enum RunTable {
  static func text(_ runs: [RunSummary]) -> String {
    let differences = SettingsDifferences(runs.map(\.plan))
    var head = [
      "#", "set", "targets", "data", "seed", "state", "step", "loss", "score %", "fail %", "params", "p50 ms", "p95 ms",
      "overhead %",
    ]
    // Two runs that differ in a setting only would look alike.
    if !differences.isEmpty { head.append("settings that differ") }
    let rows = runs.map { run -> [String] in
      let about = run.latency?.isBusy == true ? "~" : ""
      var row = ["\(run.id)", run.plan.targets.cells(), run.plan.targets.label, run.plan.data.displayName]
      row += ["\(run.plan.settings.seed)", run.state.rawValue, "\(run.step)/\(run.totalSteps)"]
      row.append(run.losses.last.map { String(format: "%.4f", $0) } ?? "–")
      row.append(
        run.score.map { String(format: "%.1f ±%.1f", 100 * $0.score.estimate, 100 * $0.score.halfWidth) } ?? "–")
      row.append(run.score.map { String(format: "%.1f", 100 * $0.parseFailureRate) } ?? "–")
      row.append(run.prepared.map { "\($0.trainableParameters)" } ?? "–")
      row.append(run.latency.map { about + String(format: "%.3f", $0.p50) } ?? "–")
      row.append(run.latency.map { about + String(format: "%.3f", $0.p95) } ?? "–")
      row.append(run.latency.map(overhead) ?? "–")
      if !differences.isEmpty { row.append(differences.text(run.plan)) }
      return row
    }
    let reasons = runs.compactMap { run in run.reason.map { "#\(run.id) \(run.state.rawValue): \(OneLine.text($0))" } }
    return (table([head] + rows) + reasons + busyNote(runs)).joined(separator: "\n")
  }

  /// `+7.1 ±0.8`; `~+33.2 ±1.5 !` of a measurement on a busy machine.
  static func overhead(_ latency: LatencySummary) -> String {
    let text = String(format: "%+.1f ±%.1f", latency.overheadPercent.estimate, latency.overheadPercent.halfWidth)
    return latency.isBusy ? "~\(text) !" : text
  }

  /// What the marks mean, and what to do.
  static func busyNote(_ runs: [RunSummary]) -> [String] {
    let busy = runs.filter { $0.latency?.isBusy == true }
    guard !busy.isEmpty else { return [] }
    let taken = busy.compactMap { $0.latency?.coreShare }.map(CoreUse.takenPercent)
    let range = taken.min() == taken.max() ? "\(taken.max() ?? 0)" : "\(taken.min() ?? 0) to \(taken.max() ?? 0)"
    let which = busy.count <= 20 ? "--run " + busy.map { "\($0.id)" }.joined(separator: " ") : "--busy"
    return [
      "~ !: measured while other programs took \(range) % of the cores; `lorascope latency \(which)` measures again"
    ]
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
