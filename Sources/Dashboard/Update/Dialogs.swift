import Messages
import Recipe
import Terminal

/// The questions and menus. Where something could be lost, Cancel has the focus.
package enum Dialogs {
  package static let quitTitle = "Quit"

  package static func quit(_ state: DashboardState) -> Dialog {
    let active = state.activeRuns
    var lines: [String] = []
    if let run = active.first {
      let progress = run.progress.map { " \(NumberFormat.percent($0))" } ?? ""
      lines.append(
        "#\(run.id) \(StateWord.of(run).word)\(progress), \(state.snapshot.queue.count) waiting in the queue.")
    } else {
      lines.append("\(state.snapshot.queue.count) waiting in the queue.")
    }
    var choices: [Dialog.Choice] = [
      Dialog.Choice("s", "Save and quit", note: "goes on at the next start", action: .program(.quit(.save)))
    ]
    if !active.isEmpty {
      choices.append(
        state.snapshot.engine.finishesThenQuits
          ? Dialog.Choice("f", "Do not quit when this run is finished", action: .program(.quit(.finishCurrentRun)))
          : Dialog.Choice(
            "f", "Finish this run, then quit", note: "can be taken back", action: .program(.quit(.finishCurrentRun))))
      choices.append(
        Dialog.Choice(
          "d", "Discard and quit", note: "runs and the queue are lost", action: .program(.quit(.discard)),
          isDangerous: true))
    }
    choices.append(.cancel)
    return Dialog(title: quitTitle, lines: lines, choices: choices, focused: choices.count - 1)
  }

  package static func stop(_ run: RunSummary) -> Dialog {
    let title = "#\(run.id) \(run.plan.targets.label) seed \(run.plan.settings.seed)"
    guard run.state != .waiting else {
      return Dialog(
        title: title, lines: ["It waits in the queue."],
        choices: [Dialog.Choice("c", "Take it out of the queue", action: .send(.cancel(run.id))), .cancel])
    }
    return Dialog(
      title: title,
      choices: [
        Dialog.Choice(
          "k", "Stop, keep the checkpoint", note: "as a partial result",
          action: .send(.stop(run.id, keepPartialResult: true))),
        Dialog.Choice(
          "d", "Stop and discard", note: "what it trained is lost",
          action: .send(.stop(run.id, keepPartialResult: false)),
          isDangerous: true),
        .cancel,
      ])
  }

  package static func endSearch(_ search: SearchSummary) -> Dialog {
    Dialog(
      title: "End search \(search.id)",
      lines: [search.answer?.sentence ?? "Nothing has been scored yet."],
      choices: [
        Dialog.Choice(
          "e", "End it with this answer", note: "the runs that it names come to their end, others leave",
          action: .send(.endSearch(search.id))), .cancel,
      ])
  }

  package static func delete(_ run: RunSummary) -> Dialog {
    Dialog(
      title: "Delete #\(run.id) \(run.plan.targets.label)",
      lines: ["Its record, samples and adapter go to the trash, where they stay for 7 days."],
      choices: [Dialog.Choice("d", "Delete", action: .send(.delete([run.id])), isDangerous: true), .cancel], focused: 1)
  }

  package static func trash(_ runs: [DeletedRun], _ state: DashboardState) -> Dialog {
    // What one order deleted comes back by one.
    let newest = runs.map(\.deleted).max() ?? 0
    let together = runs.filter { newest - $0.deleted < 1 }.map(\.id).sorted()
    let all =
      together.count < 2
      ? []
      : [
        Dialog.Choice(
          "a", "All \(together.count) that were deleted together",
          note: "\(Figure.age(state.now - newest)) ago", action: .send(.undelete(together)))
      ]
    return Dialog(
      title: "Bring a deleted run back",
      choices: all
        + runs.reversed().map { run in
          let score = run.score.map { " \(NumberFormat.fixed($0 * 100, 1)) %" } ?? ""
          return Dialog.Choice(
            nil, "#\(run.id) \(run.plan.targets.label) seed \(run.plan.settings.seed)\(score)",
            note: "\(run.plan.data.displayName), deleted \(Figure.age(state.now - run.deleted)) ago",
            action: .send(.undelete([run.id])))
        } + [.cancel])
  }

  /// - Parameters:
  ///   - line: what is there already, in the engine's words.
  ///   - command: the command that met it; nil for one that replaces nothing.
  package static func overwrite(_ line: String, _ command: Command) -> Dialog? {
    guard let replacing = command.replacing else { return nil }
    var title = "Report"
    if case .export(let run, _, _) = command { title = "Export #\(run)" }
    if case .exportConfiguration(let tool, _, _, _, _) = command { title = tool.displayName }
    return Dialog(
      title: title, lines: [line],
      choices: [Dialog.Choice("r", "Replace it", action: .send(replacing), isDangerous: true), .cancel], focused: 1)
  }

  package static func sort(_ state: DashboardState) -> Dialog {
    let letters: [RunsTable.Sort: Character] = [
      .accuracy: "a", .number: "n", .set: "m", .state: "t", .loss: "c", .failures: "f", .p50: "p", .overhead: "o",
      .parameters: "r", .data: "d", .seed: "s",
    ]
    // Of the settings those that say something here; o sorts by any that is a column.
    let columns = state.runs.columns.filter(\.value).keys.map(\.sort)
    var all = RunsTable.Sort.plain
    for sort in state.differences.keys.map(RunsTable.Sort.setting) + columns + [state.runs.sort]
    where !all.contains(sort) {
      all.append(sort)
    }
    return Dialog(
      title: "Sort runs by",
      choices: all.map { sort in
        Dialog.Choice(
          letters[sort], sort.about, note: sort == state.runs.sort ? "again: reverse" : "",
          action: .runs(.sortBy(sort)))
      } + [.cancel], focused: all.firstIndex(of: state.runs.sort) ?? 0)
  }

  package static let themesTitle = "Theme"

  package static func themes(_ state: DashboardState) -> Dialog {
    Dialog(
      title: themesTitle, lines: ["Enter keeps it, Esc goes back."] + state.themeFaults,
      choices: state.themeNames.map { Dialog.Choice(nil, $0, action: .program(.useTheme($0))) },
      focused: state.themeNames.firstIndex(of: state.themeName) ?? 0, original: .program(.useTheme(state.themeName)))
  }

  package static func exportView(_ state: DashboardState) -> Dialog {
    Dialog(
      title: "Export \(state.focusedPane.title)",
      lines: ["To a new file in the folder that lorascope was started in."],
      choices: ExportSubject.forms(state).map {
        Dialog.Choice($0.letter, $0.title, action: .program(.exportAs($0)))
      } + [.cancel])
  }

  package static func models(_ state: DashboardState) -> Dialog {
    var choices = [
      Dialog.Choice("b", "the embedded base", note: "ships with lorascope", action: .send(.selectModel(.builtin))),
      Dialog.Choice("f", "a Hugging Face folder…", note: "of your own", action: .setup(.browse(.model))),
    ]
    var folders: [ModelReference] = []
    for model in [state.snapshot.model?.reference].compactMap({ $0 }) + state.snapshot.runs.map(\.plan.model)
    where model != .builtin && !folders.contains(model) {
      folders.append(model)
    }
    for model in folders.prefix(8) {
      choices.append(Dialog.Choice(nil, model.displayName, action: .send(.selectModel(model))))
    }
    return Dialog(title: "Base model", choices: choices + [.cancel])
  }

  package static func data(_ state: DashboardState) -> Dialog {
    var choices = state.snapshot.availableData.map { data in
      Dialog.Choice(nil, data.name, note: data.about, action: .send(.selectData(data.reference)))
    }
    let current = state.snapshot.availableData.firstIndex { $0.reference == state.snapshot.data?.reference }
    choices.append(Dialog.Choice("f", "a file of your own…", note: "JSONL, JSON, CSV", action: .setup(.browse(.data))))
    return Dialog(title: "Dataset", choices: choices + [.cancel], focused: current ?? 0)
  }
}

