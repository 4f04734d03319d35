import Foundation
import Messages
import Recipe

/// The report's section on adapters that were pruned from the study's runs.
enum PrunedSection {
  static func section(_ content: ReportContent) -> ReportSection {
    let head = [
      "run", "from", "kept", "score, %", "from's score, %", "TPOT over the base's, %", "from's", "evaluation split",
    ]
    let rows = content.pruned.compactMap { run -> [String]? in
      guard let result = run.pruned else { return nil }
      let parent = content.runs.first { $0.id == result.parent }
      return [
        "#\(run.id)", "#\(result.parent)", PruningWords.size(result), score(run), score(parent), overhead(run),
        overhead(parent),
        ([PruningWords.confirmation(result)] + [result.refit.map(PruningWords.refit)].compactMap(\.self))
          .joined(separator: "; "),
      ]
    }
    let lines = content.pruned.flatMap { run in
      (run.pruned?.baselines ?? []).map { "beside #\(run.id): \(PruningWords.line($0))" }
    }
    var blocks: [ReportSection.Block] = [
      .text(
        "Parts of these runs' adapters, chosen on the tuning split; nothing was trained unless it is said. A loss is one where the paired test says so, "
          + "and none larger than the bound is to be reckoned with at 97.5 %."),
      .table([head] + rows),
    ]
    if !lines.isEmpty { blocks.append(.list(lines)) }
    return ReportSection(title: "Pruned adapters", blocks: blocks)
  }

  private static func score(_ run: RunSummary?) -> String {
    run?.score?.score.text(scale: 100) ?? "–"
  }

  private static func overhead(_ run: RunSummary?) -> String {
    guard let latency = run?.latency else { return ReportSections.notMeasured }
    let text = latency.overheadPercent.text(signed: true)
    return latency.isBusy ? "~\(text) !" : text
  }
}
