import Messages
import Terminal

/// The settings of the compared runs: those that differ, or all.
package enum CompareSettingsPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let comparison = state.compare.comparison
    let same = comparison?.settings.filter { !$0.differs } ?? []
    let note =
      comparison == nil ? nil : state.compare.showsAllSettings ? "a only those" : "\(same.count) same, a shows all"
    let inner = canvas.pane(
      .compareSettings, state, in: rect, title: state.compare.showsAllSettings ? "Settings" : nil, note: note)
    guard let comparison else { return CompareEmpty.draw(state, in: inner, on: &canvas) }
    let runs = comparison.rows.map(\.run)
    let shown = state.compare.showsAllSettings ? comparison.settings : comparison.settings.filter(\.differs)
    let rows = facts(comparison, state) + shown.map { (name: $0.name, values: $0.values) }
    let nameWidth = min(18, max(10, (rows.map { CharacterWidth.columns($0.name) }.max() ?? 10) + 1))
    let columns = max(1, (inner.width - nameWidth) / max(10, (inner.width - nameWidth) / max(1, runs.count)))
    let fitting = min(runs.count, columns)
    let width = max(8, (inner.width - nameWidth) / max(1, fitting))
    let first = min(state.compare.firstColumn, max(0, runs.count - fitting))
    for (index, run) in runs.dropFirst(first).prefix(fitting).enumerated() {
      canvas.put(
        [
          Span(String(state.marker(run.id)), state.seriesStyle(run.id)), Span(" #\(run.id)", Style(.title, bold: true)),
        ],
        x: inner.x + nameWidth + index * width, y: inner.y, maxWidth: width - 1)
    }
    var y = inner.y + 1
    let sameLines =
      state.compare.showsAllSettings || same.isEmpty
      ? []
      : Wrap.lines(
        "same: " + same.map { "\($0.name) \($0.values.first ?? "")" }.joined(separator: ", "), columns: inner.width)
    let tableEnd = max(y + 1, inner.bottom - min(sameLines.count, inner.height / 3) - (sameLines.isEmpty ? 0 : 1))
    let top = min(state.compare.settingsTop, max(0, rows.count - (tableEnd - y)))
    for row in rows.dropFirst(top) {
      guard y < tableEnd else { break }
      canvas.put(row.name, x: inner.x, y: y, style: .dim, maxWidth: nameWidth - 1)
      for (index, value) in row.values.dropFirst(first).prefix(fitting).enumerated() {
        canvas.put(
          value.truncated(toColumns: width - 1, ellipsis: state.glyphs.ellipsis),
          x: inner.x + nameWidth + index * width, y: y)
      }
      y += 1
    }
    guard !sameLines.isEmpty, y < inner.bottom else { return }
    canvas.rule(inner, y: y, glyphs: state.glyphs)
    for (index, line) in sameLines.prefix(inner.bottom - y - 1).enumerated() {
      canvas.put(line, x: inner.x, y: y + 1 + index, style: .dim)
    }
  }

  /// What the runs took, from their records.
  private static func facts(_ comparison: Comparison, _ state: DashboardState) -> [(name: String, values: [String])] {
    let runs = comparison.rows.map(\.run)
    let dash = String(state.glyphs.dash)
    return [
      ("modules", runs.map { $0.plan.targets.label }),
      ("parameters", runs.map { $0.prepared.map { NumberFormat.count($0.trainableParameters) } ?? dash }),
      (
        "  of base",
        runs.map { run in run.prepared.map { Figure.share($0.trainableParameters, of: $0.baseParameters) } ?? dash }
      ),
      ("wall time", runs.map { $0.wallSeconds.map { NumberFormat.duration($0) } ?? dash }),
      ("tokens/s", runs.map { $0.tokensPerSecond.map { NumberFormat.grouped(Int($0)) } ?? dash }),
      ("peak memory", runs.map { $0.peakMemoryBytes.map { NumberFormat.bytes($0) } ?? dash }),
      ("started", runs.map { $0.started.map { Figure.clock($0, utcOffset: state.utcOffset) } ?? dash }),
    ].filter { row in row.1.contains { $0 != dash } }
  }
}

/// What Compare says while there is nothing to compare.
enum CompareEmpty {
  static func draw(_ state: DashboardState, in inner: Rect, on canvas: inout Canvas) {
    let marked = state.comparedRuns
    let finished = marked.count { $0.state == .done || $0.state == .stopped }
    let text: String
    if let refusal = state.compare.refusal {
      text = refusal
    } else if finished >= 2 {
      text = "comparing \(finished) runs"
    } else if marked.count >= 2 {
      text = "\(finished) of the \(marked.count) marked runs finished: two are needed for figures"
    } else {
      text = "Compare takes two to eight runs: mark them in Runs (M 6) with Space, then C"
    }
    for (index, line) in Wrap.lines(text, columns: inner.width).prefix(inner.height).enumerated() {
      canvas.put(line, x: inner.x, y: inner.y + index, style: .dim)
    }
  }
}
