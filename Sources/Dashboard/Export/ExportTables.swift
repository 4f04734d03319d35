import Messages
import Recipe
import Terminal

/// The dashboard's tables as values: all of their rows in the order on the screen, and every column, whatever the terminal's width.
enum ExportTables {
  static func runs(_ state: DashboardState) -> ExportTable? {
    let runs = state.runRows
    guard !runs.isEmpty else { return nil }
    return ExportTable(
      title: "Runs",
      columns: [
        "run", "model", "data", "modules", "seed", "rank", "learning rate", "state", "step", "loss", "score %",
        "score low",
        "score high", "metric", "parse failures %", "TPOT p50 ms", "TPOT p95 ms", "overhead %", "overhead low",
        "overhead high", "busy machine", "parameters",
      ],
      rows: runs.map { row($0, state) })
  }

  private static func row(_ run: RunSummary, _ state: DashboardState) -> [ExportTable.Value] {
    let settings = run.plan.settings
    let score = run.score?.score
    let latency = run.latency
    let overhead = latency?.overheadPercent
    let parameters = run.prepared?.trainableParameters ?? state.snapshot.model?.adapterParameters(run.plan)
    var row: [ExportTable.Value] = [
      .whole(Int(run.id)), .text(run.plan.model.displayName), .text(run.plan.data.displayName),
      .text(run.plan.targets.label), .text("\(settings.seed)"), .text(settings.rankText(of: run.plan.targets)),
      .measured(settings.learningRate, 6), .text(StateWord.of(run).word), .whole(run.step),
    ]
    row += [
      .measured(state.lastLoss(run), 4), .measured(score.map { $0.estimate * 100 }, 1),
      .measured(score.map { $0.low * 100 }, 1), .measured(score.map { $0.high * 100 }, 1),
      .text(run.score?.metric ?? ""), .measured(run.score.map { $0.parseFailureRate * 100 }, 1),
    ]
    row += [
      .measured(latency?.p50, 4), .measured(latency?.p95, 4), .measured(overhead?.estimate, 1),
      .measured(overhead?.low, 1), .measured(overhead?.high, 1), .text(latency?.isBusy == true ? "yes" : ""),
      .counted(parameters),
    ]
    return row
  }

  static func parameters(_ state: DashboardState) -> ExportTable? {
    guard let model = state.snapshot.model else { return nil }
    let rank = state.setup.settings.rankText(of: state.setup.targets)
    return ExportTable(
      title: "Parameters of \(model.name) at rank \(rank)", columns: ["modules", "digit", "parameters", "% of base"],
      rows: ParameterBars.sets(state).map { set in
        let count = state.adapterParameters(set) ?? 0
        return [
          .text(set.label), .text(set.code ?? ""), .whole(count),
          .measured(Double(count) / Double(max(1, model.parameterCount)) * 100, 3),
        ]
      })
  }

  static func setup(_ state: DashboardState) -> ExportTable? {
    let fields = SetupField.rows.flatMap { $0 }
    return ExportTable(
      title: "Setup", columns: ["setting", "value"],
      rows: [[.text("modules"), .text(state.setup.targets.label)]]
        + fields.map { [.text($0.label), .text($0.text(state.setup))] })
  }

  static func combinations(_ state: DashboardState) -> ExportTable? {
    ExportTable(
      title: "Combinations of the sweep", columns: ["modules", "included", "rank", "parameters"],
      rows: state.plannedSets.map { set in
        [
          .text(set.label), .text(state.sweep.included.contains(set) ? "yes" : "no"),
          .text("\(state.plannedRank(set))"),
          .counted(state.plannedParameters(set)),
        ]
      })
  }

  static func cards(_ state: DashboardState) -> ExportTable? {
    guard let advice = state.advise.advice else { return nil }
    return ExportTable(
      title: "Recommendations", columns: ["for", "modules", "reason"],
      rows: advice.cards.map { [.text($0.kind.title), .text($0.targets?.label ?? "no pick"), .text($0.reason)] })
  }

  static func findings(_ state: DashboardState) -> ExportTable? {
    guard let advice = state.advise.advice else { return nil }
    return ExportTable(
      title: "Findings, recomputed", columns: ["finding", "verdict"],
      rows: advice.findings.map { [.text($0.statement), .text($0.verdict.rawValue)] })
  }

  static func tradeoffs(_ state: DashboardState) -> ExportTable? {
    guard let advice = state.advise.advice else { return nil }
    return ExportTable(
      title: "Expected and measured",
      columns: ["modules", "expected overhead % low", "expected overhead % high", "measured overhead %"],
      rows: advice.tradeoffs.map {
        [
          .text($0.targets.label), .measured($0.expectedOverhead?.lowerBound, 1),
          .measured($0.expectedOverhead?.upperBound, 1), .measured($0.measuredOverhead?.estimate, 1),
        ]
      })
  }

  static func log(_ state: DashboardState) -> ExportTable? {
    let lines = state.log.shown
    guard !lines.isEmpty else { return nil }
    return ExportTable(
      title: "Log", columns: ["time", "level", "text"],
      rows: lines.map {
        [.text(Figure.clock($0.time, utcOffset: state.utcOffset)), .text($0.level.rawValue), .text($0.text)]
      })
  }
}
