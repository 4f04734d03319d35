import Messages
import Recipe
import Terminal

/// A text field under edit: where it is, what it holds, and what is wrong with it.
package struct FieldEdit: Sendable, Equatable {
  package enum Purpose: Hashable, Sendable {
    case setup(SetupField)
    case sweepSeeds, sweepEvaluation, sweepBudget, sweepLatency, sweepFleet, sweepMinutes
    case margin, hardBelow
    /// Adapters in a batch; empty for none.
    case fleetSize
    /// Points that pruning this run may cost.
    case pruneTolerance(RunID)
    /// A prompt that is put to these runs' adapters.
    case question([RunID])
    case reportPath
    case configurationPath(ConfigurationTool)
    case runsFilter, logFilter, helpFilter
    case command
    case exportPath(RunID)
    case label(LabelField, [RunID])
    /// How many runs these are, as a person has to say before they go.
    case deletion([RunID])
    case layers(Targets)
  }

  package var purpose: Purpose
  package var field: TextField
  package var message: String?

  package init(_ purpose: Purpose, text: String) {
    self.purpose = purpose
    field = TextField(text)
  }

  /// Fields of the status row have a prompt; the others are edited at their place.
  package var prompt: String? {
    switch purpose {
    case .setup, .sweepSeeds, .sweepEvaluation, .sweepBudget, .sweepLatency, .sweepFleet, .sweepMinutes, .command: nil
    case .margin: "points that a faster combination may be worse: "
    case .hardBelow: "a data set is hard where the base scores under, percent: "
    case .fleetSize: "adapters in a batch, empty for one sequence's latency: "
    case .pruneTolerance(let run): "points of #\(run)'s score that may be lost: "
    case .question(let runs): "prompt for \(runs.map { "#\($0)" }.joined(separator: " ")): "
    case .reportPath: "report folder: "
    case .configurationPath(let tool): "\(tool.displayName) configuration: "
    case .runsFilter, .logFilter, .helpFilter: "/"
    case .layers(let set): "layers of \(set.label), empty for all: "
    case .exportPath(let run): "#\(run) as PEFT folder: "
    case .label(let field, let runs): "\(field.prompt) \(runs.count == 1 ? "#\(runs[0])" : "\(runs.count) runs"): "
    case .deletion(let runs): "type \(runs.count) to delete \(runs.count) runs: "
    }
  }
}

/// Keys while a dialog, a text field or help is open: it takes all of them.
extension Update {
  // MARK: Dialogs

  mutating func pressInDialog(_ key: Key) {
    guard var dialog = state.dialog else { return }
    let count = dialog.choices.count
    switch key {
    case .escape, .character("q"):
      state.dialog = nil
      if let original = dialog.original { perform(original) }
    case .enter, .space: choose(dialog.choices[dialog.focused])
    case .tab, .down, .right, .character("j"), .character("l"): move(&dialog, (dialog.focused + 1) % count)
    case .backTab, .up, .left, .character("k"), .character("h"): move(&dialog, (dialog.focused + count - 1) % count)
    case .home, .character("g"): move(&dialog, 0)
    case .end, .character("G"): move(&dialog, count - 1)
    case .character(let letter):
      if let choice = dialog.choices.first(where: { $0.letter == letter }) { choose(choice) }
    case .mouse(let event): point(event, &dialog)
    default: return
    }
  }

  /// A click chooses, the wheel moves; a click beside the dialog does nothing, since it may be a slip.
  private mutating func point(_ event: MouseEvent, _ dialog: inout Dialog) {
    switch event.action {
    case .press:
      let whole = Rect(x: 0, y: 0, width: state.size.columns, height: state.size.rows)
      guard event.button == .left,
        let index = DialogBox.choice(x: event.x, y: event.y, dialog, in: whole)
      else { return }
      // A choice that shows itself is looked at first, and taken with a second click.
      if dialog.original != nil, index != dialog.focused { return move(&dialog, index) }
      choose(dialog.choices[index])
    case .wheelDown: move(&dialog, min(dialog.focused + 1, dialog.choices.count - 1))
    case .wheelUp: move(&dialog, max(dialog.focused - 1, 0))
    case .release, .drag: return
    }
  }

  private mutating func move(_ dialog: inout Dialog, _ index: Int) {
    dialog.focused = index
    state.dialog = dialog
    if dialog.original != nil, let action = dialog.choices[index].action { perform(action) }
  }

