import Messages
import Terminal

/// What can be done on the Advise screen.
package enum AdviseAction: Hashable, Sendable {
  case card(Int)
  case budget(Int)
  case evidence, queueMissing, thresholds, scope, published, export
  /// What decoding costs is that of one sequence, or of a batch in which each has an adapter of its own.
  case fleet
  // What dialogs choose.
  case sendMissing, editMargin, editHardBelow, editFleet, exportReport
  case exportConfiguration(ConfigurationTool)

  var name: String? {
    switch self {
    case .card(let step): step > 0 ? "next-card" : "previous-card"
    case .budget(let step): step > 0 ? "more-budget" : "less-budget"
    case .evidence: "evidence"
    case .queueMissing: "queue-missing"
    case .thresholds: "thresholds"
    case .scope: "scope"
    case .published: "published"
    case .export: "export"
    case .fleet: "fleet"
    case .sendMissing, .editMargin, .editHardBelow, .editFleet, .exportReport, .exportConfiguration: nil
    }
  }
}

extension AdviseView {
  static func fleetWords(_ fleet: Int?) -> String {
    fleet.map {
      "decoding costs what a batch of \($0) adapters does, over the same batch without; predicted where not measured"
    }
      ?? "decoding costs what one sequence does, over the base"
  }
}

extension Update {
  /// Percent over the base, and milliseconds for the published study.
  private static let firstBudget = (percent: 10.0, milliseconds: 8.0)

  mutating func perform(_ action: AdviseAction) {
    switch action {
    case .card(let step): state.advise.card = min(max(0, state.advise.card + step), 2)
    case .evidence: showEvidence()
    case .queueMissing:
      guard let advice = state.advise.advice, let plan = advice.missing else { return }
      state.dialog = Dialogs.missing(plan, runs: advice.missingRuns, state)
    case .sendMissing:
      guard let plan = state.advise.advice?.missing else { return }
      send(.sweep(plan))
      show(.main)
    case .budget(let step): stepBudget(step)
    case .thresholds: state.dialog = Dialogs.thresholds(state)
    case .editMargin:
      state.field = FieldEdit(.margin, text: NumberFormat.setting(state.advise.options.margin))
    case .editHardBelow:
      state.field = FieldEdit(.hardBelow, text: NumberFormat.setting(state.advise.options.hardBelow))
    case .editFleet:
      state.field = FieldEdit(.fleetSize, text: state.advise.options.fleet.map(String.init) ?? "")
    case .fleet:
      state.advise.options.fleet = state.advise.options.fleet == nil ? CombinationSummary.fleetSequences : nil
      state.say(AdviseView.fleetWords(state.advise.options.fleet))
    case .scope: nextScope()
    case .published:
      state.advise.showsPublished.toggle()
      // Percent over a base means nothing in milliseconds, and the other way round.
      state.advise.options.budget = .cheapestThird
      state.advise.scope = nil
    case .export: state.dialog = Dialogs.exportAdvice(state)
    case .exportReport: state.field = FieldEdit(.reportPath, text: inStartFolder("lorascope-report"))
    case .exportConfiguration(let tool):
      state.field = FieldEdit(.configurationPath(tool), text: inStartFolder(tool.fileName))
    }
  }

  /// In the directory that lorascope was started in.
  private func inStartFolder(_ name: String) -> String { Path.abbreviated(Path.expanded(name)) }

  mutating func writeReport(_ path: String) {
    guard let study = state.advise.answer.key?.study else { return }
    send(.exportReport(study, path: Path.expanded(path), replace: false))
  }

  mutating func writeConfiguration(_ tool: ConfigurationTool, _ path: String) {
    guard let study = state.advise.answer.key?.study, let card = state.advise.chosen else { return }
    send(.exportConfiguration(tool, card.kind, study, path: Path.expanded(path), replace: false))
  }

  /// Marks the runs of the pick and of what it was chosen over, and shows them side by side.
  private mutating func showEvidence() {
    guard let card = state.advise.chosen, let first = card.evidence.first else { return }
    for run in state.marks.runs { unmark(run) }
    for run in card.evidence where state.snapshot.run(run) != nil { mark(run) }
    state.compare.baseline = first
    show(.compare)
    focus(.compareResults)
  }

  /// From the cheapest third to a budget of one's own, and below its least value back.
  private mutating func stepBudget(_ direction: Int) {
    let step = Double(direction)
    switch state.advise.options.budget {
    case .cheapestThird:
      if direction < 0 {
        return state.say("the budget is the cheapest third of the measured costs: + sets one of your own")
      }
      state.advise.options.budget =
        state.advise.isPublished
        ? .milliseconds(Self.firstBudget.milliseconds) : .overheadPercent(Self.firstBudget.percent)
    case .overheadPercent(let percent):
      state.advise.options.budget = percent + step < 1 ? .cheapestThird : .overheadPercent(percent + step)
    case .milliseconds(let time):
      state.advise.options.budget = time + step / 2 < 0.5 ? .cheapestThird : .milliseconds(time + step / 2)
    }
  }

  private mutating func nextScope() {
    guard let advice = state.advise.advice, let index = advice.scopes.firstIndex(of: advice.scope) else { return }
    let next = (index + 1) % advice.scopes.count
    state.advise.scope = next == 0 ? nil : advice.scopes[next]
    state.say("recommendations for: \(advice.scopes[next])")
  }
}
