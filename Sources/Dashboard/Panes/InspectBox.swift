import Messages
import Terminal

/// The box beside the crosshair: step, smoothed and raw value of every run; it flips sides to stay off the line.
enum InspectBox {
  /// - Returns: false where there is no room beside the line.
  static func draw(
    _ state: DashboardState, runs: [RunSummary], step: Int, column: Int, area: Rect, on canvas: inout Canvas
  ) -> Bool {
    let glyphs = state.glyphs
    // By their modules where the box has room for them at either side of the line.
    let room = max(column - area.x, area.right - column) - 28
    let texts = runs.map { state.name($0, columns: min(28, room)) }
    let names = max(9, texts.map { CharacterWidth.columns($0) }.max() ?? 9)
    let rows: [(marker: Span, text: String, isFocused: Bool)] = runs.enumerated().map { index, run in
      let view = state.curves.view(run.id, .loss)
      let step = ChartAxis.step(under: step, run, state) ?? view.count + 1
      let isRun = state.screen == .run
      let marker = isRun ? glyphs.marker(state.marks.slot(run.id) ?? 0) : state.marker(run.id)
      let style = isRun ? Style(ThemeKey.series(state.marks.slot(run.id) ?? 0)) : state.seriesStyle(run.id)
      return (
        Span(String(marker), style),
        texts[index].padded(toColumns: names) + " "
          + number(view.smoothed(beta: state.chart.beta(of: run), scale: state.chart.axes.y)[step - 1], glyphs)
          .padded(toColumns: 9, right: true)
          + number(view[step - 1], glyphs).padded(toColumns: 9, right: true),
        index == state.chart.series
      )
    }
    let width = (rows.map { CharacterWidth.columns($0.text) }.max() ?? 24) + 6
    let height = min(rows.count + 2, area.height)
    guard width < area.width, height >= 3 else { return false }
    let right = column + 2
    let x = right + width <= area.right ? right : column - 1 - width
    guard x >= area.x else { return false }
    let box = Rect(x: x, y: area.y + min(1, area.height - height), width: width, height: height)
    canvas.fill(box)
    var title = "step \(step)"
    let inspected = runs.indices.contains(state.chart.series) ? runs[state.chart.series] : runs.first
    if let run = inspected, step <= run.elapsed.count, run.elapsed.isHere {
      let elapsed = run.elapsed.values(step - 1..<step).first ?? 0
      title += ", \(NumberFormat.duration(Double(elapsed)))"
    }
    canvas.frame(box, title: title, titleRight: "EMA  raw", glyphs: glyphs)
    for (index, row) in rows.prefix(height - 2).enumerated() {
      let y = box.y + 1 + index
      canvas.put(row.isFocused ? String(glyphs.pointer) : " ", x: box.x + 1, y: y, style: Style(.focus))
      canvas.put(
        [row.marker, Span(" " + row.text, row.isFocused ? Style(.fg, bold: true) : .plain)], x: box.x + 2, y: y)
    }
    return true
  }

  /// The same in one row, for narrow charts: smoothed values in place of the legend's, whole ones only, the inspected run's among them.
  static func row(_ state: DashboardState, runs: [RunSummary], step: Int, columns: Int) -> [Span] {
    let entries = runs.map { run -> String in
      let view = state.curves.view(run.id, .loss).smoothed(beta: state.chart.beta(of: run), scale: state.chart.axes.y)
      let step = ChartAxis.step(under: step, run, state) ?? view.count + 1
      return " #\(run.id) \(number(view[step - 1], state.glyphs))"
    }
    let chosen = runs.indices.contains(state.chart.series) ? state.chart.series : 0
    let order = runs.indices.sorted { ($0 == chosen ? -1 : $0) < ($1 == chosen ? -1 : $1) }
    var shown: [Int] = []
    var left = columns
    for index in order {
      let width = CharacterWidth.columns(entries[index]) + 3
      // Room for how many are left out.
      guard width + (shown.count + 1 < runs.count ? 3 : 0) <= left + 2 else { break }
      left -= width
      shown.append(index)
    }
    var spans = shown.sorted().flatMap { index -> [Span] in
      [
        Span(String(state.marker(runs[index].id)), state.seriesStyle(runs[index].id)),
        Span(entries[index] + "  ", index == chosen ? Style(.fg, bold: true) : .plain),
      ]
    }
    if shown.count < runs.count { spans.append(Span("+\(runs.count - shown.count)", .dim)) }
    return spans
  }

  private static func number(_ value: Float, _ glyphs: Glyphs) -> String {
    value.isFinite ? NumberFormat.short(Double(value)) : String(glyphs.dash)
  }
}
