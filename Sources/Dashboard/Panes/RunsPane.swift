import Messages
import Recipe
import Terminal

/// The table of all runs.
package enum RunsPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let runs = state.runRows
    let all = state.snapshot.runs.count
    let glyphs = state.glyphs
    let (top, lines) = lines(state, in: rect)
    let shown = lines.compactMap { if case .run(let row) = $0 { runs[row] } else { nil } }
    let rowCount = max(0, rect.height - 3)
    let inner = canvas.pane(
      .runs, state, in: rect, note: note(state, shown: runs.count),
      footer: state.runs.filter.isEmpty ? base(state, width: rect.width) : "/\(state.runs.filter)",
      footerNote: runs.isEmpty ? nil : "\(top + 1)-\(min(runs.lineCount, top + rowCount))/\(runs.lineCount)")
    guard all > 0 else {
      if let reason = WhyEmpty.noRun(state) { return canvas.paragraph(reason, in: inner, style: .dim) }
      return FirstSteps.draw(state, in: inner, on: &canvas)
    }
    // The pointer stands on the frame's blank column, the mark beside it.
    let table = Rect(x: inner.x - 1, y: inner.y, width: inner.width + 2, height: inner.height)
    let columns = RunsColumn.shown(shown, state, width: table.width - 2)
    if !shown.isEmpty { header(columns, state, in: table, on: &canvas) }
    guard !runs.isEmpty else {
      let problem = RunFilter.reading(state.runs.filter).problem?.line
      let lines = Wrap.lines(problem ?? "no run fits the filter; Esc takes it away", columns: inner.width - 2)
      for (row, line) in lines.prefix(max(0, inner.height - 1)).enumerated() {
        canvas.put(line, x: inner.x + 1, y: table.y + 1 + row, style: problem == nil ? .dim : Style(.warn))
      }
      return
    }
    NextStep.draw(state, rows: shown.count, in: table, on: &canvas)
    let focused = state.focusedPane == .runs
    let range = range(runs, state)
    let widths = columns.map { RunsColumn.Width(column: $0.column, width: $0.width) }
    var offset = -1
    for (index, line) in lines.enumerated() {
      let y = table.y + 1 + index
      guard case .run(let row) = line else {
        if case .group(let group) = line { RunGroupRow.draw(group, runs, state, in: table, y: y, on: &canvas) }
        continue
      }
      offset += 1
      let run = shown[offset]
      let isCursor = run.id == state.runs.selected && state.runs.group == nil
      let isShaded = isCursor && focused
      func shade(_ style: Style) -> Style { isShaded ? style.selected : style }
      if isShaded { canvas.fill(Rect(x: table.x, y: y, width: table.width, height: 1), " ", Style.plain.selected) }
      if isCursor {
        canvas.put(String(glyphs.pointer), x: table.x, y: y, style: shade(Style(focused ? .focus : .dim)))
      }
      if state.marks.contains(run.id) {
        canvas.put(
          String(glyphs.marked), x: table.x + 1, y: y, style: shade(state.seriesStyle(run.id).with(bold: true)))
      } else if range?.contains(row) == true {
        canvas.put(String(glyphs.off), x: table.x + 1, y: y, style: shade(Style(.key)))
      } else if state.runs.chosen.contains(run.id) {
        canvas.put(String(glyphs.boxFilled), x: table.x + 1, y: y, style: shade(Style(.key)))
      }
      var line = state.remembered.texts.line(run, widths) { Self.line(run, columns, offset, glyphs) }
      if isShaded { line.restyle(\.selected) }
      canvas.put(line, x: table.x + 2, y: y)
      if !run.state.isTerminal || run.state == .failed || run.state == .stopped {
        reason(run, state, columns, table, y, shade, &canvas)
      }
    }
  }

  /// The columns of one row, without the cursor's shade.
  private static func line(_ run: RunSummary, _ columns: [RunsColumn.Shown], _ offset: Int, _ glyphs: Glyphs) -> Canvas
  {
    var line = Canvas(width: columns.reduce(0) { $0 + $1.width + 1 }, height: 1)
    var x = 0
    for column in columns {
      let (text, style) = column.texts[offset]
      // Names often differ at their ends only.
      let isName = column.column == .data || column.column == .name || column.column == .labels
      let fitting = isName ? text.shortened(toColumns: column.width, ellipsis: glyphs.ellipsis) : text
      line.put(
        fitting.padded(toColumns: column.width, right: column.column.isRight, ellipsis: glyphs.ellipsis), x: x, y: 0,
        style: run.state == .cancelled ? .dim : style)
      x += column.width + 1
    }
    return line
  }

  /// The lines in view, and how many stand above them.
  private static func lines(_ state: DashboardState, in rect: Rect) -> (top: Int, lines: [RunRows.Line]) {
    let runs = state.runRows
    let rows = max(0, rect.height - 3)
    let top = scrollTop(selected: runs.line(of: state.runs) ?? 0, rows: rows, count: runs.lineCount)
    return (top, (top..<max(top, min(runs.lineCount, top + rows))).map(runs.line))
  }

  /// The columns that the table shows now, from left to right.
  static func columns(_ state: DashboardState) -> [RunsColumn] {
    guard let rect = state.layout.rect(of: .runs) else { return [] }
    return RunsColumn.shown(runs(state, in: rect), state, width: rect.width - 4).map(\.column)
  }

  /// The runs in view.
  static func runs(_ state: DashboardState, in rect: Rect) -> [RunSummary] {
    let runs = state.runRows
    return lines(state, in: rect).lines.compactMap { if case .run(let row) = $0 { runs[row] } else { nil } }
  }

  /// The column whose title is at a column of the screen.
  static func column(at x: Int, _ state: DashboardState, in rect: Rect) -> RunsColumn? {
    var start = rect.x + 3
    for column in RunsColumn.shown(runs(state, in: rect), state, width: rect.width - 4) {
      if x >= start, x < start + column.width { return column.column }
      start += column.width + 1
    }
    return nil
  }

  /// Why a run failed or is paused, over the columns that have no figures yet.
  private static func reason(
    _ run: RunSummary, _ state: DashboardState, _ columns: [RunsColumn.Shown], _ table: Rect, _ y: Int,
    _ shade: (Style) -> Style, _ canvas: inout Canvas
  ) {
    guard let reason = run.reason, run.score == nil, run.latency == nil,
      let index = columns.firstIndex(where: { $0.column == .accuracy })
    else { return }
    let x = table.x + 2 + columns[..<index].reduce(0) { $0 + $1.width + 1 }
    let width = columns[index...].reduce(0) { $0 + $1.width + 1 } - 1
    guard width >= 12, run.runningScore == nil else { return }
    canvas.put(
      reason.truncated(toColumns: width - 1, ellipsis: state.glyphs.ellipsis).padded(toColumns: width), x: x, y: y,
      style: shade(run.state == .failed ? Style(.bad) : .dim))
  }

  /// The rows between the start of a range of marks and the cursor.
  private static func range(_ runs: RunRows, _ state: DashboardState) -> ClosedRange<Int>? {
    guard let start = state.runs.rangeStart, let a = runs.row(of: start), let b = runs.row(of: state.runs.selected)
    else { return nil }
    return min(a, b)...max(a, b)
  }

  private static func header(
    _ columns: [RunsColumn.Shown], _ state: DashboardState, in table: Rect, on canvas: inout Canvas
  ) {
    var x = table.x + 2
    for column in columns {
      let isChosen = column.column == state.runs.column && state.focusedPane == .runs
      canvas.put(
        column.column.title.padded(toColumns: column.width, right: column.column.isRight), x: x, y: table.y,
        style: isChosen ? Style(.focus, bold: true) : .dim)
      x += column.width + 1
    }
  }

  /// What the base scores without any adapter, for every score above it to be seen against.
  private static func base(_ state: DashboardState, width: Int) -> String? {
    guard let score = state.baseRun?.score else { return nil }
    func percent(_ share: Double) -> String { NumberFormat.fixed(share * 100, 1) }
    let data = state.hasSeveralDataSets ? " of \(state.snapshot.data?.name ?? "")" : ""
    let short = "base\(data) \(Figure.percent(score.score, glyphs: state.glyphs)) %"
    return width < 70
      ? short
      : "\(short), lenient \(percent(score.lenient)), \(percent(score.parseFailureRate)) % do not parse"
  }

  private static func note(_ state: DashboardState, shown: Int) -> String {
    let all = state.snapshot.runs.count
    guard all > 0 else { return "0 runs" }
    let arrow = state.runs.isReversed ? state.glyphs.sortUp : state.glyphs.sortDown
    var parts = [shown == all ? Counted.text(all, "run") : "\(shown) of \(all)"]
    parts.append("sort \(state.runs.sort.title) \(arrow)")
    if let grouping = state.runs.grouping { parts.append("by \(grouping.title)") }
    if !state.runs.chosen.isEmpty { parts.append("\(state.runs.chosen.count) chosen") }
    if !state.marks.runs.isEmpty { parts.append("\(state.marks.runs.count) marked") }
    return parts.joined(separator: " · ")
  }
}
