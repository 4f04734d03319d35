import Foundation
import Messages
import Recipe

/// A pruned adapter beside the whole one and beside what drops as much without looking: a row each, with TPOT and paired loss.
package enum PruningTable {
  package static let begin = "<!-- lorascope prune --compare: begin -->"
  package static let end = "<!-- lorascope prune --compare: end -->"

  package struct Row: Hashable, Sendable {
    package var part: String
    package var parameters: Int
    /// Milliseconds; nil where it was not measured.
    package var tpotP50: Double?
    /// Over the base's TPOT, in percent.
    package var overheadPercent: Interval?
    package var isBusy: Bool
    /// Against the whole adapter, in points: below 0 it is lost; nil for the whole one itself, and where nothing is known.
    package var loss: PairedLoss?
  }

  /// - Parameter run: the pruned one.
  /// - Returns: none where nothing was pruned.
  package static func rows(_ run: RunSummary) -> [Row] {
    guard let result = run.pruned, let place = result.chosen else { return [] }
    func row(_ part: String, _ parameters: Int, _ latency: LatencySummary?, _ loss: PairedLoss?) -> Row {
      Row(
        part: part, parameters: parameters, tpotP50: latency?.p50, overheadPercent: latency?.overheadPercent,
        isBusy: latency?.isBusy ?? false, loss: loss)
    }
    let tuned = result.candidates.indices.contains(place) ? result.candidates[place].loss : nil
    // All on one split: where the evaluation split says nothing, on the one that was chosen on.
    var rows = [
      row("the whole adapter of #\(result.parent)", result.parentParameters, result.whole, nil),
      row("chosen: \(result.kept.label)", result.parameters, run.latency, result.confirmed ?? tuned),
    ]
    if let refit = result.refit {
      rows.append(
        row(
          "the same, trained on for \(Counted.text(refit.steps, "step"))", result.parameters, run.latency,
          refit.confirmed))
    }
    return rows + result.baselines.map { row($0.name, $0.parameters, $0.latency, $0.loss) }
  }

  package static let head = [
    "part", "parameters", "TPOT p50, ms", "over the base, %", "against the whole, points", "no loss above", "p",
  ]

  package static func cells(_ row: Row) -> [String] {
    let overhead = row.overheadPercent.map {
      let text = String(format: "%+.1f ± %.1f", $0.estimate, $0.halfWidth)
      return row.isBusy ? "~\(text) !" : text
    }
    return [
      row.part, "\(row.parameters)", row.tpotP50.map { String(format: "%.3f", $0) } ?? notMeasured,
      overhead ?? notMeasured,
      row.loss.map {
        String(format: "%+.1f [%+.1f, %+.1f]", $0.difference.estimate, $0.difference.low, $0.difference.high)
      } ?? "–", row.loss.map { String(format: "%.1f", $0.bound) } ?? "–",
      row.loss.map { PValueText.relation($0.pValue, isBound: $0.pIsBound) } ?? "–",
    ]
  }

  /// What the rows are of, in a sentence.
  package static func caption(_ run: RunSummary) -> String {
    guard let result = run.pruned else { return "" }
    let split = result.confirmed == nil ? "tuning" : "evaluation"
    let loss = result.confirmed ?? result.baselines.first?.loss
    let count = loss.map { ", n = \($0.examples)" + ($0.groups.map { " in \($0) groups" } ?? "") } ?? ""
    return
      "\(run.plan.data.displayName) on \(run.plan.model.displayName), run \(run.id) pruned from \(result.parent) by "
      + "\(result.way.rawValue), tolerance \(String(format: "%.1f", result.tolerance)) points; \(split) split\(count), paired tests; the "
      + "baselines have no more parameters than what was chosen"
      + (result.whole == nil ? "." : "; TPOT in one sitting, all interleaved with the base.")
  }

  package static func markdown(_ run: RunSummary) -> String {
    MarkdownReport.text([.text(caption(run)), .table([head] + rows(run).map(cells))])
  }

  private static let notMeasured = "not measured"
}
