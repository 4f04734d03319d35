import Messages
import Terminal

/// What can be done with runs, in their table and on the Run screen.
package enum RunsAction: Hashable, Sendable {
  case queue, pause, stop, delete, repeatRun, export, measureAgain
  case moveInQueue(earlier: Bool)
  case mark, range, unmarkAll, baseline, sort, open
  case sortByColumn, columns, chooseMatching, labels, group, foldAll
  case other(Int)
  // What a dialog chooses.
  case sortBy(RunsTable.Sort)
  case toggleColumn(RunsColumn)
  case groupBy(RunsTable.Grouping?)
  case editLabel(LabelField, [RunID])
  /// Asks for their number first.
  case deleteAll([RunID])

  var name: String? {
    switch self {
    case .queue: "queue"
    case .pause: "pause"
    case .stop: "stop"
    case .delete: "delete"
    case .repeatRun: "repeat"
    case .export: "export"
    case .measureAgain: "measure-again"
    case .moveInQueue(let earlier): earlier ? "earlier" : "later"
    case .mark: "mark"
    case .range: "range"
    case .unmarkAll: "unmark-all"
    case .baseline: "baseline"
    case .sort: "sort"
    case .open: "open"
    case .other(let step): step > 0 ? "next-run" : "previous-run"
    case .sortByColumn: "sort-by-column"
    case .columns: "columns"
    case .chooseMatching: "choose-matching"
    case .labels: "labels"
    case .group: "group"
    case .foldAll: "fold-all"
    case .sortBy, .toggleColumn, .editLabel, .deleteAll, .groupBy: nil
    }
  }
}

extension Update {
  mutating func perform(_ action: RunsAction) {
    switch action {
    case .queue: queue()
    case .pause:
      guard let run = target else { return }
      send(run.state == .paused ? .resume(run.id) : .pause(run.id))
    case .stop: if let run = target { state.dialog = Dialogs.stop(run) }
    case .delete: askToDelete()
    case .repeatRun: if let run = target { send(.repeatWithNextSeed(run.id)) }
    case .export:
      guard let run = target else { return }
      state.field = FieldEdit(.exportPath(run.id), text: exportPath(run))
    case .measureAgain: measureAgain()
    case .moveInQueue(let earlier): if let run = target { send(.move(run.id, earlier: earlier)) }
    case .mark: if let run = target { toggleMark(run.id) }
    case .range: rangeOfMarks()
    case .unmarkAll: for run in state.marks.runs { unmark(run) }
    case .baseline: if let run = state.runs.selected { setBaseline(run) }
    case .sort: state.dialog = Dialogs.sort(state)
    case .open where state.screen == .main && state.focusedPane == .runs && state.selectedGroup != nil: fold()
    case .open:
      guard let run = target else { return }
      show(.run)
      state.run.run = run.id
    case .other(let step):
      let rows = state.runRows
      guard !rows.isEmpty else { return }
      let index = rows.row(of: state.run.run) ?? 0
      let next = rows[(index + step + rows.count) % rows.count]
      let charts = state.run.charts
      state.run = RunView()
      state.run.charts = charts
      state.run.run = next.id
      state.runs.selected = next.id
      state.runs.group = nil
    case .sortByColumn: sortByColumn()
    case .columns: state.dialog = Dialogs.columns(state, focused: state.runs.column)
    case .chooseMatching: chooseMatching()
    case .labels: labelMenu()
    case .group: state.dialog = Dialogs.groups(state)
    case .groupBy(let grouping): group(by: grouping)
    case .foldAll: foldAll()
    case .toggleColumn(let column): toggleColumn(column)
    case .editLabel(let field, let runs): editLabel(field, runs)
    case .deleteAll(let runs): state.field = FieldEdit(.deletion(runs), text: "")
    case .sortBy(let sort):
      state.runs.isReversed = state.runs.sort == sort ? !state.runs.isReversed : false
      state.runs.sort = sort
    }
  }

