import Messages
import Terminal

/// What `y` copies: the row or value under the cursor, as plain text.
package enum Clipboard {
  package static func text(_ state: DashboardState) -> String {
    switch state.focusedPane {
    case .setup: state.setupField.text(state.setup)
    case .modules, .parameters: state.setup.targets.label
    case .runs, .loss, .scatter: state.selectedRun.map { row($0) } ?? ""
    case .compareSamples: sample(state)
    case .compareLoss, .compareSettings, .compareResults:
      state.compare.selected.flatMap { state.snapshot.run($0) }.map { row($0) } ?? ""
    case .runSamples:
      state.run.examples.indices.contains(state.run.sample) ? state.run.examples[state.run.sample].output : ""
    case .runLoss, .runGradient, .runRate, .runParameters:
      state.shownRun.map { $0.adapterPath ?? row($0) } ?? ""
    case .sweepCombinations: state.sweep.selected.label
    case .sweepOptions: SetupField.seeds.text(state.setup)
    case .sweepData:
      state.studyChoices.indices.contains(state.sweep.dataRow) ? state.studyChoices[state.sweep.dataRow].name : ""
    case .adviseCards:
      state.advise.chosen.map { "\($0.kind.title): \($0.targets?.label ?? "no pick"): \($0.reason)" } ?? ""
    case .adviseRules: state.advise.advice?.rules.joined(separator: "\n") ?? ""
    case .adviseFindings:
      state.advise.advice.flatMap {
        $0.findings.indices.contains(state.advise.finding) ? $0.findings[state.advise.finding].statement : nil
      } ?? ""
    case .adviseTradeoffs:
      state.advise.advice.flatMap {
        $0.tradeoffs.indices.contains(state.advise.tradeoff) ? $0.tradeoffs[state.advise.tradeoff].targets.label : nil
      } ?? ""
    case .log:
      state.log.shown.indices.contains(state.log.selected) ? state.log.shown[state.log.selected].text : ""
    }
  }

  private static func sample(_ state: DashboardState) -> String {
    guard let samples = state.compare.comparison?.samples, samples.indices.contains(state.compare.sample) else {
      return ""
    }
    return samples[state.compare.sample].prompt
  }

  private static func row(_ run: RunSummary) -> String {
    var parts = [
      "#\(run.id)", run.plan.data.displayName, run.plan.targets.label, "seed \(run.plan.settings.seed)",
      run.state.rawValue,
    ]
    if let score = run.score { parts.append("\(NumberFormat.fixed(score.score.estimate * 100, 1)) %") }
    if let latency = run.latency {
      let text = "\(NumberFormat.fixed(latency.overheadPercent.estimate, 1, signed: true)) % TPOT"
      parts.append(latency.isBusy ? "~\(text) (busy machine)" : text)
    }
    return parts.joined(separator: "\t")
  }
}
