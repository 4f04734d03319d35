import Messages
import Recipe
import Terminal

/// A pane of Compare as a table for a file: cells are text already, in full for a program that reads them.
package struct CompareTable: Sendable, Equatable {
  package var title: String
  package var columns: [String]
  package var rows: [[String]]

  package init(title: String, columns: [String], rows: [[String]]) {
    self.title = title
    self.columns = columns
    self.rows = rows
  }

  /// A heading and a table of GitHub's Markdown, in which signs of Markdown and of HTML mean themselves.
  package var markdown: String {
    func line(_ cells: [String]) -> String {
      "| " + cells.map(Self.markdown).joined(separator: " | ") + " |\n"
    }
    return "# \(Self.markdown(title))\n\n" + line(columns) + "|"
      + String(repeating: " --- |", count: columns.count)
      + "\n" + rows.map(line).joined()
  }

  /// RFC 4180 with a row of titles.
  package var csv: String {
    ([columns] + rows).map { $0.map(Self.csv).joined(separator: ",") + "\r\n" }.joined()
  }

  private static func markdown(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "|", "\\", "`", "*", "_", "[", "]", "#": result += "\\\(scalar)"
      case "<": result += "&lt;"
      case "&": result += "&amp;"
      case "\n": result += "<br>"
      case _ where scalar.properties.generalCategory == .control: result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func csv(_ text: String) -> String {
    let needsQuotes = text.unicodeScalars.contains {
      $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r"
    }
    return needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }
}

/// What Compare's panes hold, as tables.
package enum CompareTables {
  /// The table of a pane; nil for the curves, which are a chart, and for a pane of another screen.
  package static func table(_ pane: Pane, _ comparison: Comparison, _ grid: ExampleGrid)
    -> CompareTable?
  {
    switch pane {
    case .compareSettings: settings(comparison)
    case .compareResults: results(comparison)
    case .compareSamples: samples(comparison, grid)
    case .compareExamples: examples(comparison, grid)
    case .comparePairs: pairs(comparison)
    case .compareLatency: comparison.tokenTimes.map { tokenTimes($0) }
    default: nil
    }
  }

  private static func name(_ run: RunSummary) -> String {
    "#\(run.id) \(run.plan.targets.label) seed \(run.plan.settings.seed)"
  }

  static func settings(_ comparison: Comparison) -> CompareTable {
    CompareTable(
      title: "Settings", columns: ["setting", "differs"] + comparison.rows.map { name($0.run) },
      rows: comparison.settings.map { [$0.name, $0.differs ? "yes" : "no"] + $0.values })
  }

  static func results(_ comparison: Comparison) -> CompareTable {
    func number(_ value: Double?) -> String { value.map { $0.isFinite ? "\($0)" : "" } ?? "" }
    func interval(_ value: Interval?, _ factor: Double = 1) -> [String] {
      [
        number(value.map { $0.estimate * factor }), number(value.map { $0.low * factor }),
        number(value.map { $0.high * factor }),
      ]
    }
    return CompareTable(
      title: "Results, differences to #\(comparison.baseline)",
      columns: [
        "run", "modules", "seed", "data", "metric", "score_percent", "score_low", "score_high",
        "difference_points",
        "difference_low", "difference_high", "p_holm", "p_is_bound", "test", "paired_examples",
        "verdict", "over_base_points",
        "over_base_low", "over_base_high", "overhead_percent", "overhead_low", "overhead_high",
        "tpot_p50_ms",
        "tpot_p95_ms", "measured_busy", "parse_failures_percent", "parameters",
      ],
      rows: comparison.rows.map { row in
        let run = row.run
        let score = run.score
        var cells = [
          "\(run.id)", run.plan.targets.label, "\(run.plan.settings.seed)",
          run.plan.data.displayName, score?.metric ?? "",
        ]
        cells += interval(score?.score, 100) + interval(row.difference)
        cells += [
          number(row.pValue), row.pValue == nil ? "" : row.pIsBound ? "yes" : "no", row.test,
          "\(row.pairedExamples)",
          words(row.verdict),
        ]
        cells += interval(row.overBase) + interval(run.latency?.overheadPercent)
        cells += [
          number(run.latency?.p50), number(run.latency?.p95),
          run.latency.map { $0.isBusy ? "yes" : "no" } ?? "",
          number(score.map { 100 * $0.parseFailureRate }),
          run.prepared.map { "\($0.trainableParameters)" } ?? "",
        ]
        return cells
      })
  }

  static func words(_ verdict: Comparison.Verdict) -> String {
    switch verdict {
    case .better: "better"
    case .worse: "worse"
    case .cannotTell: "can't tell"
    case .baseline: "baseline"
    case .notComparable: "not comparable"
    }
  }

  /// Every pair once, with its test.
  static func pairs(_ comparison: Comparison) -> CompareTable {
    CompareTable(
      title: "All pairs, Holm over \(comparison.pairs.count)",
      columns: [
        "run", "against", "points", "low", "high", "verdict", "p_holm", "p_is_bound", "test",
        "paired_examples",
      ],
      rows: comparison.pairs.compactMap { pair in
        guard comparison.rows.indices.contains(pair.first),
          comparison.rows.indices.contains(pair.second)
        else {
          return nil
        }
        return [
          name(comparison.rows[pair.first].run), name(comparison.rows[pair.second].run),
          "\(pair.points.estimate)",
          "\(pair.points.low)", "\(pair.points.high)", words(pair.verdict), "\(pair.pValue)",
          pair.pIsBound ? "yes" : "no",
          pair.test, "\(pair.examples)",
        ]
      })
  }

  /// One row an example, in the order by how many have it right; a column for each run.
  static func examples(_ comparison: Comparison, _ grid: ExampleGrid) -> CompareTable {
    CompareTable(
      title: "Who got which right: \(grid.words)",
      columns: ["example", "agreement"] + comparison.rows.map { name($0.run) },
      rows: grid.examples(.byRight).map { example in
        let index =
          comparison.samples.indices.contains(example)
          ? comparison.samples[example].outcomes.lazy.compactMap { $0?.index }.first : nil
        return [index.map { "\($0)" } ?? "", words(grid.agreement[example])]
          + comparison.rows.indices.map { run in
            grid.marks.indices.contains(run) ? words(grid.marks[run][example]) : ""
          }
      })
  }

  private static func words(_ agreement: ExampleGrid.Agreement) -> String {
    switch agreement {
    case .all: "all right"
    case .none: "none right"
    case .differ: "differ"
    case .alone: "one run only"
    }
  }

  private static func words(_ mark: ExampleGrid.Mark) -> String {
    switch mark {
    case .right: "right"
    case .mostly, .half, .little: "in part"
    case .wrong: "wrong"
    case .unread: "no parse"
    case .missing: ""
    }
  }

  /// Every prompt with its expected answer, and each run's score and output.
  static func samples(_ comparison: Comparison, _ grid: ExampleGrid) -> CompareTable {
    CompareTable(
      title: "Samples",
      columns: ["example", "prompt", "expected"]
        + comparison.rows.flatMap { ["\(name($0.run)) score", "\(name($0.run)) output"] },
      rows: grid.examples(.byRight).compactMap { example in
        guard comparison.samples.indices.contains(example) else { return nil }
        let sample = comparison.samples[example]
        let index = sample.outcomes.lazy.compactMap { $0?.index }.first
        return [index.map { "\($0)" } ?? "", sample.prompt, sample.expected]
          + comparison.rows.indices.flatMap { run -> [String] in
            let outcome = sample.outcomes.indices.contains(run) ? sample.outcomes[run] : nil
            return [outcome.map { "\($0.score)" } ?? "", outcome?.output ?? ""]
          }
      })
  }

  /// Tokens by bin; what lies outside of all bins has rows without an end.
  static func tokenTimes(_ times: TokenTimes) -> CompareTable {
    let bins = times.members.first?.counts.count ?? 0
    let width = (times.high - times.low) / Double(max(1, bins))
    let edges = (0...bins).map { "\(times.low + Double($0) * width)" }
    func cells(_ value: (TokenTimes.Member) -> Int) -> [String] {
      times.members.map { "\(value($0))" }
    }
    return CompareTable(
      title: "Token times",
      columns: ["from_ms", "to_ms"] + times.members.map { $0.run.map { "#\($0)" } ?? "base" },
      rows: [["", edges[0]] + cells(\.below)]
        + (0..<bins).map { bin in [edges[bin], edges[bin + 1]] + cells { $0.counts[bin] } }
        + [[edges[bins], ""] + cells(\.above)])
  }
}
