import Messages
import Terminal

/// One prompt with the output of every compared run; the prompt and the outputs scroll together, each as far as it goes.
package enum CompareSamplesPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let samples = state.compare.comparison?.samples ?? []
    let index = state.compare.sample
    let sample = samples.indices.contains(index) ? samples[index] : nil
    var note: String?
    if let sample {
      let differ = state.compare.grid.count(of: .differ)
      let shown = state.compare.examples
      note =
        "prompt \((shown.firstIndex(of: index) ?? index) + 1) of \(shown.count) · \(agreement(sample)) · , . step"
        + (differ > 0 ? " · n N: the \(differ) that differ" : "")
    }
    let whole = canvas.pane(.compareSamples, state, in: rect, note: note)
    guard let comparison = state.compare.comparison else {
      return CompareEmpty.draw(.compareSamples, state, in: whole, on: &canvas)
    }
    let (inner, pictures) = SamplePictures.areas(whole, state)
    SamplePictures.draw(state, in: pictures, on: &canvas)
    guard let sample, let page = state.samplePage(width: inner.width) else {
      canvas.put("these runs evaluated no prompt in common", x: inner.x, y: inner.y, style: .dim)
      return
    }
    let rows = page.promptRows(in: inner.height)
    let overflow = page.overflow(in: inner.height)
    let top = min(state.compare.sampleTop, overflow)
    canvas.put("prompt", x: inner.x, y: inner.y, style: .dim)
    block(page.prompt, rows, top, x: inner.x + SamplePage.promptAt, y: inner.y, .plain, state, on: &canvas)
    let expected = inner.right - page.expectedWidth
    canvas.put("expected", x: expected, y: inner.y, style: .dim)
    block(page.expected, rows, top, x: expected + SamplePage.expectedAt, y: inner.y, Style(.title), state, on: &canvas)
    outputs(page, comparison, sample, top, state, in: inner.split(top: rows).bottom, on: &canvas)
    footer(page, overflow, top, state, in: rect, on: &canvas)
  }

  /// Lines by which the focused page can be scrolled.
  static func overflow(_ state: DashboardState) -> Int {
    guard let inner = texts(state) else { return 0 }
    return state.samplePage(width: inner.width)?.overflow(in: inner.height) ?? 0
  }

  /// Where its texts are; nil where the pane is not open.
  static func texts(_ state: DashboardState) -> Rect? {
    state.layout.rect(of: .compareSamples).map { SamplePictures.areas($0.inset(2, 1), state).texts }
  }

  /// What the marks mean, and where the page stands.
  private static func footer(
    _ page: SamplePage, _ overflow: Int, _ top: Int, _ state: DashboardState, in rect: Rect, on canvas: inout Canvas
  ) {
    let y = rect.bottom - 1
    let glyphs = state.glyphs
    let marked = page.outputs.joined().joined().map(\.style)
    var legend: [Span] = []
    if marked.contains(where: \.bold) {
      legend.append(Span(" not in the expected answer ", SamplePage.style(.unexpected)))
    }
    if marked.contains(where: \.underline) {
      legend.append(Span(" not in every output ", SamplePage.style(.differs)))
    }
    if page.isCut { legend.append(Span(" only the first \(WordMarks.most) words are compared ", .dim)) }
    let scroll = overflow == 0 ? "" : " \(glyphs.ellipsis) j k: scrolled \(top) of \(overflow) lines "
    canvas.put(legend, x: rect.x + 2, y: y, maxWidth: max(0, rect.width - 5 - CharacterWidth.columns(scroll)))
    if !scroll.isEmpty { canvas.put(scroll, endingAt: rect.right - 2, y: y, style: .dim) }
  }

  /// Lines of a text from one of them on, with a sign where there are more.
  private static func block(
    _ lines: [String], _ rows: Int, _ top: Int, x: Int, y: Int, _ style: Style, _ state: DashboardState,
    on canvas: inout Canvas
  ) {
    let from = min(top, max(0, lines.count - rows))
    for (row, line) in lines.dropFirst(from).prefix(rows).enumerated() {
      let isCut = row == rows - 1 && lines.count > from + rows
      canvas.put(isCut ? line.continued(state.glyphs.ellipsis) : line, x: x, y: y + row, style: style)
    }
  }

  private static func outputs(
    _ page: SamplePage, _ comparison: Comparison, _ sample: Comparison.Sample, _ top: Int, _ state: DashboardState,
    in area: Rect, on canvas: inout Canvas
  ) {
    let count = comparison.rows.count
    let fitting = page.fitting
    let first = min(state.compare.firstColumn, max(0, count - fitting))
    let rows = area.height - 1
    let heads = heads(comparison, sample, room: page.columns - (fitting > 1 ? 2 : 0), state)
    for column in 0..<fitting where first + column < count {
      let x = area.x + column * page.columns
      let room = page.columns - (column + 1 < fitting ? 2 : 0)
      let run = comparison.rows[first + column].run
      let outcome = sample.outcomes.indices.contains(first + column) ? sample.outcomes[first + column] : nil
      canvas.put(
        [
          Span(String(state.marker(run.id)), state.seriesStyle(run.id)),
          Span(" \(heads[first + column].name)  ", Style(.title)), Span(heads[first + column].data, .dim),
          OutcomeWord.span(outcome, state.glyphs),
        ], x: x, y: area.y, maxWidth: room)
      let lines = page.outputs.indices.contains(first + column) ? page.outputs[first + column] : []
      let from = min(top, max(0, lines.count - rows))
      for (row, line) in lines.dropFirst(from).prefix(max(0, rows)).enumerated() {
        let isCut = row == rows - 1 && lines.count > from + rows
        canvas.put(
          isCut ? line + [Span(String(state.glyphs.ellipsis), .dim)] : line, x: x, y: area.y + 1 + row, maxWidth: room)
      }
      guard column + 1 < fitting else { continue }
      for y in area.y..<area.bottom {
        canvas.put(String(state.glyphs.light.vertical), x: x + page.columns - 2, y: y, style: Style(.border))
      }
    }
    if fitting < count {
      canvas.put(" h l: \(first + 1)-\(first + fitting) of \(count)", endingAt: area.right, y: area.y, style: .dim)
    }
  }

  /// What stands over the columns, by one rule for all of them: names by modules, by the four cells or numbers alone, and whose prompts
  /// where the runs are of several data sets and there is room for that.
  private static func heads(
    _ comparison: Comparison, _ sample: Comparison.Sample, room: Int, _ state: DashboardState
  ) -> [(name: String, data: String)] {
    let runs = comparison.rows.map(\.run)
    let outcomes = runs.indices.map { sample.outcomes.indices.contains($0) ? sample.outcomes[$0] : nil }
    func widest(_ texts: [String]) -> Int { texts.map { CharacterWidth.columns($0) }.max() ?? 0 }
    // A marker and the blanks around the name.
    let free = room - 4 - widest(outcomes.map { OutcomeWord.span($0, state.glyphs).text })
    let data = runs.map { run in
      state.commonData(runs) != nil
        ? "" : run.plan.data.displayName.shortened(toColumns: 14, ellipsis: state.glyphs.ellipsis) + "  "
    }
    let numbers = runs.map { "#\($0.id)" }
    let names = state.names(runs, each: free - widest(data))
    let wordings =
      [runs.map { names[$0.id] ?? "#\($0.id)" }, numbers].map { ($0, data) } + [(numbers, data.map { _ in "" })]
    let chosen = wordings.first { zip($0, $1).allSatisfy { CharacterWidth.columns($0 + $1) <= free } }
    let (shown, beside) = chosen ?? (numbers, data.map { _ in "" })
    return zip(shown, beside).map { ($0, $1) }
  }

  private static func agreement(_ sample: Comparison.Sample) -> String {
    let outcomes = sample.outcomes.compactMap { $0 }
    guard outcomes.count > 1 else { return "one output" }
    let right = outcomes.count { $0.score >= ExampleGrid.right }
    if right == outcomes.count { return "all right" }
    return right == 0 ? "none right" : "\(right) of \(outcomes.count) right"
  }
}