  private mutating func choose(_ choice: Dialog.Choice) {
    let original = state.dialog?.original
    state.dialog = nil
    if let action = choice.action { perform(action) } else if let original { perform(original) }
  }

  // MARK: Help

  mutating func pressInHelp(_ key: Key) {
    guard var help = state.help else { return }
    let page = max(1, HelpPane.rows(state) - 1)
    switch key {
    case .escape, .character("q"), .character("?"):
      state.help = nil
      return
    case .character("/"):
      state.field = FieldEdit(.helpFilter, text: help.filter)
      return
    case .character("j"), .down: help.top += 1
    case .character("k"), .up: help.top -= 1
    case .pageDown, .control("f"), .space: help.top += page
    case .pageUp, .control("b"): help.top -= page
    case .mouse(let event):
      switch event.action {
      case .wheelDown: help.top += 3
      case .wheelUp: help.top -= 3
      case .press, .release, .drag: return
      }
    case .character("g"), .home: help.top = 0
    case .character("G"), .end: help.top = Int.max / 2
    default: return
    }
    help.top = min(max(0, help.top), max(0, HelpPane.lineCount(state, keymap: keymap) - HelpPane.rows(state)))
    state.help = help
  }

  // MARK: Text fields

  mutating func pressInField(_ key: Key) {
    guard var edit = state.field else { return }
    if edit.purpose == .command { return pressInPalette(key) }
    switch edit.field.handle(key) {
    case .cancelled:
      state.field = nil
      revert(edit.purpose)
    case .accepted:
      edit.message = accept(edit.purpose, edit.field.text)
      state.field = edit.message == nil ? nil : edit
    case .edited:
      edit.message = check(edit.purpose, edit.field.text)
      state.field = edit
    case .complete where edit.purpose == .runsFilter:
      completeFilter(&edit)
      state.field = edit
    case .complete, .ignored: break
    }
  }

  /// What is wrong with the text so far; filters take effect as they are typed.
  private mutating func check(_ purpose: FieldEdit.Purpose, _ text: String) -> String? {
    switch purpose {
    case .setup(let field):
      var copy = state.setup
      return field.set(text, in: &copy)
    case .sweepSeeds:
      var copy = state.setup
      return SetupField.seeds.set(text, in: &copy)
    case .sweepEvaluation: return evaluationExamples(text) == nil ? Self.evaluationWords : nil
    case .sweepBudget: return budget(text) == nil ? Self.budgetWords : nil
    case .sweepLatency:
      return SweepView.budget(text, TrainingLimits.latencyBudgets) == nil ? SweepView.latencyWords : nil
    case .sweepFleet: return SweepView.fleet(text) == nil ? SweepView.fleetWords : nil
    case .sweepMinutes: return SweepView.budget(text, TrainingLimits.minutes) == nil ? SweepView.minutesWords : nil
    case .margin: return number(text, 0...100) == nil ? "points from 0 to 100" : nil
    case .hardBelow: return number(text, 0...100) == nil ? "percent from 0 to 100" : nil
    case .fleetSize: return text.trimmed.isEmpty || fleetSize(text) != nil ? nil : Self.fleetWords
    case .pruneTolerance: return number(text, Pruning.tolerances) == nil ? Self.toleranceWords : nil
    case .runsFilter:
      state.runs.filter = text
      return RunFilter.reading(text).problem?.line
    case .logFilter: state.log.filter = text
    case .helpFilter:
      state.help?.filter = text
      state.help?.top = 0
    case .layers(let set):
      var copy = state.setup
      return copy.setLayers(text, of: set, count: state.layerCount(of: set))
    case .label(let field, _): return field.problem(text)
    case .deletion(let runs): return Self.deletionProblem(runs, text)
    case .command, .exportPath, .reportPath, .configurationPath, .question: break
    }
    return nil
  }

