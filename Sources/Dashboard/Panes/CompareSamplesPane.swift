import Messages
import Terminal

/// One prompt with the output of every compared run.
package enum CompareSamplesPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let samples = state.compare.comparison?.samples ?? []
    let index = min(state.compare.sample, max(0, samples.count - 1))
    let sample = samples.indices.contains(index) ? samples[index] : nil
    var note: String?
    if let sample {
      let differ = samples.count(where: \.differs)
      note =
        "prompt \(index + 1) of \(samples.count) · \(agreement(sample)) · , . step"
        + (differ > 0 ? " · n N: the \(differ) that differ" : "")
    }
    let inner = canvas.pane(.compareSamples, state, in: rect, note: note)
    guard let comparison = state.compare.comparison else {
      return CompareEmpty.draw(.compareSamples, state, in: inner, on: &canvas)
    }
    guard let sample else {
      canvas.put("these runs evaluated no prompt in common", x: inner.x, y: inner.y, style: .dim)
      return
    }
    let expectedWidth = min(inner.width / 3, CharacterWidth.columns(sample.expected) + 10)
    let promptLines = Wrap.lines(sample.prompt, columns: inner.width - 9 - expectedWidth - 2)
    let expectedLines = Wrap.lines(oneLine(sample.expected), columns: expectedWidth - 10)
    // The prompt and what is expected take what the outputs leave free, and a third in any case.
    let width = inner.width / max(1, fitting(comparison.rows.count, inner.width)) - 2
    let outputRows = sample.outcomes.compactMap {
      $0.map { Wrap.lines($0.shownOutput(state.glyphs), columns: width).count }
    }
    let free = max(inner.height / 3, inner.height - 1 - (outputRows.max() ?? 0))
    let rows = max(1, min(max(promptLines.count, expectedLines.count), free))
    canvas.put("prompt", x: inner.x, y: inner.y, style: .dim)
    block(promptLines, rows, x: inner.x + 9, y: inner.y, .plain, state, on: &canvas)
    canvas.put("expected", x: inner.right - expectedWidth, y: inner.y, style: .dim)
    block(expectedLines, rows, x: inner.right - expectedWidth + 10, y: inner.y, Style(.title), state, on: &canvas)
    outputs(comparison, sample, state, in: inner.split(top: rows).bottom, on: &canvas)
  }

  /// The first lines of a text, with a sign where there are more.
  private static func block(
    _ lines: [String], _ rows: Int, x: Int, y: Int, _ style: Style, _ state: DashboardState, on canvas: inout Canvas
  ) {
    for (row, line) in lines.prefix(rows).enumerated() {
      let isCut = row == rows - 1 && lines.count > rows
      canvas.put(isCut ? line.continued(state.glyphs.ellipsis) : line, x: x, y: y + row, style: style)
    }
  }

  /// How many outputs stand side by side: all of up to three runs, else as many as have thirty columns each.
  private static func fitting(_ count: Int, _ width: Int) -> Int { count <= 3 ? count : min(count, max(2, width / 30)) }

  private static func outputs(
    _ comparison: Comparison, _ sample: Comparison.Sample, _ state: DashboardState, in area: Rect,
    on canvas: inout Canvas
  ) {
    let count = comparison.rows.count
    let fitting = fitting(count, area.width)
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
          Span(" \(state.name(run, columns: room - 16))  ", Style(.title)),
        ] + data(run, comparison, state) + [OutcomeWord.span(outcome, state.glyphs)], x: x, y: area.y, maxWidth: room)
      let lines = outcome.map { Wrap.lines($0.shownOutput(state.glyphs), columns: room) } ?? []
      for (row, line) in lines.prefix(area.height - 1).enumerated() { canvas.put(line, x: x, y: area.y + 1 + row) }
      guard column + 1 < fitting else { continue }
      for y in area.y..<area.bottom {
        canvas.put(String(state.glyphs.light.vertical), x: x + width - 2, y: y, style: Style(.border))
      }
    }
    if fitting < count {
      canvas.put(" h l: \(first + 1)-\(first + fitting) of \(count)", endingAt: area.right, y: area.y, style: .dim)
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

extension Comparison.Sample {
  /// Some of the runs have it right and others not.
  package var differs: Bool {
    let right = outcomes.compactMap { $0.map { $0.score >= 0.999_999 } }
    return right.contains(true) && right.contains(false)
  }
}