/// Questions and menus of the Sweep and Advise screens.
extension Dialogs {
  package static let sweepTitle = "Start the sweep"

  private static func search(_ state: DashboardState) -> Dialog {
    let sets = state.sweep.included.count
    let isShort = state.sweep.parameterBudget == nil && sets > SearchPlan.usualShortlist
    let race =
      isShort
      ? "\(SearchPlan.usualShortlist) of \(Counted.text(sets, "combination"))" : Counted.text(sets, "combination")
    return Dialog(
      title: "Start the search",
      lines: ["\(race) race on the tuning split of \(Counted.text(state.studyData.count, "data set"))."] + look(state)
        + state.sweep.budgetWords.map { $0.prefix(1).uppercased() + $0.dropFirst() + "." },
      choices: [
        Dialog.Choice(
          "s", "Start", note: "the worse ones leave early, leaders get more seeds", action: .sweep(.sendSearch)),
        .cancel,
      ])
  }

  /// What the engine will look at before the first heat: nothing where ranks differ by combination.
  private static func look(_ state: DashboardState) -> [String] {
    guard state.sweep.parameterBudget == nil else { return [] }
    let isShort = state.sweep.included.count > SearchPlan.usualShortlist
    let choice = isShort ? "gradients say which race" : "whether it can learn"
    let cost = state.setup.settings.measureLatency ? ", and the four groups' TPOT what they cost" : ""
    return ["The base is looked at first: \(choice)\(cost)."]
  }

