import Messages
import Terminal

/// Adapter parameters of every combination at the present rank, as bars from a common zero.
package enum ParametersPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let sets = ParameterBars.sets(state)
    let rows = max(0, rect.height - 2)
    let focused = state.focusedPane == .parameters
    let checked = sets.firstIndex(of: state.setup.targets)
    let selected = focused ? min(state.parametersRow, sets.count - 1) : checked ?? 0
    let top = scrollTop(selected: selected, rows: rows, count: sets.count)
    let last = min(sets.count, top + rows)
    let inner = canvas.pane(
      .parameters, state, in: rect,
      note: "rank \(state.setup.settings.rank)\(state.setup.settings.useDoRA ? " · DoRA" : "")",
      footerNote: rows < sets.count ? "\(top + 1)-\(last)/\(sets.count)" : nil)
    let counts = state.snapshot.model == nil ? nil : sets.map { state.adapterParameters($0) ?? 0 }
    let most = Double(max(1, counts?.max() ?? 1))
    let showsShare = inner.width >= 40
    let barWidth = max(4, inner.width - 7 - 7 - (showsShare ? 8 : 0))
    for index in top..<last {
      let y = inner.y + index - top
      let isCursor = focused && index == selected
      let isChecked = index == checked
      func shade(_ style: Style) -> Style { isCursor ? style.selected : style }
      if isCursor { canvas.fill(Rect(x: inner.x, y: y, width: inner.width, height: 1), " ", Style.plain.selected) }
      if isCursor || (!focused && isChecked) {
        canvas.put(String(state.glyphs.pointer), x: inner.x - 1, y: y, style: Style(focused ? .focus : .fg))
      }
      canvas.put(
        state.code(sets[index]), x: inner.x, y: y, style: shade(isChecked ? Style(.title, bold: true) : .plain))
      guard let counts, let model = state.snapshot.model else {
        canvas.put("?", x: inner.x + 7, y: y, style: shade(.dim))
        continue
      }
      canvas.put(
        Bar.text(Double(counts[index]) / most, columns: barWidth, glyphs: state.glyphs), x: inner.x + 7, y: y,
        style: shade(Style(isChecked ? .focus : .dim)))
      canvas.put(
        NumberFormat.count(counts[index]).padded(toColumns: 6, right: true), x: inner.x + 7 + barWidth + 1, y: y,
        style: shade(isChecked ? Style(.fg, bold: true) : .plain))
      if showsShare {
        canvas.put(
          Figure.share(counts[index], of: model.parameterCount).padded(toColumns: 7, right: true),
          x: inner.x + 7 + barWidth + 8, y: y, style: shade(.dim))
      }
    }
  }
}
