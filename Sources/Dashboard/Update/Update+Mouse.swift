import Messages
import Terminal

/// The mouse: a click focuses and selects, the wheel moves in lists and zooms charts. Nothing depends on it.
extension Update {
  mutating func point(_ event: MouseEvent) {
    let layout = state.layout
    guard let pane = layout.pane(x: event.x, y: event.y) else { return }
    switch event.action {
    case .press:
      guard event.button == .left else { return }
      focus(pane)
      select(pane, x: event.x, y: event.y)
    case .wheelUp, .wheelDown:
      focus(pane)
      let direction = event.action == .wheelDown ? 1 : -1
      if pane.isCurveChart { perform(.chart(.zoom(-direction))) } else { move(direction) }
    case .release, .drag: return
    }
  }

  /// The row under the pointer becomes the selected one; on the selected row of Modules and Combinations the box toggles.
  private mutating func select(_ pane: Pane, x: Int, y: Int) {
    guard let rect = state.layout.rect(of: pane) else { return }
    switch pane {
    case .runs:
      let rows = state.runRows
      let shown = max(0, rect.height - 3)
      let selected = rows.line(of: state.runs) ?? 0
      let index = scrollTop(selected: selected, rows: shown, count: rows.lineCount) + y - rect.y - 2
      if y > rect.y + 1, (0..<rows.lineCount).contains(index) { setCursor(rows, line: index) }
    case .modules:
      let rows = state.checklist.rows
      let index = y - rect.y - 1
      guard rows.indices.contains(index), rows.count <= rect.height - 2 else { return }
      if state.checklist.cursor == rows[index] { perform(.setup(.toggleModule)) }
      state.checklist.cursor = rows[index]
    case .adviseCards:
      state.advise.card = AdviseCardsPane.card(at: x, in: rect) ?? state.advise.card
    case .setup, .parameters, .loss, .scatter, .compareLoss, .compareSettings, .compareResults, .compareSamples,
      .energy, .overview, .runLoss, .runGradient, .runRate, .runSpeed, .runMemory, .runLatency, .runEnergy,
      .runParameters, .runSamples, .sweepCombinations, .sweepOptions, .sweepData, .adviseRules,
      .adviseFindings, .adviseTradeoffs, .log:
      return
    }
  }
}
