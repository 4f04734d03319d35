import Messages
import Recipe
import Terminal

/// What can be done on the setup form, the checklist and the list of sets; the form's keys serve the options of a sweep too.
package enum SetupAction: Hashable, Sendable {
  case toggleModule, allModules, unfold, fold, editLayers
  case choose(Int)
  case step(Int)
  case resetField, edit, useSet, previewData, probe
  // What dialogs choose.
  case browse(FolderListing.Purpose)

  var name: String? {
    switch self {
    case .toggleModule: "toggle"
    case .allModules: "all"
    case .unfold: "unfold"
    case .fold: "fold"
    case .editLayers: "layers"
    case .choose(let step): step > 0 ? "next-choice" : "previous-choice"
    case .step(let step): step > 0 ? "step-up" : "step-down"
    case .resetField: "reset"
    case .edit: "edit"
    case .useSet: "use-set"
    case .previewData: "examples"
    case .probe: "probe"
    case .browse: nil
    }
  }
}

extension Update {
  mutating func perform(_ action: SetupAction) {
    switch action {
    case .toggleModule:
      let set = state.checklist.cursor.set
      if state.setup.targets.contains(set) {
        state.setup.targets.subtract(set)
      } else {
        state.setup.targets.formUnion(set)
      }
    case .allModules:
      // The tower is no part of all: its tick stays as it is.
      let tower = state.setup.targets.intersection(.vision)
      state.setup.targets.subtract(.vision)
      state.setup.targets = (state.setup.targets == .all ? Targets() : .all).union(tower)
    case .unfold: state.checklist.unfold()
    case .fold: state.checklist.fold()
    case .editLayers:
      let set = state.checklist.cursor.set
      state.field = FieldEdit(.layers(set), text: state.setup.layersText(of: set) ?? "")
    case .choose(let step): choose(step)
    case .step(let step): self.step(step)
    case .resetField: resetField()
    case .edit: edit()
    case .useSet:
      let sets = ParameterBars.sets(state)
      if sets.indices.contains(state.parametersRow) { use(sets[state.parametersRow]) }
    case .browse(let purpose): browse(purpose)
    case .probe: openProbe()
    case .previewData: if let data = state.snapshot.data?.reference { preview(data, isCandidate: false) }
    }
  }

  /// `h` and `l`: the neighbour in the row, or the next choice where the field is a list of choices.
  private mutating func choose(_ step: Int) {
    guard state.focusedPane == .setup else { return chooseSweep(step) }
    let field = state.setupField
    guard let row = SetupField.rows.first(where: { $0.contains(field) }), let index = row.firstIndex(of: field) else {
      return
    }
    if row.count == 1 { return edit() }
    state.setupField = row[min(max(0, index + step), row.count - 1)]
  }

  private mutating func step(_ direction: Int) {
    guard state.focusedPane == .setup else { return stepSweep(direction) }
    if [.precision, .scoring].contains(state.setupField), state.setup.settings.engine != .peft,
      let missing = state.snapshot.engine.missingForBF16
    {
      return state.say("bf16 needs \(missing)")
    }
    if refusesPEFTField() { return }
    state.setupField.stepped(direction, &state.setup)
    state.setup.touched.insert(state.setupField)
  }

  /// Where PEFT computes is of no use with lorascope's own engine.
  private mutating func refusesPEFTField() -> Bool {
    let field = state.setupField
    guard SetupField.ofPEFT.contains(field), state.setup.settings.engine != .peft else { return false }
    state.say("\(field.label) is of the engine peft: choose that in the field engine first")
    return true
  }

  private mutating func resetField() {
    guard state.focusedPane == .setup else { return resetSweep() }
    let field = state.setupField
    if field == .model || field == .data { return goBackToBuiltin(field) }
    if field == .seeds { state.setup.seeds = [0] }
    state.setup.touched.remove(field)
    field.copy(from: state.snapshot.data?.recommendedSettings ?? RunSettings(), to: &state.setup.settings)
    guard field == .engine else { return }
    for field in SetupField.ofPEFT {
      state.setup.touched.remove(field)
      field.copy(from: RunSettings(), to: &state.setup.settings)
    }
  }

  /// The embedded base and its first task; with all settings where Setup began with those of a run.
  private mutating func goBackToBuiltin(_ field: SetupField) {
    let hasOrigin = state.setup.origin != nil
    if hasOrigin { state.setup.beginAnew() }
    if field == .model || hasOrigin { send(.selectModel(.builtin)) }
    if field == .data || hasOrigin, let first = state.snapshot.availableData.first {
      send(.selectData(first.reference))
    }
  }

  private mutating func edit() {
    guard state.focusedPane == .setup else { return editSweep() }
    switch state.setupField {
    case .model: state.dialog = Dialogs.models(state)
    case .data: state.dialog = Dialogs.data(state)
    case .schedule, .adapter, .acting, .precision, .scoring, .engine, .device, .packing: step(1)
    case .python where refusesPEFTField(): break
    case .rank, .alpha, .learningRate, .ratio, .steps, .batch, .seeds, .length, .warmup, .dropout, .clip, .heldOut,
      .python:
      state.field = FieldEdit(.setup(state.setupField), text: state.setupField.text(state.setup))
    }
  }

  /// Puts a set into the checklist.
  mutating func use(_ targets: Targets) {
    state.setup.targets = targets
    state.say("checked: \(targets.label)")
  }
}
