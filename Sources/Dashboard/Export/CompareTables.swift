import Messages
import Recipe
import Terminal

/// What Compare's panes hold, as tables.
package enum CompareTables {
  /// The table of a pane; nil for the curves, which are a chart, for the maps by layer, which need the model
  /// (`CompareLayersPane.table`), and for a pane of another screen.
  package static func table(_ pane: Pane, _ comparison: Comparison, _ grid: ExampleGrid) -> ExportTable? {
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

  static func settings(_ comparison: Comparison) -> ExportTable {
    ExportTable(
      title: "Settings", columns: ["setting", "differs"] + comparison.rows.map { name($0.run) },
      rows: comparison.settings.map { ([$0.name, $0.differs ? "yes" : "no"] + $0.values).map { .text($0) } })
  }

  static func results(_ comparison: Comparison) -> ExportTable {
    func interval(_ value: Interval?, _ factor: Double = 1) -> [ExportTable.Value] {
      [
        .measured(value.map { $0.estimate * factor }, 1), .measured(value.map { $0.low * factor }, 1),
        .measured(value.map { $0.high * factor }, 1),
      ]
    }
    return ExportTable(
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
        var cells: [ExportTable.Value] = [
          .whole(Int(run.id)), .text(run.plan.targets.label), .text("\(run.plan.settings.seed)"),
          .text(run.plan.data.displayName), .text(score?.metric ?? ""),
        ]
        cells += interval(score?.score, 100) + interval(row.difference)
        cells += [
          .measured(row.pValue, 4), .text(row.pValue == nil ? "" : row.pIsBound ? "yes" : "no"), .text(row.test),
          .whole(row.pairedExamples), .text(words(row.verdict)),
        ]
        cells += interval(row.overBase) + interval(run.latency?.overheadPercent)
        cells += [
          .measured(run.latency?.p50, 4), .measured(run.latency?.p95, 4),
          .text(run.latency.map { $0.isBusy ? "yes" : "no" } ?? ""),
          .measured(score.map { 100 * $0.parseFailureRate }, 1), .counted(run.prepared?.trainableParameters),
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
  static func pairs(_ comparison: Comparison) -> ExportTable {
    ExportTable(
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
          .text(name(comparison.rows[pair.first].run)), .text(name(comparison.rows[pair.second].run)),
          .measured(pair.points.estimate, 1), .measured(pair.points.low, 1), .measured(pair.points.high, 1),
          .text(words(pair.verdict)), .measured(pair.pValue, 4), .text(pair.pIsBound ? "yes" : "no"),
          .text(pair.test), .whole(pair.examples),
        ]
      })
  }

  /// One row an example, in the order by how many have it right; a column for each run.
  static func examples(_ comparison: Comparison, _ grid: ExampleGrid) -> ExportTable {
    ExportTable(
      title: "Who got which right: \(grid.words)",
      columns: ["example", "agreement"] + comparison.rows.map { name($0.run) },
      rows: grid.examples(.byRight).map { example in
        let index =
          comparison.samples.indices.contains(example)
          ? comparison.samples[example].outcomes.lazy.compactMap { $0?.index }.first : nil
        return [.counted(index), .text(words(grid.agreement[example]))]
          + comparison.rows.indices.map { run in
            .text(grid.marks.indices.contains(run) ? words(grid.marks[run][example]) : "")
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
  static func samples(_ comparison: Comparison, _ grid: ExampleGrid) -> ExportTable {
    ExportTable(
      title: "Samples",
      columns: ["example", "prompt", "expected"]
        + comparison.rows.flatMap { ["\(name($0.run)) score", "\(name($0.run)) output"] },
      rows: grid.examples(.byRight).compactMap { example in
        guard comparison.samples.indices.contains(example) else { return nil }
        let sample = comparison.samples[example]
        let index = sample.outcomes.lazy.compactMap { $0?.index }.first
        return [.counted(index), .text(sample.prompt), .text(sample.expected)]
          + comparison.rows.indices.flatMap { run -> [ExportTable.Value] in
            let outcome = sample.outcomes.indices.contains(run) ? sample.outcomes[run] : nil
            return [.measured(outcome?.score, 2), .text(outcome?.output ?? "")]
          }
      })
  }

  /// Tokens by bin; what lies outside of all bins has rows without an end.
  static func tokenTimes(_ times: TokenTimes) -> ExportTable {
    let bins = times.members.first?.counts.count ?? 0
    let width = (times.high - times.low) / Double(max(1, bins))
    let edges = (0...bins).map { ExportTable.Value.measured(times.low + Double($0) * width, 6) }
    func cells(_ value: (TokenTimes.Member) -> Int) -> [ExportTable.Value] {
      times.members.map { .whole(value($0)) }
    }
    return ExportTable(
      title: "Token times",
      columns: ["from_ms", "to_ms"] + times.members.map { $0.run.map { "#\($0)" } ?? "base" },
      rows: [[.none, edges[0]] + cells(\.below)]
        + (0..<bins).map { bin in [edges[bin], edges[bin + 1]] + cells { $0.counts[bin] } }
        + [[edges[bins], .none] + cells(\.above)])
  }
}
