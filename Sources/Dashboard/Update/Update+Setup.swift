import Messages
import Recipe
import Terminal

/// Actions on the setup form, the checklist and the list of sets.
extension Update {
  mutating func performOnSetup(_ action: Action) {
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
      state.setup.targets = (state.setup.targets == .all ? TargetSet() : .all).union(tower)
    case .unfold: state.checklist.unfold()
    case .fold: state.checklist.fold()
    case .editLayers:
      let set = state.checklist.cursor.set
      state.field = FieldEdit(.layers(set), text: state.setup.layersText(of: set) ?? "")
    case .choose(let step): choose(step)
    case .step(let step): self.step(step)
    case .resetField: resetField()
    case .edit: edit()
    case .useSet: useSet()
    case .useModel(let model): send(.selectModel(model))
    case .useData(let data): send(.selectData(data))
    case .browse(let purpose): browse(purpose)
    case .previewData: if let data = state.snapshot.data?.reference { preview(data, isCandidate: false) }
    default: break
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
    if state.setupField == .precision, let missing = state.snapshot.engine.missingForBF16 {
      return state.say("bf16 needs \(missing)")
    }
    state.setupField.stepped(direction, &state.setup)
    state.setup.touched.insert(state.setupField)
  }

  private mutating func resetField() {
    guard state.focusedPane == .setup else { return resetSweep() }
    let field = state.setupField
    if field == .seeds { state.setup.seeds = [0] }
    state.setup.touched.remove(field)
    field.copy(from: state.snapshot.data?.recommendedSettings ?? RunSettings(), to: &state.setup.settings)
  }

  private mutating func edit() {
    guard state.focusedPane == .setup else { return editSweep() }
    switch state.setupField {
    case .model: state.dialog = Dialogs.models(state)
    case .data: state.dialog = Dialogs.data(state)
    case .schedule, .adapter, .precision: step(1)
    default: state.field = FieldEdit(.setup(state.setupField), text: state.setupField.text(state.setup))
    }
  }

  /// Puts the set under the cursor of Parameters, or the inspected point, into the checklist.
  private mutating func useSet() {
    let targets: TargetSet
    if state.focusedPane == .scatter {
      let points = state.scatterPoints.points
      guard let index = state.scatter.inspected, points.indices.contains(index) else { return }
      targets = points[index].targets
    } else {
      let sets = ParameterBars.sets(state)
      guard sets.indices.contains(state.parametersRow) else { return }
      targets = sets[state.parametersRow]
    }
    state.setup.targets = targets
    state.say("checked: \(targets.label)")
  }
}
