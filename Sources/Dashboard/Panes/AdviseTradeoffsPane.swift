import Messages
import Terminal

/// The overheads that the article expects beside those that were measured here.
package enum AdviseTradeoffsPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let focused = state.focusedPane == .adviseTradeoffs
    let rows = max(1, rect.height - 3)
    let tradeoffs = state.advise.advice?.tradeoffs ?? []
    let top = scrollTop(selected: state.advise.tradeoff, rows: rows, count: tradeoffs.count)
    let inner = canvas.pane(
      .adviseTradeoffs, state, in: rect, note: "TPOT over the base, %",
      footerNote: rows < tradeoffs.count ? "\(top + 1)-\(min(tradeoffs.count, top + rows))/\(tradeoffs.count)" : nil)
    guard !tradeoffs.isEmpty else { return }
    let measured = tradeoffs.map { row in row.measuredOverhead.map { Figure.overhead($0, glyphs: state.glyphs) } }
    let widest = measured.compactMap { $0.map(CharacterWidth.columns) }.max() ?? 0
    let columns = [7, 12, max(12, widest + 1)]
    canvas.put("set", x: inner.x, y: inner.y, style: .dim)
    canvas.put("expected", x: inner.x + columns[0], y: inner.y, style: Style(.published))
    canvas.put("measured", x: inner.x + columns[0] + columns[1], y: inner.y, style: .dim)
    for index in top..<min(tradeoffs.count, top + rows) {
      let row = tradeoffs[index]
      let y = inner.y + 1 + index - top
      let isCursor = index == state.advise.tradeoff && focused
      func shade(_ style: Style) -> Style { isCursor ? style.selected : style }
      if isCursor { canvas.fill(Rect(x: inner.x, y: y, width: inner.width, height: 1), " ", Style.plain.selected) }
      canvas.put(state.code(row.targets), x: inner.x, y: y, style: shade(.plain))
      let expected = row.expectedOverhead.map {
        "+\(NumberFormat.fixed($0.lowerBound, 0)) to +\(NumberFormat.fixed($0.upperBound, 0))"
      }
      canvas.put(
        expected ?? row.expectedLatency, x: inner.x + columns[0], y: y, style: shade(Style(.published)),
        maxWidth: columns[1] - 1)
      canvas.put(
        measured[index] ?? String(state.glyphs.dash), x: inner.x + columns[0] + columns[1], y: y, style: shade(.plain),
        maxWidth: columns[2] - 1)
      canvas.put(
        row.verdict.rawValue, x: inner.x + columns.reduce(0, +), y: y, style: shade(style(row.verdict)),
        maxWidth: inner.width - columns.reduce(0, +))
    }
  }

  private static func style(_ verdict: ExpectedTradeoff.Verdict) -> Style {
    switch verdict {
    case .asExpected: Style(.ok)
    case .above, .measuredBusy: Style(.warn)
    case .below: Style(.live)
    case .cannotTell, .notMeasured, .noRange: .dim
    }
  }
}
