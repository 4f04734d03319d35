import Messages
import Terminal

/// Questions and menus of the Sweep and Advise screens.
extension Dialogs {
  package static let sweepTitle = "Start the sweep"

  package static func sweep(_ state: DashboardState) -> Dialog {
    let totals = state.sweepTotals
    let about = state.glyphs.about
    let data = state.studyData.count
    let time = totals.seconds.map { "Estimated time \(about) \(NumberFormat.duration($0))." } ?? "Time not known yet."
    var lines = [
      "\(count(data, "data set")) \(state.glyphs.times) \(count(state.sweep.included.count, "combination")) "
        + "\(state.glyphs.times) \(count(state.setup.seeds.count, "seed")):",
      "\(count(totals.toDo, "run")) to do, \(totals.have) finished or under way already. \(time)",
    ]
    if let budget = state.sweep.parameterBudget {
      lines.append("Ranks chosen for about \(NumberFormat.grouped(budget)) parameters: \(ranks(state)).")
    }
    var choices = [Dialog.Choice("s", "Start", action: .sweep(.send))]
    if totals.seconds == nil, totals.toDo > 0, state.activeRuns.isEmpty {
      choices.append(
        Dialog.Choice(
          "m", "Measure how fast they go here first", note: "seconds for each data set", action: .sweep(.measureSpeed)))
    }
    choices.append(.cancel)
    let isLong = (totals.seconds ?? .infinity) > 3600
    return Dialog(title: sweepTitle, lines: lines, choices: choices, focused: isLong ? choices.count - 1 : 0)
  }

  private static func ranks(_ state: DashboardState) -> String {
    state.plannedSets.filter { state.sweep.included.contains($0) }
      .map { "\($0.hexDigit.map(String.init) ?? $0.label) r\(state.plannedRank($0))" }.joined(separator: ", ")
  }

  /// The runs that would make the advice surer.
  package static func missing(_ plan: SweepPlan, runs: Int, _ state: DashboardState) -> Dialog {
    Dialog(
      title: "Queue the missing runs",
      lines: [
        "\(count(plan.parts.count, "data set")) \(state.glyphs.times) \(count(plan.combinations.count, "combination")) "
          + "\(state.glyphs.times) \(count(plan.seeds.count, "seed")): \(count(runs, "run")) not there yet."
      ], choices: [Dialog.Choice("n", "Queue them", action: .advise(.sendMissing)), .cancel], focused: 1)
  }

  package static func thresholds(_ state: DashboardState) -> Dialog {
    let options = state.advise.options
    return Dialog(
      title: "Thresholds",
      choices: [
        Dialog.Choice(
          "m", "margin, points", note: NumberFormat.fixed(options.margin, 1) + ": that much worse may be faster",
          action: .advise(.editMargin)),
        Dialog.Choice(
          "b", "hard below, percent", note: NumberFormat.fixed(options.hardBelow, 0) + ": score of the base",
          action: .advise(.editHardBelow)), .cancel,
      ])
  }

  package static func exportAdvice(_ state: DashboardState) -> Dialog {
    let card = state.advise.chosen
    var choices = [
      Dialog.Choice("r", "Report folder…", note: "Markdown, HTML, JSON, CSV", action: .advise(.exportReport))
    ]
    if let card, let targets = card.targets {
      let letters: [ConfigurationTool: Character] = [.peft: "p", .llamaFactory: "f", .axolotl: "a", .mlx: "m"]
      for tool in ConfigurationTool.allCases {
        choices.append(
          Dialog.Choice(
            letters[tool], "\(tool.displayName) configuration…", note: "\(card.kind.title): \(targets.label)",
            action: .advise(.exportConfiguration(tool))))
      }
    }
    return Dialog(title: "Export", choices: choices + [.cancel])
  }

  private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
