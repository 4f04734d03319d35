import Messages
import Terminal

/// Groups of the runs' table, and folding them.
extension Update {
  mutating func group(by grouping: RunsTable.Grouping?) {
    state.runs.grouping = grouping
    state.runs.folded = []
    state.runs.group = nil
    guard grouping != nil else { return }
    // Groups are what was asked for: their rows are a key away.
    state.runs.folded = Set(state.runRows.groups.map(\.title))
    state.runs.group = (state.runRows.group(of: state.runs.selected) ?? state.runRows.groups.first)?.title
    state.say("Enter unfolds a group, w all of them")
  }

  /// The group of the cursor opens or shuts.
  mutating func fold() {
    guard let group = state.selectedGroup else { return }
    if group.isFolded { state.runs.folded.remove(group.title) } else { state.runs.folded.insert(group.title) }
  }

  /// Every group shuts; where all are shut every one opens.
  mutating func foldAll() {
    let titles = Set(state.runRows.groups.map(\.title))
    state.runs.folded = state.runs.folded.isSuperset(of: titles) ? [] : titles
  }
}

extension Dialogs {
  static func groups(_ state: DashboardState) -> Dialog {
    let letters: [RunsTable.Grouping: Character] = [.study: "s", .data: "d", .combination: "c", .model: "m"]
    let all = RunsTable.Grouping.allCases
    return Dialog(
      title: "Group runs by",
      choices: [Dialog.Choice("n", "nothing", note: "one row a run", action: .runs(.groupBy(nil)))]
        + all.map { Dialog.Choice(letters[$0], $0.title, note: $0.about, action: .runs(.groupBy($0))) } + [.cancel],
      focused: state.runs.grouping.flatMap { all.firstIndex(of: $0) }.map { $0 + 1 } ?? 0)
  }
}
