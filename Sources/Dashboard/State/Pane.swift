/// The screens of the dashboard, in the order of their tabs.
package enum ScreenName: String, CaseIterable, Hashable, Sendable {
  case main, compare, run, sweep, advise, log

  package var title: String {
    switch self {
    case .main: "Main"
    case .compare: "Compare"
    case .run: "Run"
    case .sweep: "Sweep"
    case .advise: "Advise"
    case .log: "Log"
    }
  }

  /// The capital letter that goes there; also the tab's short name.
  package var letter: Character { title.first ?? "?" }

  package var panes: [Pane] { Pane.allCases.filter { $0.screen == self } }
}

/// Every pane of every screen. A pane's number on its screen is its key.
package enum Pane: String, CaseIterable, Hashable, Sendable {
  case setup, modules, parameters, loss, scatter, runs, energy, overview
  case compareLoss, compareSettings, compareResults, compareSamples
  case compareExamples, comparePairs, compareLatency, compareLayers
  case runLoss, runGradient, runRate, runSpeed, runMemory, runLatency, runEnergy, runParameters, runSamples
  case sweepCombinations, sweepOptions, sweepData
  case adviseCards, adviseRules, adviseFindings, adviseTradeoffs
  case log

  package var screen: ScreenName {
    switch self {
    case .setup, .modules, .parameters, .loss, .scatter, .runs, .energy, .overview: .main
    case .compareLoss, .compareSettings, .compareResults, .compareSamples, .compareExamples, .comparePairs,
      .compareLatency, .compareLayers:
      .compare
    case .runLoss, .runGradient, .runRate, .runSpeed, .runMemory, .runLatency, .runEnergy, .runParameters,
      .runSamples:
      .run
    case .sweepCombinations, .sweepOptions, .sweepData: .sweep
    case .adviseCards, .adviseRules, .adviseFindings, .adviseTradeoffs: .advise
    case .log: .log
    }
  }

  package var number: Int { (screen.panes.firstIndex(of: self) ?? 0) + 1 }

  package var title: String {
    switch self {
    case .setup: "Setup"
    case .modules: "Modules"
    case .parameters: "Parameters"
    case .loss, .compareLoss, .runLoss: "Loss"
    case .scatter: "Accuracy / latency"
    case .runs: "Runs"
    case .compareSettings: "Settings that differ"
    case .compareResults: "Results"
    case .compareSamples, .runSamples: "Samples"
    case .compareExamples: "Who got which right"
    case .comparePairs: "All pairs"
    case .compareLatency: "Token times"
    case .compareLayers: "Adapters by layer"
    case .runGradient: "Gradient norm"
    case .runRate: "Learning rate"
    case .runSpeed: "Tokens a second"
    case .runMemory: "Memory"
    case .runLatency: "Token latency"
    case .energy, .runEnergy: "Adapter energy"
    case .overview: "Selected run"
    case .runParameters: "Parameters and latency"
    case .sweepCombinations: "Combinations"
    case .sweepOptions: "Options"
    case .sweepData: "Data sets"
    case .adviseCards: "Recommendations"
    case .adviseRules: "How this was decided"
    case .adviseFindings: "Findings, recomputed"
    case .adviseTradeoffs: "Expected and measured"
    case .log: "Log"
    }
  }

  /// The title where only a few columns are left for it.
  package var shortTitle: String {
    switch self {
    case .compareSettings: "Settings"
    case .compareExamples: "Who is right"
    case .compareLayers: "Layers"
    default: title
    }
  }

  /// Where a key is looked up while this pane has the focus, first match first. The conflict test walks every chain.
  package var chain: [KeyContext] {
    switch self {
    case .setup: [.setup, .form, .exports, .main, .global]
    case .modules: [.modules, .list, .exports, .main, .global]
    case .parameters: [.parameters, .list, .exports, .main, .global]
    case .loss: [.chart, .exports, .main, .global]
    case .scatter: [.scatter, .exports, .main, .global]
    case .runs: [.runs, .list, .main, .global]
    case .compareLoss: [.chart, .exports, .compare, .global]
    case .compareSettings: [.settings, .list, .exports, .compare, .global]
    case .compareResults: [.results, .list, .exports, .compare, .global]
    case .compareSamples: [.samples, .scroll, .exports, .compare, .global]
    case .compareExamples: [.examples, .list, .exports, .compare, .global]
    case .comparePairs: [.pairs, .list, .exports, .compare, .global]
    case .compareLatency: [.exports, .compare, .global]
    case .compareLayers: [.layers, .exports, .compare, .global]
    case .energy: [.heatmap, .exports, .main, .global]
    case .overview: [.exports, .main, .global]
    case .runLoss, .runGradient, .runRate, .runSpeed, .runMemory: [.chart, .run, .global]
    case .runLatency: [.run, .global]
    case .runEnergy: [.heatmap, .run, .global]
    case .runParameters: [.scroll, .run, .global]
    case .runSamples: [.samples, .scroll, .run, .global]
    case .sweepCombinations: [.planner, .list, .exports, .sweep, .global]
    case .sweepOptions: [.form, .exports, .sweep, .global]
    case .sweepData: [.dataList, .list, .exports, .sweep, .global]
    case .adviseCards: [.cards, .advise, .global]
    case .adviseRules: [.scroll, .advise, .global]
    case .adviseFindings, .adviseTradeoffs: [.list, .advise, .global]
    case .log: [.log, .list, .exports, .global]
    }
  }

  /// Has a place of its own on wide screens only, and lies over the others elsewhere.
  package var isExtra: Bool { self == .energy || self == .overview }

  /// Charts over steps share one view of axes, zoom and smoothing on their screen.
  package var isCurveChart: Bool {
    switch self {
    case .loss, .compareLoss, .runLoss, .runGradient, .runRate, .runSpeed, .runMemory: true
    case .setup, .modules, .parameters, .scatter, .runs, .energy, .overview, .compareSettings, .compareResults,
      .compareSamples, .compareExamples, .comparePairs, .compareLatency, .compareLayers, .runLatency, .runEnergy,
      .runParameters,
      .runSamples, .sweepCombinations, .sweepOptions, .sweepData, .adviseCards, .adviseRules, .adviseFindings,
      .adviseTradeoffs, .log:
      false
    }
  }
}
