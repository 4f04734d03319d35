import Messages
import Recipe
import Terminal

/// Who got which example right: one cell an example, the compared runs above each other, and below them the example under the cursor.
///
/// Examples that do not fit into one line of cells go on in further lines, each with all runs; lines scroll with the cursor.
package enum CompareExamplesPane {
  /// Where everything is: a pure function of the pane's inside and of how much there is to show.
  struct Arrangement {
    /// First column of the cells, and how many there are in a line.
    var x: Int
    var cells: Int
    var nameWidth: Int
    /// Runs that have room in a line; the first of the lines that are shown, and how many are.
    var runs: Int
    var top: Int
    var lines: Int
    /// First row of what is said about the example under the cursor.
    var detail: Int

    static let counts = 14

    init(_ state: DashboardState, _ comparison: Comparison, in inner: Rect) {
      let shown = state.compare.examples
      nameWidth = min(inner.width >= 100 ? 24 : 12, max(4, inner.width / 5))
      x = inner.x + 2 + nameWidth + Self.counts
      cells = max(8, inner.right - x)
      runs = max(1, min(comparison.rows.count, inner.height - 1))
      let needed = max(1, (shown.count + cells - 1) / cells)
      // The outputs stand in Samples where that is open; else each run has a row for its own.
      let isRead = state.layout.rect(of: .compareSamples) != nil
      let wanted = isRead ? 2 : 3 + comparison.rows.count
      let each = runs + 1
      let free = max(0, inner.height - each)
      lines = min(needed, max(1, (inner.height - min(wanted, free)) / each))
      let place = shown.firstIndex(of: state.compare.sample) ?? 0
      top = scrollTop(selected: place / cells, rows: lines, count: needed)
      detail = inner.y + lines * each
    }
  }

  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let grid = state.compare.grid
    let comparison = state.compare.comparison
    let inner = canvas.pane(
      .compareExamples, state, in: rect, note: comparison == nil ? nil : note(grid, state),
      footer: comparison == nil ? nil : legend(grid, state.glyphs))
    guard let comparison else { return CompareEmpty.draw(.compareExamples, state, in: inner, on: &canvas) }
    guard grid.count > 0 else {
      canvas.put("these runs evaluated no example", x: inner.x, y: inner.y, style: .dim)
      return
    }
    let place = Arrangement(state, comparison, in: inner)
    let shown = state.compare.examples
    let focused = state.focusedPane == .compareExamples
    let names = state.names(comparison.rows.map(\.run), each: place.nameWidth)
    canvas.put("run", x: inner.x + 2, y: inner.y, style: .dim)
    canvas.put("right  alone", x: place.x - Arrangement.counts + 1, y: inner.y, style: .dim)
    for line in 0..<place.lines {
      let y = inner.y + line * (place.runs + 1)
      let first = (place.top + line) * place.cells
      let part = shown.dropFirst(first).prefix(place.cells)
      for (offset, example) in part.enumerated() where example == state.compare.sample {
        canvas.put(String(state.glyphs.dropDown), x: place.x + offset, y: y, style: Style(.focus, bold: true))
      }
      for (row, entry) in comparison.rows.prefix(place.runs).enumerated() {
        let id = entry.run.id
        let style = state.seriesStyle(id)
        canvas.put(String(state.marker(id)), x: inner.x, y: y + 1 + row, style: style)
        if line == 0 {
          canvas.put(names[id] ?? "#\(id)", x: inner.x + 2, y: y + 1 + row, maxWidth: place.nameWidth)
          counts(grid, row, endingAt: place.x - 1, y: y + 1 + row, on: &canvas)
        }
        guard grid.marks.indices.contains(row) else { continue }
        for (offset, example) in part.enumerated() {
          let mark = grid.marks[row][example]
          let isCursor = example == state.compare.sample
          let look = self.style(mark, style)
          canvas[place.x + offset, y + 1 + row] = Cell(
            character: sign(mark, state.glyphs), style: isCursor && focused ? look.selected : look)
        }
      }
    }
    if place.runs < comparison.rows.count {
      canvas.put(
        " z: all \(comparison.rows.count) runs ", endingAt: rect.right - 2, y: rect.bottom - 1, style: Style(.warn))
    } else if place.lines * place.cells < shown.count {
      let last = min(shown.count, (place.top + place.lines) * place.cells)
      canvas.put(
        " \(place.top * place.cells + 1)-\(last) of \(shown.count) ", endingAt: rect.right - 2, y: rect.bottom - 1,
        style: .dim)
    }
    let (_, rest) = inner.split(top: place.detail - inner.y)
    detail(comparison, grid, state, in: rest, on: &canvas)
  }

  /// Cells of a line in the pane as it stands now.
  static func cells(_ state: DashboardState) -> Int {
    guard let comparison = state.compare.comparison, let rect = state.layout.rect(of: .compareExamples) else {
      return 1
    }
    return Arrangement(state, comparison, in: rect.inset(2, 1)).cells
  }

  /// The example whose cell is there, as its place in the answer's samples.
  static func example(x: Int, y: Int, in rect: Rect, _ state: DashboardState) -> Int? {
    guard let comparison = state.compare.comparison, state.compare.grid.count > 0 else { return nil }
    let inner = rect.inset(2, 1)
    let place = Arrangement(state, comparison, in: inner)
    guard x >= place.x, x < place.x + place.cells, y >= inner.y, y < place.detail else { return nil }
    let index = (place.top + (y - inner.y) / (place.runs + 1)) * place.cells + x - place.x
    let shown = state.compare.examples
    return shown.indices.contains(index) ? shown[index] : nil
  }

  // MARK: Words and signs

  /// Colour is never the only sign: right is full, wrong a dot, and what could not be read a question mark.
  static func sign(_ mark: ExampleGrid.Mark, _ glyphs: Glyphs) -> Character {
    let isASCII = glyphs.set == .ascii
    switch mark {
    case .right: return glyphs.barFull
    case .mostly: return isASCII ? "+" : "▓"
    case .half: return isASCII ? "=" : "▒"
    case .little: return isASCII ? "-" : "░"
    case .wrong: return isASCII ? "." : "·"
    case .unread: return "?"
    case .missing: return " "
    }
  }

  private static func style(_ mark: ExampleGrid.Mark, _ run: Style) -> Style {
    switch mark {
    case .right, .mostly, .half, .little: run
    case .wrong, .missing: .dim
    case .unread: Style(.warn)
    }
  }

  private static func note(_ grid: ExampleGrid, _ state: DashboardState) -> String {
    let shown = state.compare.onlyDiffering ? "only those that differ" : state.compare.order.title
    return "\(Counted.text(grid.count, "example")) · \(grid.words.replacing(", ", with: " · ")) · \(shown)"
  }

  private static func legend(_ grid: ExampleGrid, _ glyphs: Glyphs) -> String {
    func entry(_ mark: ExampleGrid.Mark, _ word: String) -> String { "\(sign(mark, glyphs)) \(word)" }
    var parts = [entry(.right, "right")]
    if grid.isGraded {
      let signs = [ExampleGrid.Mark.mostly, .half, .little].map { String(sign($0, glyphs)) }.joined(separator: " ")
      parts.append("\(signs) in part")
    }
    return (parts + [entry(.wrong, "wrong"), entry(.unread, "no parse")]).joined(separator: "  ")
  }

  private static func counts(_ grid: ExampleGrid, _ row: Int, endingAt right: Int, y: Int, on canvas: inout Canvas) {
    guard grid.rightOfRun.indices.contains(row) else { return }
    let alone = "\(grid.onlyOfRun[row])"
    canvas.put("\(grid.rightOfRun[row])", endingAt: right - 7, y: y)
    canvas.put(alone, endingAt: right, y: y, style: grid.onlyOfRun[row] > 0 ? .plain : .dim)
  }

  // MARK: The example under the cursor

  private static func detail(
    _ comparison: Comparison, _ grid: ExampleGrid, _ state: DashboardState, in rest: Rect, on canvas: inout Canvas
  ) {
    let index = state.compare.sample
    guard rest.height > 0, comparison.samples.indices.contains(index) else { return }
    let sample = comparison.samples[index]
    let glyphs = state.glyphs
    let number = (state.compare.examples.firstIndex(of: index) ?? 0) + 1
    let head = "\(number)  "
    let expected = "expected  " + sample.expected.replacing("\n", with: " ")
    let expectedWidth = min(CharacterWidth.columns(expected), rest.width / 3)
    canvas.put(head, x: rest.x, y: rest.y, style: Style(.title, bold: true))
    let room = rest.width - head.count - expectedWidth - 2
    let prompt = Wrap.lines(sample.prompt.replacing("\n", with: " "), columns: room)
    canvas.put(
      prompt.count > 1 ? prompt[0].continued(glyphs.ellipsis) : prompt.first ?? "", x: rest.x + head.count, y: rest.y)
    canvas.put(
      expected.truncated(toColumns: expectedWidth, ellipsis: glyphs.ellipsis), x: rest.right - expectedWidth, y: rest.y,
      style: Style(.title))
    guard state.layout.rect(of: .compareSamples) == nil else { return }
    for (row, entry) in comparison.rows.enumerated() where row + 1 < rest.height {
      let y = rest.y + 1 + row
      let outcome = sample.outcomes.indices.contains(row) ? sample.outcomes[row] : nil
      let word = OutcomeWord.span(outcome, glyphs)
      canvas.put(String(state.marker(entry.run.id)), x: rest.x, y: y, style: state.seriesStyle(entry.run.id))
      canvas.put([word], x: rest.x + 2, y: y, maxWidth: 15)
      let text = (outcome?.shownOutput(glyphs) ?? "").replacing("\n", with: " ")
      canvas.put(
        text.truncated(toColumns: max(0, rest.width - 18), ellipsis: glyphs.ellipsis), x: rest.x + 18, y: y)
    }
  }
}
