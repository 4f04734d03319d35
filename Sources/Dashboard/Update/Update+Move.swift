import Messages
import Terminal

/// Moving the cursor of the focused list or form.
extension Update {
  mutating func move(_ rows: Int) {
    switch state.focusedPane {
    case .setup: moveInSetup(rows)
    case .modules:
      let all = state.checklist.rows
      state.checklist.cursor = all[clamp(state.checklist.index + rows, all.count)]
    case .parameters:
      state.parametersRow = clamp(state.parametersRow + rows, ParameterBars.sets(state).count)
    case .runs:
      let ids = state.runRows.map(\.id)
      guard !ids.isEmpty else { return }
      let index = state.runs.selected.flatMap { ids.firstIndex(of: $0) } ?? 0
      state.runs.selected = ids[clamp(index + rows, ids.count)]
    case .compareSettings:
      let count = state.compare.comparison?.settings.count ?? 0
      state.compare.settingsTop = clamp(state.compare.settingsTop + rows, count)
    case .compareResults:
      let ids = state.compare.comparison?.rows.map(\.run.id) ?? []
      guard !ids.isEmpty else { return }
      let index = state.compare.selected.flatMap { ids.firstIndex(of: $0) } ?? 0
      state.compare.selected = ids[clamp(index + rows, ids.count)]
    case .sweepCombinations:
      let sets = state.plannedSets
      let index = sets.firstIndex(of: state.sweep.selected) ?? 0
      state.sweep.selected = sets[clamp(index + rows, sets.count)]
    case .sweepOptions:
      let fields = SweepView.Field.allCases
      let index = fields.firstIndex(of: state.sweep.field) ?? 0
      state.sweep.field = fields[clamp(index + rows, fields.count)]
    case .sweepData: state.sweep.dataRow = clamp(state.sweep.dataRow + rows, state.studyChoices.count)
    case .adviseFindings:
      state.advise.finding = clamp(state.advise.finding + rows, state.advise.advice?.findings.count ?? 0)
    case .adviseTradeoffs:
      state.advise.tradeoff = clamp(state.advise.tradeoff + rows, state.advise.advice?.tradeoffs.count ?? 0)
    case .adviseRules: state.advise.rulesTop = clamp(state.advise.rulesTop + rows, AdviseRulesPane.lineCount(state))
    case .log:
      let count = state.log.shown.count
      state.log.selected = clamp(state.log.selected + rows, count)
      state.log.follows = state.log.selected == count - 1
    default: break
    }
  }

  /// One row up or down in the same column of the form.
  private mutating func moveInSetup(_ step: Int) {
    let rows = SetupField.rows
    guard let row = rows.firstIndex(where: { $0.contains(state.setupField) }),
      let column = rows[row].firstIndex(of: state.setupField)
    else { return }
    let next = rows[clamp(row + step, rows.count)]
    state.setupField = next[min(column, next.count - 1)]
  }

  private func clamp(_ value: Int, _ count: Int) -> Int { min(max(0, value), max(0, count - 1)) }
}
