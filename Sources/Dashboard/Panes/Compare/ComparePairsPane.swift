import Messages
import Recipe
import Terminal

/// Every compared run against every other one: the difference in points, and whether a test tells them apart.
package enum ComparePairsPane {
  /// How much a cell says, in the room that there is.
  enum Form: CaseIterable {
    case spaced, interval, points

    var width: Int {
      switch self {
      case .spaced: 14
      case .interval: 11
      case .points: 7
      }
    }
  }

  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let comparison = state.compare.comparison
    let inner = canvas.pane(
      .comparePairs, state, in: rect, note: comparison == nil ? nil : "row minus column, points",
      footer: comparison == nil ? nil : legend(state.glyphs))
    guard let comparison else { return CompareEmpty.draw(.comparePairs, state, in: inner, on: &canvas) }
    guard !comparison.pairs.isEmpty else {
      return canvas.paragraph("No two of these runs evaluated the same examples.", in: inner, style: .dim)
    }
    let count = comparison.rows.count
    let runs = comparison.rows.map(\.run)
    let selected = comparison.rows.firstIndex { $0.run.id == state.compare.selected } ?? 0
    let against = comparison.rows.firstIndex { $0.run.id == state.compare.shownAgainst } ?? 0
    let numbers = runs.map { "#\($0.id)" }
    let narrow = 3 + (numbers.map(\.count).max() ?? 3)
    let names = state.names(runs, each: inner.width >= 90 ? 24 : 12)
    let wide = 3 + (runs.compactMap { names[$0.id].map { CharacterWidth.columns($0) } }.max() ?? 0)
    let widths = Dictionary(
      uniqueKeysWithValues: Form.allCases.map { form in
        let widest = comparison.pairs.map { CharacterWidth.columns(text($0, form, state.glyphs)) }.max() ?? 0
        return (form, max(form.width, widest + 1))
      })
    func width(_ form: Form) -> Int { widths[form] ?? form.width }
    let labels = wide + count * width(.interval) <= inner.width ? wide : narrow
    let form = Form.allCases.first { labels + count * width($0) <= inner.width } ?? .points
    let columns = width(form)
    let fitting = max(1, min(count, (inner.width - labels) / columns))
    let first = scrollTop(selected: against, rows: fitting, count: count)
    for column in first..<min(count, first + fitting) {
      let x = inner.x + labels + (column - first) * columns
      let id = runs[column].id
      let head = "\(state.marker(id)) \(numbers[column])".padded(toColumns: columns - 1, right: true)
      canvas.put(head, x: x, y: inner.y, style: column == against ? Style(.title, bold: true) : state.seriesStyle(id))
    }
    let detail = Wrap.lines(sentence(comparison, selected, against), columns: inner.width)
    let rows = max(1, min(count, inner.height - 1 - min(detail.count, 3)))
    let top = scrollTop(selected: selected, rows: rows, count: count)
    let focused = state.focusedPane == .comparePairs
    for row in top..<min(count, top + rows) {
      let y = inner.y + 1 + row - top
      let id = runs[row].id
      canvas.put(String(state.marker(id)), x: inner.x, y: y, style: state.seriesStyle(id))
      canvas.put(
        labels == wide ? names[id] ?? numbers[row] : numbers[row], x: inner.x + 2, y: y,
        style: row == selected ? Style(.title, bold: true) : .plain, maxWidth: labels - 3)
      for column in first..<min(count, first + fitting) {
        let (text, style) = cell(comparison, row, column, form, state.glyphs)
        let isCursor = focused && row == selected && column == against
        canvas.put(
          text.padded(toColumns: columns - 1, right: true), x: inner.x + labels + (column - first) * columns,
          y: y, style: isCursor ? style.selected : style)
      }
    }
    if fitting < count || rows < count {
      canvas.put(
        " h l j k: columns \(first + 1)-\(first + fitting) of \(count) ", endingAt: rect.right - 2,
        y: rect.y + rect.height - 1,
        style: .dim)
    }
    let y = inner.y + 1 + rows
    for (index, line) in detail.enumerated() where y + index < inner.bottom {
      let isCut = y + index == inner.bottom - 1 && index < detail.count - 1
      canvas.put(isCut ? line.continued(state.glyphs.ellipsis) : line, x: inner.x, y: y + index, style: .dim)
    }
  }

  static func sign(_ verdict: Comparison.Verdict, _ glyphs: Glyphs) -> Character {
    switch verdict {
    case .better: glyphs.better
    case .worse: glyphs.worse
    case .cannotTell: glyphs.about
    case .baseline, .notComparable: glyphs.dash
    }
  }

  private static func legend(_ glyphs: Glyphs) -> String {
    "\(glyphs.better) better  \(glyphs.worse) worse  \(glyphs.about) can't tell"
  }

  private static func cell(
    _ comparison: Comparison, _ row: Int, _ column: Int, _ form: Form, _ glyphs: Glyphs
  ) -> (String, Style) {
    guard row != column else { return (String(glyphs.off), .dim) }
    guard let pair = comparison.pair(row, column) else { return ("none", .dim) }
    let text = text(pair, form, glyphs)
    switch pair.verdict {
    case .better: return (text, Style(.ok))
    case .worse: return (text, Style(.bad))
    case .cannotTell, .baseline, .notComparable: return (text, .plain)
    }
  }

  private static func text(_ pair: Comparison.Pair, _ form: Form, _ glyphs: Glyphs) -> String {
    let sign = sign(pair.verdict, glyphs)
    return switch form {
    case .spaced: "\(Figure.interval(pair.points, signed: true, space: " ", glyphs: glyphs)) \(sign)"
    case .interval: "\(Figure.interval(pair.points, signed: true, glyphs: glyphs))\(sign)"
    case .points: "\(NumberFormat.fixed(pair.points.estimate, 1, signed: true))\(sign)"
    }
  }

  /// What stands in the chosen cell, with its test.
  static func sentence(_ comparison: Comparison, _ row: Int, _ column: Int) -> String {
    let runs = comparison.rows.map(\.run.id)
    guard runs.indices.contains(row), runs.indices.contains(column), row != column else {
      let count = comparison.pairs.count
      return "A row's run minus a column's"
        + (count > 1 ? "; each pair by the same test, Holm over all \(count) pairs." : ".")
    }
    guard let pair = comparison.pair(row, column) else {
      return "#\(runs[row]) and #\(runs[column]) share no evaluated example."
    }
    func signed(_ value: Double) -> String { NumberFormat.fixed(value, 1, signed: true) }
    let verdict =
      pair.verdict == .cannotTell ? "can't tell" : "#\(runs[row]) is \(pair.verdict.rawValue)"
    return "#\(runs[row]) minus #\(runs[column]): \(verdict), \(signed(pair.points.estimate)) points (95 % interval "
      + "\(signed(pair.points.low)) to \(signed(pair.points.high))), \(pair.test) p "
      + "\(pair.pIsBound ? "at most " : "= ")\(NumberFormat.short(pair.pValue, digits: 2)) after Holm over "
      + "\(comparison.pairs.count) pairs, n = \(pair.examples)\(ExampleGroups.words(pair.groups))."
  }
}
