import Messages
import Terminal

/// What a pane that is only a title line says in a few words.
enum PaneSummary {
  static func text(_ pane: Pane, _ state: DashboardState) -> String {
    switch pane {
    case .setup:
      let settings = state.setup.settings
      return
        "\(state.snapshot.model?.name ?? "no model") / \(state.snapshot.data?.name ?? "no data"), rank \(settings.rank)"
    case .modules: return state.code(state.setup.targets)
    case .parameters:
      return state.adapterParameters(state.setup.targets).map { NumberFormat.count($0) } ?? ""
    case .loss, .compareLoss, .runLoss:
      let runs = ChartRuns.of(state)
      return runs.isEmpty ? "" : runs.map { state.shortName($0) }.joined(separator: "  ")
    case .scatter: return "\(state.scatterPoints.points.count) sets"
    case .runs: return "\(state.snapshot.runs.count) runs"
    case .compareSettings:
      let differ = state.compare.comparison?.settings.count(where: \.differs)
      return differ.map { "\($0) differ" } ?? ""
    case .compareResults: return ""
    case .compareSamples: return state.compare.comparison.map { "\($0.samples.count) prompts" } ?? ""
    case .runGradient: return state.shownRun?.gradientNorms.last.map { NumberFormat.short(Double($0)) } ?? ""
    case .runRate: return state.shownRun?.learningRates.last.map { NumberFormat.scientific(Double($0)) } ?? ""
    case .runParameters:
      return state.shownRun?.prepared.map { NumberFormat.count($0.trainableParameters) } ?? ""
    case .runSamples: return state.run.examples.isEmpty ? "" : "\(state.run.examples.count) prompts"
    case .sweepCombinations: return "\(state.sweep.included.count) sets"
    case .sweepOptions: return state.sweep.preset.title
    case .sweepData: return "\(state.studyData.count) chosen"
    case .adviseCards: return state.advise.chosen.map { "\($0.kind.title): \($0.targets?.label ?? "no pick")" } ?? ""
    case .adviseRules: return "margin \(NumberFormat.fixed(state.advise.options.margin, 1))"
    case .adviseFindings:
      return state.advise.advice.map { "\($0.findings.count(where: { $0.verdict == .borneOut })) of 5 borne out" } ?? ""
    case .adviseTradeoffs:
      let measured = state.advise.advice?.tradeoffs.count { $0.measuredOverhead != nil } ?? 0
      return "\(measured) measured"
    case .log: return ""
    }
  }
}
