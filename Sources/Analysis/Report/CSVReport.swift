import Messages
import Recipe

/// The report's numbers as tables for other programs, complete: RFC 4180, a point as decimal mark, empty where there
/// is nothing.
package enum CSVReport {
  /// One line for each data set and combination, those of the article's nine that were not run included.
  package static func cells(_ content: ReportContent) -> String {
    var rows = [
      [
        "origin", "data", "targets", "state", "score_percent", "score_low", "score_high", "over_base_points",
        "parse_failure_percent", "lenient_percent", "tpot_over_base_percent", "tpot_over_base_low",
        "tpot_over_base_high", "tpot_p50_ms", "tpot_p95_ms", "on_front", "front_probability", "adapter_parameters",
        "seeds", "runs", "published_score_percent", "busy_tpot_over_base_percent",
      ]
    ]
    for dataset in content.table.datasets {
      let original = content.original(of: dataset)
      let sets = dataset.cells.map(\.targets) + Targets.articleNine.filter { dataset.cell($0) == nil }
      for set in [Targets()] + sets {
        let cell = set.isEmpty ? dataset.base : dataset.cell(set)
        let published = set.isEmpty ? original?.base : original?.cell(set)
        var row = [content.table.origin.rawValue, dataset.name, set.isEmpty ? "base" : set.label]
        row.append(cell == nil ? ReportSections.notRun : "done")
        row += [number(cell?.mean), number(cell?.interval?.low), number(cell?.interval?.high)]
        row.append(set.isEmpty ? "" : number(overBase(cell, dataset.base)))
        row += [number(cell?.parseFailurePercent), number(cell?.lenient)]
        let overhead = cell?.overheadPercent
        row += [number(overhead?.estimate), number(overhead?.low), number(overhead?.high)]
        row += [number(cell?.p50), number(cell?.p95)]
        row.append(cell?.onFront.map { $0 ? "1" : "0" } ?? "")
        row.append(number(cell?.frontProbability))
        row.append(cell?.parameters.map { String($0) } ?? "")
        row.append((cell?.seeds ?? []).map { String($0) }.joined(separator: " "))
        row.append((cell?.runs ?? []).map { String($0) }.joined(separator: " "))
        row.append(number(published?.mean))
        row.append(number(cell?.busyOverheadPercent?.estimate))
        rows.append(row)
      }
    }
    return text(rows)
  }

  /// The big table, one line for each data set and mean, the article's lines after the study's.
  package static func table(_ content: ReportContent) -> String {
    let own = content.isPublishedOnly ? nil : BigTable(content.table)
    let published = BigTable(content.published.table)
    let sets = (own?.sets ?? []) + published.sets.filter { own?.sets.contains($0) != true }
    var rows = [
      ["origin", "data", "modality", "reasoning", "metric", "examples", "base"] + sets.map(\.label)
        + ["best", "best_over_base_points", "best_over_base_p", "best_over_worst_points", "best_over_worst_p"]
    ]
    for table in [own, published].compactMap({ $0 }) {
      for line in table.rows {
        let dataset = line.dataset
        var row = [table.origin.rawValue, line.name, dataset?.modality.rawValue ?? ""]
        row += [dataset.map { $0.reasoning ? "1" : "0" } ?? "", dataset?.metric ?? ""]
        row += [dataset.map { "\($0.evaluationExamples)" } ?? "", number(line.base)]
        row += sets.map { number(line.scores[$0]?.estimate) }
        row.append(line.best?.label ?? "")
        for contrast in [line.overBase, line.overWorst] {
          row += [number(contrast?.difference.points), number(contrast?.difference.pValue)]
        }
        rows.append(row)
      }
    }
    return text(rows)
  }

  /// Of the data, as plans name them; empty where nothing is chosen.
  private static let dataFields = ["data_seed", "data_version", "tuning_share", "group_field"].compactMap(
    SettingField.named)

  /// One line for each run.
  package static func runs(_ content: ReportContent) -> String { runs(content.runs) }

  /// One line for each run.
  package static func runs(_ runs: [RunSummary]) -> String {
    let head =
      [
        "run", "model", "data", "targets", "seed", "rank", "alpha", "learning_rate", "steps", "score_percent",
        "score_low", "score_high", "examples", "metric", "parse_failure_percent", "tpot_p50_ms", "tpot_p95_ms",
        "base_tpot_p50_ms", "base_tpot_p95_ms", "tpot_over_base_percent", "adapter_parameters", "wall_seconds",
        "base_fingerprint", "instruction_set", "use_rslora", "use_dora", "bf16", "tpot_core_share",
        "rank_by_group", "lr_by_group", "lr_ratio", "lr_ratio_by_group", "eval_bf16", "failed_answers",
      ] + dataFields.map(\.key) + ["prompt_only"]
    let rows = runs.map { run -> [String] in
      let s = run.plan.settings.narrowed(to: run.plan.targets)
      var row = ["\(run.id)", run.plan.model.displayName, run.plan.data.displayName, run.plan.targets.label]
      row += [
        "\(s.seed)", "\(s.rank)", s.alphaText(of: run.plan.targets, number), number(s.learningRate),
        "\(run.totalSteps)",
      ]
      let score = run.score
      row += [percent(score?.score.estimate), percent(score?.score.low), percent(score?.score.high)]
      row += [score.map { "\($0.examples)" } ?? "", score?.metric ?? "", percent(score?.parseFailureRate)]
      let latency = run.latency
      row += [number(latency?.p50), number(latency?.p95), number(latency?.baseP50), number(latency?.baseP95)]
      row.append(number(latency?.overheadPercent.estimate))
      row.append(run.prepared.map { "\($0.trainableParameters)" } ?? "")
      row.append(number(run.wallSeconds))
      row += [run.prepared?.baseFingerprint ?? "", run.prepared?.instructionSet ?? ""]
      row += [s.useRSLoRA, s.useDoRA, s.useBF16].map { $0 ? "1" : "0" }
      row.append(number(latency?.coreShare))
      row += [
        "\(s.rankByGroup)", "\(s.learningRateByGroup)", number(s.learningRateRatio), "\(s.learningRateRatioByGroup)",
      ]
      row.append(s.evaluatesInBF16 ? "1" : "0")
      row.append(score.map { "\($0.failedAnswers ?? 0)" } ?? "")
      row += dataFields.map { $0.value(s)?.description ?? "" }
      row.append(s.promptOnly ? "1" : "0")
      return row
    }
    return text([head] + rows)
  }

  /// Every step's loss, unsmoothed.
  package static func losses(_ content: ReportContent) -> String {
    var lines = Array("run,step,loss\r\n".utf8)
    for run in content.runs {
      let id = Array("\(run.id),".utf8)
      for (index, loss) in run.losses.values(0..<run.losses.count).enumerated() {
        lines += id
        lines.append(contentsOf: "\(index + 1),".utf8)
        if loss.isFinite { lines.append(contentsOf: loss.description.utf8) }
        lines.append(UInt8(ascii: "\r"))
        lines.append(UInt8(ascii: "\n"))
      }
    }
    return String(decoding: lines, as: UTF8.self)
  }

  /// Every loss on held-out examples.
  package static func heldOutLosses(_ content: ReportContent) -> String {
    let rows = content.runs.flatMap { run -> [[String]] in
      let about = [run.prepared?.heldOut?.split.rawValue ?? "", run.prepared?.heldOut.map { "\($0.examples)" } ?? ""]
      return run.heldOutPoints.map { ["\(run.id)", "\($0.step)", number(Double($0.loss))] + about }
    }
    return text([["run", "step", "held_out_loss", "split", "examples"]] + rows)
  }

  private static func overBase(_ cell: StudyCell?, _ base: StudyCell?) -> Double? {
    guard let cell, let base else { return nil }
    return cell.mean - base.mean
  }

  private static func percent(_ share: Double?) -> String { number(share.map { 100 * $0 }) }

  private static func number(_ value: Double?) -> String { value.flatMap { $0.isFinite ? "\($0)" : nil } ?? "" }

  private static func text(_ rows: [[String]]) -> String {
    rows.map { $0.map(field).joined(separator: ",") + "\r\n" }.joined()
  }

  /// A name of a person's file must not become a formula: spreadsheets read one after these signs, and an apostrophe makes it text.
  private static func field(_ text: String) -> String {
    let line = OneLine.text(text)
    return quoted(mayBeFormula(line) && !isNumber(line) ? "'" + line : line)
  }

  private static func mayBeFormula(_ text: String) -> Bool {
    // Tabs and line ends before one are spaces by now; the wide signs are taken for the narrow ones.
    guard let first = text.first(where: { $0 != " " }) else { return false }
    return ["=", "+", "-", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}"].contains(first)
  }

  private static func isNumber(_ text: String) -> Bool {
    text.allSatisfy { $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) } && Double(text) != nil
  }

  private static func quoted(_ text: String) -> String {
    guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
