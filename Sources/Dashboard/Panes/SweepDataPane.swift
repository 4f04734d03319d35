import Messages
import Terminal

/// The data sets of the study: which take part, and how long each will take.
package enum SweepDataPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let focused = state.focusedPane == .sweepData
    let choices = state.studyChoices
    let chosen = Set(state.studyData.map(\.reference))
    let rows = max(1, rect.height - 3)
    let top = scrollTop(selected: state.sweep.dataRow, rows: rows, count: choices.count)
    let inner = canvas.pane(
      .sweepData, state, in: rect, note: "\(chosen.count) of \(choices.count)", footerNote: footer(state))
    let timeX = inner.right - 7
    canvas.put("est. time", endingAt: inner.right, y: inner.y, style: .dim)
    for index in top..<min(choices.count, top + rows) {
      let data = choices[index]
      let y = inner.y + 1 + index - top
      let isIn = chosen.contains(data.reference)
      let isCursor = index == state.sweep.dataRow && focused
      func shade(_ style: Style) -> Style { isCursor ? style.selected : style }
      if isCursor {
        canvas.fill(Rect(x: inner.x, y: y, width: inner.width, height: 1), " ", Style.plain.selected)
        canvas.put(String(state.glyphs.pointer), x: inner.x - 1, y: y, style: Style(.focus))
      }
      canvas.put(isIn ? "[x]" : "[ ]", x: inner.x, y: y, style: shade(isIn ? Style(.ok) : .dim))
      canvas.put(
        data.name.truncated(toColumns: timeX - inner.x - 5, ellipsis: state.glyphs.ellipsis), x: inner.x + 4, y: y,
        style: shade(isIn ? .plain : .dim))
      guard isIn else { continue }
      let totals = state.sweepTotals(of: data.reference)
      let time = totals.toDo == 0 && totals.wanted > 0 ? "done" : totals.seconds.map { NumberFormat.duration($0) }
      canvas.put(time ?? String(state.glyphs.dash), endingAt: inner.right, y: y, style: shade(.plain))
    }
  }

  /// How many runs of the data set under the cursor go at once, and why.
  private static func footer(_ state: DashboardState) -> String? {
    let choices = state.studyChoices
    guard choices.indices.contains(state.sweep.dataRow) else { return nil }
    let reference = choices[state.sweep.dataRow].reference
    guard let way = state.sweepEstimate.value?.ways.first(where: { $0.data == reference }),
      let alone = way.tokensPerSecondInTurn, let together = way.tokensPerSecondAtOnce, let atOnce = way.atOnce
    else { return nil }
    return "1: \(NumberFormat.grouped(Int(alone))) · \(atOnce): \(NumberFormat.grouped(Int(together))) tok/s"
  }
}