  package static func sweep(_ state: DashboardState) -> Dialog {
    if state.sweep.startsSearch { return search(state) }
    let totals = state.sweepTotals
    let about = state.glyphs.about
    let data = state.studyData.count
    let time = totals.seconds.map { "Estimated time \(about) \(NumberFormat.duration($0))." } ?? "Time not known yet."
    var lines = [
      "\(Counted.text(data, "data set")) \(state.glyphs.times) \(Counted.text(state.sweep.included.count, "combination")) "
        + "\(state.glyphs.times) \(Counted.text(state.setup.seeds.count, "seed")):",
      "\(Counted.text(totals.toDo, "run")) to do, \(totals.have) finished or under way already. \(time)",
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
    if state.sweep.included.count > 1 {
      // The options do not show them while whole runs are chosen.
      let budgets = state.sweep.budgetWords
      if !budgets.isEmpty { lines.append("In a search " + budgets.joined(separator: ", and ") + ".") }
      choices.append(
        Dialog.Choice(
          "f", "Find the best instead", note: "the worse ones leave early, leaders get more seeds",
          action: .sweep(.sendSearch)))
    }
    choices.append(.cancel)
    // Starting is no danger; hours are a reason to look again.
    let isLong = (totals.seconds ?? 0) > 3600
    return Dialog(title: sweepTitle, lines: lines, choices: choices, focused: isLong ? choices.count - 1 : 0)
  }

  private static func ranks(_ state: DashboardState) -> String {
    state.plannedSets.filter { state.sweep.included.contains($0) }
      .map { "\($0.label) rank \(state.plannedRank($0))" }.joined(separator: ", ")
  }

  /// The runs that would make the advice surer.
  package static func missing(_ plan: SweepPlan, runs: Int, _ state: DashboardState) -> Dialog {
    Dialog(
      title: "Queue the missing runs",
      lines: [
        "\(Counted.text(plan.parts.count, "data set")) \(state.glyphs.times) \(Counted.text(plan.combinations.count, "combination")) "
          + "\(state.glyphs.times) \(Counted.text(plan.seeds.count, "seed")): \(Counted.text(runs, "run")) not there yet."
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
          action: .advise(.editHardBelow)),
        Dialog.Choice(
          "f", "fleet, adapters in a batch",
          note: options.fleet.map { "\($0)" } ?? "none: one sequence's latency counts",
          action: .advise(.editFleet)), .cancel,
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
}