  private mutating func accept(_ purpose: FieldEdit.Purpose, _ text: String) -> String? {
    switch purpose {
    case .setup(let field):
      let message = field.set(text, in: &state.setup)
      if message == nil { state.setup.touched.insert(field) }
      return message
    case .sweepSeeds: return SetupField.seeds.set(text, in: &state.setup)
    case .sweepEvaluation:
      guard let count = evaluationExamples(text) else { return Self.evaluationWords }
      setEvaluation(count)
    case .sweepBudget:
      guard let budget = budget(text) else { return Self.budgetWords }
      state.sweep.parameterBudget = budget
    case .sweepLatency:
      guard let percent = SweepView.budget(text, TrainingLimits.latencyBudgets) else { return SweepView.latencyWords }
      state.sweep.latencyBudget = percent
    case .sweepFleet:
      guard let fleet = SweepView.fleet(text) else { return SweepView.fleetWords }
      state.sweep.fleet = fleet
    case .sweepMinutes:
      guard let minutes = SweepView.budget(text, TrainingLimits.minutes) else { return SweepView.minutesWords }
      state.sweep.minutesBudget = minutes
    case .margin:
      guard let margin = number(text, 0...100) else { return "points from 0 to 100" }
      state.advise.options.margin = margin
    case .hardBelow:
      guard let percent = number(text, 0...100) else { return "percent from 0 to 100" }
      state.advise.options.hardBelow = percent
    case .fleetSize:
      guard text.trimmed.isEmpty || fleetSize(text) != nil else { return Self.fleetWords }
      state.advise.options.fleet = fleetSize(text)
      state.say(AdviseView.fleetWords(state.advise.options.fleet))
    case .pruneTolerance(let id):
      guard let points = number(text, Pruning.tolerances) else { return Self.toleranceWords }
      state.runs.pruneTolerance = points
      if let run = state.snapshot.run(id) { state.dialog = Dialogs.prune(run, state) }
    case .question(let runs): return ask(runs, text)
    case .reportPath:
      if text.trimmed.isEmpty { return "a new folder for the report" }
      writeReport(text.trimmed)
    case .configurationPath(let tool):
      if text.trimmed.isEmpty { return "a file for the configuration" }
      writeConfiguration(tool, text.trimmed)
    case .runsFilter, .logFilter, .helpFilter: return check(purpose, text)
    case .label(let field, let runs): return writeLabel(field, runs, text)
    case .deletion(let runs):
      guard text.trimmed == "\(runs.count)" else { return "\(runs.count), or Esc, which deletes nothing" }
      send(.delete(runs))
    // The palette performs it.
    case .command: break
    case .layers(let set): return state.setup.setLayers(text, of: set, count: state.layerCount(of: set))
    case .exportPath(let run):
      let path = text.trimmed
      if path.isEmpty { return "a new folder, for adapter_config.json and adapter_model.safetensors" }
      send(.export(run, path: Path.expanded(path), replace: false))
    }
    return nil
  }

  /// Of a number that is typed so far: what begins like the right one may become it.
  private static func deletionProblem(_ runs: [RunID], _ text: String) -> String? {
    "\(runs.count)".hasPrefix(text.trimmed) ? nil : "these are \(runs.count) runs; Esc deletes nothing"
  }

  private static let fleetWords = "a whole number from 1 to 16, or nothing"
  private static let toleranceWords = "points from 0.1 to 100"

  /// What one step of a decoder streams weights for at most is 16 sequences.
  private func fleetSize(_ text: String) -> Int? { Int(text.trimmed).flatMap { (1...16).contains($0) ? $0 : nil } }

  private static let budgetWords = "a whole number of parameters \(TrainingLimits.budgets.words)"
  private static let evaluationWords = "a whole number \(TrainingLimits.counts.words)"

  private func evaluationExamples(_ text: String) -> Int? {
    Int(text.trimmed).flatMap { TrainingLimits.counts.contains($0) ? $0 : nil }
  }

  private func budget(_ text: String) -> Int? {
    Int(text.trimmed.filter { $0 != " " && $0 != "_" }).flatMap { TrainingLimits.budgets.contains($0) ? $0 : nil }
  }

  private func number(_ text: String, _ range: ClosedRange<Double>) -> Double? {
    Double(text.trimmed).flatMap { range.contains($0) ? $0 : nil }
  }

  /// `Esc` in a filter takes the filter away.
  private mutating func revert(_ purpose: FieldEdit.Purpose) {
    switch purpose {
    case .runsFilter: state.runs.filter = ""
    case .logFilter: state.log.filter = ""
    case .helpFilter: state.help?.filter = ""
    case .setup, .sweepSeeds, .sweepEvaluation, .sweepBudget, .sweepLatency, .sweepFleet, .sweepMinutes, .margin,
      .hardBelow,
      .fleetSize, .pruneTolerance, .question, .reportPath, .configurationPath, .command, .exportPath, .label, .deletion,
      .layers:
      return
    }
  }
}
