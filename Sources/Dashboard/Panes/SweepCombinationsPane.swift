import Messages
import Recipe
import Terminal

/// The fifteen combinations: which take part, what they cost, what exists already.
package enum SweepCombinationsPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let sets = state.plannedSets
    let glyphs = state.glyphs
    let inner = canvas.pane(
      .sweepCombinations, state, in: rect, note: "preset: \(state.sweep.preset.title)",
      footerNote: "sort \(state.sweep.sort.rawValue) \(glyphs.sortUp)")
    let summary = summary(state).flatMap { Wrap.lines($0, columns: inner.width) }
    let rows = max(1, min(sets.count, inner.height - 1 - (inner.height > 8 ? summary.count + 1 : 0)))
    let selected = sets.firstIndex(of: state.sweep.selected) ?? 0
    let top = scrollTop(selected: selected, rows: rows, count: sets.count)
    let hasBar = inner.width >= 60
    let barWidth = hasBar ? min(24, inner.width - 48) : 0
    header(inner, barWidth, isMatched: state.sweep.parameterBudget != nil, on: &canvas)
    let counts = sets.map { state.plannedParameters($0) }
    let most = Double(max(1, counts.compactMap { $0 }.max() ?? 1))
    for index in top..<min(sets.count, top + rows) {
      row(
        sets[index], counts[index], most: most, barWidth: barWidth, state, y: inner.y + 1 + index - top, in: inner,
        on: &canvas)
    }
    let y = inner.y + 1 + rows
    guard y + summary.count < inner.bottom + 1, inner.height > 8 else { return }
    canvas.rule(inner, y: y, glyphs: glyphs)
    for (offset, line) in summary.enumerated() {
      canvas.put(
        line, x: inner.x, y: y + 1 + offset, style: line.hasPrefix("a = ") ? .dim : .plain, maxWidth: inner.width)
    }
  }

  private static func header(_ inner: Rect, _ barWidth: Int, isMatched: Bool, on canvas: inout Canvas) {
    canvas.put("id set", x: inner.x + 6, y: inner.y, style: .dim)
    let x = inner.x + 15 + (barWidth > 0 ? barWidth + 1 : 0)
    if barWidth > 0 {
      canvas.put("parameters", x: inner.x + 15, y: inner.y, style: .dim)
    } else {
      canvas.put("params", x: x, y: inner.y, style: .dim)
    }
    canvas.put(
      (isMatched ? "   rank" : "of base") + " est. time have", x: x + 8, y: inner.y, style: .dim,
      maxWidth: inner.right - x - 8)
  }

  private static func row(
    _ set: Targets, _ count: Int?, most: Double, barWidth: Int, _ state: DashboardState, y: Int, in inner: Rect,
    on canvas: inout Canvas
  ) {
    let isCursor = set == state.sweep.selected
    let focused = state.focusedPane == .sweepCombinations
    let isIncluded = state.sweep.included.contains(set)
    func shade(_ style: Style) -> Style { isCursor && focused ? style.selected : style }
    if isCursor && focused {
      canvas.fill(Rect(x: inner.x, y: y, width: inner.width, height: 1), " ", Style.plain.selected)
    }
    if isCursor {
      canvas.put(String(state.glyphs.pointer), x: inner.x, y: y, style: shade(Style(focused ? .focus : .dim)))
    }
    let style: Style = isIncluded ? .plain : .dim
    let isArticle = Targets.articleNine.contains(set)
    canvas.put(isIncluded ? "[x]" : "[ ]", x: inner.x + 2, y: y, style: shade(isIncluded ? Style(.ok) : .dim))
    canvas.put("\(state.code(set))\(isArticle ? "a" : " ")", x: inner.x + 6, y: y, style: shade(style))
    var x = inner.x + 15
    guard let count, let model = state.snapshot.model else {
      canvas.put("?", x: x, y: y, style: shade(.dim))
      return
    }
    if barWidth > 0 {
      canvas.put(
        Bar.text(Double(count) / most, columns: barWidth, glyphs: state.glyphs), x: x, y: y,
        style: shade(isIncluded ? Style(.focus) : .dim))
      x += barWidth + 1
    }
    canvas.put(NumberFormat.count(count).padded(toColumns: 6, right: true), x: x, y: y, style: shade(style))
    // In a parameter-matched plan the rank is what differs.
    let share =
      state.sweep.parameterBudget == nil
      ? Figure.share(count, of: model.parameterCount) : "r \(state.plannedRank(set))"
    canvas.put(share.padded(toColumns: 7, right: true), x: x + 8, y: y, style: shade(.dim))
    let items = state.sweepEstimate.items(set)
    let times = items.compactMap(\.secondsPerRun)
    let time =
      times.isEmpty || times.count < items.count
      ? String(state.glyphs.dash) : NumberFormat.duration(times.reduce(0, +) / Double(times.count))
    canvas.put(time.padded(toColumns: 9, right: true), x: x + 16, y: y, style: shade(style))
    if !items.isEmpty {
      let have = items.reduce(0) { $0 + $1.have }
      let text = "\(have)/\(items.reduce(0) { $0 + $1.wanted })"
      canvas.put(text.padded(toColumns: 5, right: true), x: x + 25, y: y, style: shade(have > 0 ? Style(.ok) : .dim))
    }
  }

  private static func summary(_ state: DashboardState) -> [String] {
    let totals = state.sweepTotals
    let glyphs = state.glyphs
    let counts = [
      (state.studyData.count, "data set"), (state.sweep.included.count, "set"), (state.setup.seeds.count, "seed"),
    ].map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
    let time =
      totals.seconds.map { "est. \(glyphs.about) \(NumberFormat.duration($0))" }
      ?? "time: c clocks a few steps"
    let estimate = state.sweepEstimate.value
    let based =
      estimate.map { $0.basedOnRuns > 0 ? "times from \($0.basedOnRuns) runs here" : "times from measured speeds" }
    return [
      counts.joined(separator: " \(glyphs.times) ")
        + ": \(totals.wanted) runs, \(totals.have) there already: \(totals.toDo) to do, \(time)",
      "a = in the article's nine" + (totals.seconds == nil ? "" : based.map { " · \($0)" } ?? ""),
    ]
  }
}
