import Messages
import Terminal

/// The article's five findings, recomputed from the published figures and from a person's own.
package enum AdviseFindingsPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let focused = state.focusedPane == .adviseFindings
    let inner = canvas.pane(.adviseFindings, state, in: rect, footerNote: focused ? "j k finding" : nil)
    guard let advice = state.advise.advice, !advice.findings.isEmpty else { return }
    let isOwn = advice.origin == .measured
    let column = 17
    let claimWidth = max(10, inner.width - 2 - column * (isOwn ? 2 : 1))
    canvas.put("published", x: inner.x + 2 + claimWidth, y: inner.y, style: Style(.published), maxWidth: column)
    if isOwn { canvas.put("here", x: inner.x + 2 + claimWidth + column, y: inner.y, style: .dim, maxWidth: column) }
    // Where there is little room the list moves under its cursor, and the statements keep some rows.
    let rows = min(advice.findings.count, max(1, (inner.height - 1) * 3 / 5))
    let top = scrollTop(selected: state.advise.finding, rows: rows, count: advice.findings.count)
    for index in top..<min(advice.findings.count, top + rows) {
      let y = inner.y + 1 + index - top
      let finding = advice.findings[index]
      let isCursor = index == state.advise.finding
      func shade(_ style: Style) -> Style { isCursor && focused ? style.selected : style }
      if isCursor && focused {
        canvas.fill(Rect(x: inner.x, y: y, width: inner.width, height: 1), " ", Style.plain.selected)
      }
      canvas.put("\(finding.number)", x: inner.x, y: y, style: shade(isCursor ? Style(.focus) : .dim))
      canvas.put(
        finding.claim.truncated(toColumns: claimWidth - 1, ellipsis: state.glyphs.ellipsis), x: inner.x + 2, y: y,
        style: shade(.plain))
      if advice.publishedFindings.indices.contains(index) {
        canvas.put(
          advice.publishedFindings[index].verdict.rawValue, x: inner.x + 2 + claimWidth, y: y,
          style: shade(Style(.published)), maxWidth: column)
      }
      if isOwn {
        canvas.put(
          finding.verdict.rawValue, x: inner.x + 2 + claimWidth + column, y: y, style: shade(style(finding.verdict)),
          maxWidth: column)
      }
    }
    let rest = Rect(x: inner.x, y: inner.y + 1 + rows, width: inner.width, height: inner.height - 1 - rows)
    statements(advice, state, in: rest, on: &canvas)
  }

  private static func style(_ verdict: Finding.Verdict) -> Style {
    switch verdict {
    case .borneOut: Style(.ok)
    case .partly: Style(.warn)
    case .notBorneOut: Style(.bad)
    case .cannotTell: .dim
    }
  }

  /// What the figures say of the finding under the cursor: the person's own first.
  private static func statements(_ advice: Advice, _ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    guard rect.height > 1 else { return }
    canvas.rule(rect, y: rect.y, glyphs: state.glyphs)
    let index = state.advise.finding
    var lines: [(String, Style)] = []
    if advice.origin == .measured, advice.findings.indices.contains(index) {
      let finding = advice.findings[index]
      let stop = finding.statement.hasSuffix(".") ? "" : "."
      let missing = finding.missing.isEmpty ? "" : "\(stop) Missing: \(finding.missing.joined(separator: "; "))."
      lines += Wrap.lines("here: \(finding.statement)\(missing)", columns: rect.width).map { ($0, .plain) }
    }
    if advice.publishedFindings.indices.contains(index) {
      lines += Wrap.lines("published: \(advice.publishedFindings[index].statement)", columns: rect.width)
        .map { ($0, Style(.published)) }
    }
    for (offset, line) in lines.prefix(rect.height - 1).enumerated() {
      canvas.put(line.0, x: rect.x, y: rect.y + 1 + offset, style: line.1)
    }
  }
}

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
    // By name where the verdict keeps its room.
    let names = tradeoffs.map(\.targets.label.count).max() ?? 0
    let usesNames = inner.width >= names + 2 + 12 + max(12, widest + 1) + 14
    let columns = [usesNames ? names + 2 : 7, 12, max(12, widest + 1)]
    canvas.put(usesNames ? "modules" : "set", x: inner.x, y: inner.y, style: .dim)
    canvas.put("expected", x: inner.x + columns[0], y: inner.y, style: Style(.published))
    canvas.put("measured", x: inner.x + columns[0] + columns[1], y: inner.y, style: .dim)
    for index in top..<min(tradeoffs.count, top + rows) {
      let row = tradeoffs[index]
      let y = inner.y + 1 + index - top
      let isCursor = index == state.advise.tradeoff && focused
      func shade(_ style: Style) -> Style { isCursor ? style.selected : style }
      if isCursor { canvas.fill(Rect(x: inner.x, y: y, width: inner.width, height: 1), " ", Style.plain.selected) }
      canvas.put(
        state.name(row.targets, columns: usesNames ? names : 0), x: inner.x, y: y, style: shade(.plain),
        maxWidth: columns[0] - 1)
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
