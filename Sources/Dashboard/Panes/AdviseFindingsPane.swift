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
