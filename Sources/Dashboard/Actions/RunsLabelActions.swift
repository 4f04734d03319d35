import Messages
import Recipe
import Terminal

/// What a person can write on runs.
package enum LabelField: String, Hashable, Sendable {
  case name, note, addTags, removeTags

  var prompt: String {
    switch self {
    case .name: "name of"
    case .note: "note on"
    case .addTags: "tags for"
    case .removeTags: "tags to take off"
    }
  }

  func change(_ text: String) -> RunLabelChange {
    switch self {
    case .name: .name(text)
    case .note: .note(text)
    case .addTags: .addTags(RunLabels.tags(in: text))
    case .removeTags: .removeTags(RunLabels.tags(in: text))
    }
  }

  /// What is wrong with a text; nil where it can be written.
  func problem(_ text: String) -> String? {
    var labels = RunLabels()
    do throws(Refusal) { try labels.apply(change(text)) } catch { return error.line }
    return nil
  }
}

/// Choosing several runs, and writing on them.
extension Update {
  /// The runs that an order is about: those that were chosen, else the one of the cursor.
  var actedOn: [RunID] {
    if state.screen != .run, !state.runs.chosen.isEmpty { return state.runs.chosen.sorted() }
    return (state.screen == .run ? state.shownRun : state.selectedRun).map { [$0.id] } ?? []
  }

  /// `V`: every run that the filter lets pass; again: none.
  mutating func chooseMatching() {
    let all = Set(state.runRows.ids)
    if state.runs.chosen == all {
      state.runs.chosen = []
      return state.say("no run is chosen")
    }
    state.runs.chosen = all
    state.say("\(Counted.text(all.count, "run")) chosen: N writes on them, d deletes them, Esc lets go")
  }

  mutating func labelMenu() {
    let runs = actedOn
    guard !runs.isEmpty else { return }
    state.dialog = Dialogs.labels(runs, state)
  }

  mutating func editLabel(_ field: LabelField, _ runs: [RunID]) {
    var text = ""
    // What stands on one run is changed; on several it would be lost.
    if runs.count == 1, let labels = state.snapshot.run(runs[0])?.labels {
      switch field {
      case .name: text = labels.name ?? ""
      case .note: text = labels.note ?? ""
      case .addTags, .removeTags: break
      }
    }
    state.field = FieldEdit(.label(field, runs), text: OneLine.text(text))
  }

  mutating func writeLabel(_ field: LabelField, _ runs: [RunID], _ text: String) -> String? {
    if let problem = field.problem(text) { return problem }
    if field == .addTags || field == .removeTags, RunLabels.tags(in: text).isEmpty { return nil }
    send(.label(runs, field.change(text)))
    return nil
  }

  /// Those of the chosen runs that have ended, else the run of the cursor.
  mutating func askToDelete() {
    let runs = actedOn.compactMap { state.snapshot.run($0) }
    let ended = runs.filter(\.state.isTerminal)
    if runs.count == 1, let run = ended.first {
      state.dialog = Dialogs.delete(run)
    } else if ended.isEmpty {
      state.say("none of the chosen runs is finished: x stops one", .warning)
    } else if ended.count == 1 {
      state.dialog = Dialogs.delete(ended[0])
    } else {
      state.dialog = Dialogs.delete(ended.map(\.id), left: runs.count - ended.count)
    }
  }
}

extension Dialogs {
  static func labels(_ runs: [RunID], _ state: DashboardState) -> Dialog {
    let known = runs.compactMap { state.snapshot.run($0)?.labels }
    let one = runs.count == 1 ? known.first : nil
    let isPinned = !known.isEmpty && known.allSatisfy(\.isPinned)
    var choices = [
      Dialog.Choice("n", "Name…", note: short(one?.name), action: .runs(.editLabel(.name, runs))),
      Dialog.Choice(
        "t", "Add tags…", note: short(one?.tags.joined(separator: " ")), action: .runs(.editLabel(.addTags, runs))),
    ]
    if known.contains(where: { !$0.tags.isEmpty }) {
      choices.append(Dialog.Choice("r", "Take tags off…", action: .runs(.editLabel(.removeTags, runs))))
    }
    choices += [
      Dialog.Choice("o", "Note…", note: short(one?.note), action: .runs(.editLabel(.note, runs))),
      isPinned
        ? Dialog.Choice("p", "Let go of the top", action: .send(.label(runs, .pin(false))))
        : Dialog.Choice("p", "Pin to the top", action: .send(.label(runs, .pin(true)))), .cancel,
    ]
    return Dialog(
      title: runs.count == 1 ? "Write on #\(runs[0])" : "Write on \(runs.count) runs",
      lines: ["It changes nothing of the run; / finds it: tag:good, name:best."], choices: choices)
  }

  private static func short(_ text: String?) -> String {
    text.map { OneLine.text($0).truncated(toColumns: 30) } ?? ""
  }

  /// Of several; of one there is a dialog of its own.
  static func delete(_ runs: [RunID], left: Int) -> Dialog {
    var lines = ["Their records, samples and adapters go to the trash, where they stay for 7 days."]
    if left > 0 {
      lines.append("\(left) that \(left == 1 ? "has" : "have") not ended \(left == 1 ? "stays" : "stay").")
    }
    return Dialog(
      title: "Delete \(Counted.text(runs.count, "run"))", lines: lines,
      choices: [
        Dialog.Choice(
          "d", "Delete all \(runs.count)…", note: "asks for their number", action: .runs(.deleteAll(runs)),
          isDangerous: true),
        .cancel,
      ], focused: 1)
  }

  /// Which columns the table has.
  static func columns(_ state: DashboardState, focused: RunsColumn? = nil) -> Dialog {
    let shown = Set(RunsPane.columns(state))
    let differing = state.differences.keys
    let settings = differing + SettingField.all.map(\.key).filter { !differing.contains($0) && $0 != "seed" }
    let all = RunsColumn.plain.filter { $0 != .number && $0 != .set && $0 != .name } + settings.map(RunsColumn.setting)
    let choices = all.map { column in
      let word: String =
        switch state.runs.columns[column] {
        case true?: "always"
        case false?: "never"
        case nil: shown.contains(column) ? "shown" : ""
        }
      let box = state.runs.columns[column] == true || (state.runs.columns[column] == nil && shown.contains(column))
      return Dialog.Choice(
        nil, "\(box ? state.glyphs.boxFilled : state.glyphs.boxEmpty) \(column.title)", note: word,
        action: .runs(.toggleColumn(column)))
    }
    return Dialog(
      title: "Columns", lines: ["Enter switches one, Esc ends. What has no room is left out from the right."],
      choices: choices, focused: focused.flatMap { all.firstIndex(of: $0) } ?? 0)
  }
}

extension Update {
  /// A column is always shown, never, or comes and goes by itself, in turn.
  mutating func toggleColumn(_ column: RunsColumn) {
    let shown = RunsPane.columns(state).contains(column)
    switch state.runs.columns[column] {
    case nil: state.runs.columns[column] = !shown
    case true?: state.runs.columns[column] = false
    case false?: state.runs.columns[column] = nil
    }
    state.dialog = Dialogs.columns(state, focused: column)
  }

  /// `o`: by the column that `h` and `l` have chosen; again: the other way round.
  mutating func sortByColumn() {
    guard let column = state.runs.column else { return }
    perform(RunsAction.sortBy(column.sort))
  }
}