  /// The run of the cursor; where it is one of several marked ones, or others were measured on a busy machine, which of them is
  /// asked. A run that is to be measured, or is being measured, is left as it is.
  private mutating func measureAgain() {
    let run = target
    if let run, run.remeasuring != nil { return send(.keepLatency([run.id])) }
    let own = run.flatMap { $0.whyNotMeasuredAgain == nil ? $0.id : nil }
    let marked = state.markedRuns.filter { $0.whyNotMeasuredAgain == nil }.map(\.id)
    let busy = state.overview.busy
    var choices: [Dialog.Choice] = []
    if let own { choices.append(Dialog.Choice("r", "This run, #\(own)", action: .send(.measureLatency([own])))) }
    if marked.count > 1 {
      choices.append(Dialog.Choice("m", "The \(marked.count) marked runs", action: .send(.measureLatency(marked))))
    }
    if !busy.isEmpty, busy != [own].compactMap({ $0 }) {
      choices.append(
        Dialog.Choice(
          "b", busy.count == 1 ? "#\(busy[0]), measured on a busy machine" : "All \(busy.count) of a busy machine",
          action: .send(.measureLatency(busy))))
    }
    if choices.count == 1, let action = choices[0].action, own != nil { return perform(action) }
    state.dialog = Dialog(
      title: "Measure TPOT again", lines: ["In turn with the base, as soon as nothing trains; what is better is kept."],
      choices: choices + [.cancel])
  }

  /// The run that an action is about: the shown one on the Run screen, the selected one elsewhere.
  private var target: RunSummary? { state.screen == .run ? state.shownRun : state.selectedRun }

  /// A folder in the directory that lorascope was started in.
  private func exportPath(_ run: RunSummary) -> String {
    Path.abbreviated(
      Path.expanded("\(run.plan.data.displayName)-\(run.plan.targets.label)-seed\(run.plan.settings.seed)"))
  }

  /// Queues the first seed of the setup that has no run yet.
  private mutating func queue() {
    guard let model = state.snapshot.model?.reference else {
      return state.say("no model is chosen: 1 goes to Setup", .warning)
    }
    guard let data = state.snapshot.data?.reference else {
      return state.say("no dataset is chosen: 1 goes to Setup", .warning)
    }
    guard let seed = state.seedsLeft.first,
      let plan = state.setup.plan(seed: seed, model: model, data: data)
    else {
      return state.say("every seed of this setup has its run: add seeds in Setup, or r repeats a run", .warning)
    }
    send(.queue(plan))
  }

  private mutating func toggleMark(_ run: RunID) {
    if state.marks.contains(run) { unmark(run) } else { mark(run) }
  }

  mutating func mark(_ run: RunID) {
    state.handled.insert(run)
    giveWay(to: run)
    switch state.marks.mark(run, preferred: state.snapshot.run(run)?.seriesSlot) {
    case .full: state.say("\(Marks.most) runs are marked: unmark one first", .warning)
    case .unmarked: break
    case .marked(let slot, let moved):
      if state.readOnlyReason == nil { send(.setSeriesSlot(run, slot)) }
      if moved { state.say("#\(run) is now \(state.glyphs.marker(slot)): its old colour is in use") }
    }
  }

  /// Where all slots are taken the oldest run that was marked by itself leaves its own: a sweep does not take a person's marks.
  private mutating func giveWay(to run: RunID) {
    state.markedUnasked.removeAll { $0 == run || !state.marks.contains($0) }
    guard !state.marks.contains(run), state.marks.runs.count >= Marks.most, let oldest = state.markedUnasked.first
    else { return }
    unmark(oldest)
    state.say("#\(oldest), which was marked by itself, gave way")
  }

  mutating func unmark(_ run: RunID) {
    state.markedUnasked.removeAll { $0 == run }
    state.handled.insert(run)
    state.marks.unmark(run)
    if state.readOnlyReason == nil { send(.setSeriesSlot(run, nil)) }
  }

  /// `v`: the first press starts a range at the cursor, the second marks it.
  private mutating func rangeOfMarks() {
    guard let selected = state.runs.selected else { return }
    guard let start = state.runs.rangeStart else {
      state.runs.rangeStart = selected
      return state.say("range of marks from #\(selected): move, then v again; Esc gives up")
    }
    state.runs.rangeStart = nil
    let rows = state.runRows.ids
    guard let a = rows.firstIndex(of: start), let b = rows.firstIndex(of: selected) else { return }
    for run in rows[min(a, b)...max(a, b)] where !state.marks.contains(run) { mark(run) }
  }
}

extension DashboardState {
  /// Seeds of the setup that have no run yet that is waiting, under way or finished.
  package var seedsLeft: [UInt64] { setupFacts.seedsLeft }
}
