import Messages
import Terminal

/// The settings of the compared runs: those that differ, or all.
package enum CompareSettingsPane {
  /// As the comparison calls the row of what was adapted.
  private static let modules = "modules"

  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let comparison = state.compare.comparison
    let same = comparison?.settings.filter { !$0.differs } ?? []
    let differing = (comparison?.settings.count ?? 0) - same.count
    let note =
      state.compare.showsAllSettings
      ? "a: the \(differing) that differ" : "\(differing) differ, \(same.count) same · a: all"
    let inner = canvas.pane(.compareSettings, state, in: rect, title: "Settings", note: comparison == nil ? nil : note)
    guard let comparison else { return CompareEmpty.draw(.compareSettings, state, in: inner, on: &canvas) }
    let runs = comparison.rows.map(\.run)
    let shown = state.compare.showsAllSettings ? comparison.settings : comparison.settings.filter(\.differs)
    let rows = shown
    let nameWidth = min(18, max(10, (rows.map { CharacterWidth.columns($0.name) }.max() ?? 10) + 1))
    let columns = max(1, (inner.width - nameWidth) / max(10, (inner.width - nameWidth) / max(1, runs.count)))
    let fitting = min(runs.count, columns)
    let width = max(8, (inner.width - nameWidth) / max(1, fitting))
    let first = min(state.compare.firstColumn, max(0, runs.count - fitting))
    // Whole names for all of the columns or for none: they stand in a row of their own, too.
    let saysData =
      state.commonData(runs) == nil
      && runs.allSatisfy { CharacterWidth.columns("#\($0.id) \($0.plan.data.displayName)") <= width - 3 }
    if fitting < runs.count {
      // Rows in which the shown ones are alike differ in the others.
      let footer = "h l: runs \(first + 1)-\(first + fitting) of \(runs.count)"
      canvas.put(" \(footer) ", endingAt: rect.right - 2, y: rect.bottom - 1, style: .dim)
    }
    for (index, run) in runs.dropFirst(first).prefix(fitting).enumerated() {
      canvas.put(
        [
          Span(String(state.marker(run.id)), state.seriesStyle(run.id)), Span(" #\(run.id)", Style(.title, bold: true)),
          Span(saysData ? " \(run.plan.data.displayName)" : "", Style(.title)),
        ],
        x: inner.x + nameWidth + index * width, y: inner.y, maxWidth: width - 1)
    }
    var y = inner.y + 1
    let sameLines =
      state.compare.showsAllSettings || same.isEmpty
      ? []
      : Wrap.lines(
        // What no run has is no setting to read.
        "same: "
          + same.filter { $0.values.first != "–" }.map { "\($0.name) \($0.values.first ?? "")" }
          .joined(separator: ", "), columns: inner.width)
    // What is the same has what those that differ leave.
    let left = inner.bottom - y - rows.count
    let sameRows = left < 2 ? 0 : min(sameLines.count + 1, left)
    let tableEnd = max(y + 1, inner.bottom - sameRows)
    let top = min(state.compare.settingsTop, max(0, rows.count - (tableEnd - y)))
    if tableEnd - y < rows.count {
      let range = "\(top + 1)-\(min(rows.count, top + tableEnd - y)) of \(rows.count) j k"
      canvas.put(" \(range) ", x: rect.x + 2, y: rect.bottom - 1, style: .dim)
    }
    for row in rows.dropFirst(top) {
      guard y < tableEnd else { break }
      canvas.put(row.name, x: inner.x, y: y, style: .dim, maxWidth: nameWidth - 1)
      for (index, value) in row.values.dropFirst(first).prefix(fitting).enumerated() {
        // Sets that begin alike would read alike where they are cut.
        let isNamed = row.name != Self.modules || row.values.allSatisfy { CharacterWidth.columns($0) < width }
        let text = isNamed ? value : runs[first + index].plan.targets.cells(off: state.glyphs.off)
        canvas.put(
          text.truncated(toColumns: width - 1, ellipsis: state.glyphs.ellipsis),
          x: inner.x + nameWidth + index * width, y: y)
      }
      y += 1
    }
    guard !sameLines.isEmpty, sameRows > 0, y < inner.bottom else { return }
    canvas.rule(inner, y: y, glyphs: state.glyphs)
    let room = inner.bottom - y - 1
    for (index, line) in sameLines.prefix(room).enumerated() {
      let isCut = index == room - 1 && sameLines.count > room
      canvas.put(isCut ? line.continued(state.glyphs.ellipsis) : line, x: inner.x, y: y + 1 + index, style: .dim)
    }
  }
}
