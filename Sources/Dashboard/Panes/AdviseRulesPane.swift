import Messages
import Terminal

/// How the recommendations were decided, and what would make them surer.
package enum AdviseRulesPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let lines = lines(state, columns: rect.width - 4)
    let rows = max(1, rect.height - 2)
    let top = min(state.advise.rulesTop, max(0, lines.count - rows))
    let inner = canvas.pane(
      .adviseRules, state, in: rect, note: note(state),
      footerNote: lines.count > rows ? "\(top + 1)-\(min(lines.count, top + rows))/\(lines.count)" : nil)
    for (offset, line) in lines.dropFirst(top).prefix(inner.height).enumerated() {
      canvas.put(line, x: inner.x, y: inner.y + offset)
    }
  }

  static func lineCount(_ state: DashboardState) -> Int {
    lines(state, columns: (state.layout.rect(of: .adviseRules)?.width ?? 80) - 4).count
  }

  private static func lines(_ state: DashboardState, columns: Int) -> [String] {
    guard let advice = state.advise.advice else { return [] }
    return advice.rules.flatMap { Wrap.lines($0, columns: columns) }
  }

  private static func note(_ state: DashboardState) -> String? {
    guard let advice = state.advise.advice else { return nil }
    let budget =
      switch state.advise.options.budget {
      case .cheapestThird: "budget: cheapest third"
      case .overheadPercent(let percent): "budget \(NumberFormat.fixed(percent, 0, signed: true)) %"
      case .milliseconds(let time): "budget \(NumberFormat.fixed(time, 1)) ms"
      }
    return "\(advice.scope) · \(budget)"
  }
}
