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
    let rows = shown
    let nameWidth = min(18, max(10, (rows.map { CharacterWidth.columns($0.name) }.max() ?? 10) + 1))
    let columns = max(1, (inner.width - nameWidth) / max(10, (inner.width - nameWidth) / max(1, runs.count)))
    let fitting = min(runs.count, columns)
    let width = max(8, (inner.width - nameWidth) / max(1, fitting))
    let first = min(state.compare.firstColumn, max(0, runs.count - fitting))
    let isMixed = state.commonData(runs) == nil
    for (index, run) in runs.dropFirst(first).prefix(fitting).enumerated() {
      canvas.put(
        [
          Span(String(state.marker(run.id)), state.seriesStyle(run.id)), Span(" #\(run.id)", Style(.title, bold: true)),
          Span(isMixed ? " " + run.plan.data.displayName : "", Style(.title)),
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
}

/// One prompt with the output of every compared run.
package enum CompareSamplesPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let samples = state.compare.comparison?.samples ?? []
    let index = min(state.compare.sample, max(0, samples.count - 1))
    let sample = samples.indices.contains(index) ? samples[index] : nil
    var note: String?
    if let sample {
      note = "prompt \(index + 1) of \(samples.count) · \(agreement(sample)) · . next , previous"
    }
    let inner = canvas.pane(.compareSamples, state, in: rect, note: note)
    guard let comparison = state.compare.comparison else { return CompareEmpty.draw(state, in: inner, on: &canvas) }
    guard let sample else {
      canvas.put("these runs evaluated no prompt in common", x: inner.x, y: inner.y, style: .dim)
      return
    }
    let expectedWidth = min(inner.width / 3, CharacterWidth.columns(sample.expected) + 10)
    canvas.put("prompt", x: inner.x, y: inner.y, style: .dim)
    let promptLines = Wrap.lines(sample.prompt, columns: inner.width - 9 - expectedWidth - 2)
    let promptRows = max(1, min(promptLines.count, inner.height / 3))
    for (row, line) in promptLines.prefix(promptRows).enumerated() {
      let isCut = row == promptRows - 1 && promptLines.count > promptRows
      canvas.put(isCut ? line.continued(state.glyphs.ellipsis) : line, x: inner.x + 9, y: inner.y + row)
    }
    canvas.put(
      [Span("expected  ", .dim), Span(oneLine(sample.expected), Style(.title))], x: inner.right - expectedWidth,
      y: inner.y, maxWidth: expectedWidth)
    outputs(comparison, sample, state, in: inner.split(top: promptRows).bottom, on: &canvas)
  }

  private static func outputs(
    _ comparison: Comparison, _ sample: Comparison.Sample, _ state: DashboardState, in area: Rect,
    on canvas: inout Canvas
  ) {
    let count = comparison.rows.count
    let fitting = count <= 3 ? count : 2
    let first = min(state.compare.firstColumn, max(0, count - fitting))
    let width = area.width / max(1, fitting)
    for column in 0..<fitting where first + column < count {
      let x = area.x + column * width
      let room = width - (column + 1 < fitting ? 2 : 0)
      let run = comparison.rows[first + column].run
      let outcome = sample.outcomes.indices.contains(first + column) ? sample.outcomes[first + column] : nil
      canvas.put(
        [
          Span(String(state.marker(run.id)), state.seriesStyle(run.id)),
          Span(" #\(run.id) \(state.code(run.plan.targets))  ", Style(.title)),
        ] + data(run, comparison, state) + [OutcomeWord.span(outcome, state.glyphs)], x: x, y: area.y, maxWidth: room)
      let lines = outcome.map { Wrap.lines($0.shownOutput(state.glyphs), columns: room) } ?? []
      for (row, line) in lines.prefix(area.height - 1).enumerated() { canvas.put(line, x: x, y: area.y + 1 + row) }
      guard column + 1 < fitting else { continue }
      for y in area.y..<area.bottom {
        canvas.put(String(state.glyphs.light.vertical), x: x + width - 2, y: y, style: Style(.border))
      }
    }
    if fitting < count {
      canvas.put("h l: \(first + 1)-\(first + fitting) of \(count)", endingAt: area.right, y: area.y, style: .dim)
    }
  }

  /// Whose prompts: said where the runs are of several data sets.
  private static func data(_ run: RunSummary, _ comparison: Comparison, _ state: DashboardState) -> [Span] {
    guard state.commonData(comparison.rows.map(\.run)) == nil else { return [] }
    return [Span(run.plan.data.displayName.shortened(toColumns: 14, ellipsis: state.glyphs.ellipsis) + "  ", .dim)]
  }

  private static func agreement(_ sample: Comparison.Sample) -> String {
    let outcomes = sample.outcomes.compactMap { $0 }
    guard outcomes.count > 1 else { return "one output" }
    let right = outcomes.count { $0.score >= 0.999_999 }
    if right == outcomes.count { return "all right" }
    return right == 0 ? "none right" : "\(right) of \(outcomes.count) right"
  }

  private static func oneLine(_ text: String) -> String { text.replacing("\n", with: " ") }
}
