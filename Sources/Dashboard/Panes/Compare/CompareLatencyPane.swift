import Messages
import Recipe
import Terminal

/// How long single tokens took, of the compared runs and of the base: histograms over one axis, one above the other.
package enum CompareLatencyPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let comparison = state.compare.comparison
    let times = comparison?.tokenTimes
    let inner = canvas.pane(
      .compareLatency, state, in: rect, note: times == nil ? nil : "share of tokens by time, each to its own peak")
    guard let comparison else { return CompareEmpty.draw(.compareLatency, state, in: inner, on: &canvas) }
    guard let times else {
      let isStored = comparison.rows.contains { $0.run.latency != nil }
      var text =
        isStored ? "Times of single tokens are not stored for these runs" : "No run of these was measured"
      if state.readOnlyReason == nil {
        text += isStored ? ": t in Runs measures them again" : ": t in Runs measures it"
      }
      text += "."
      return canvas.paragraph(text, in: inner, style: .dim)
    }
    // The base first, then the runs in the order of the other panes.
    let order = comparison.rows.map(\.run.id)
    let members = times.members.sorted { place($0.run, order) < place($1.run, order) }
    let rows = inner.height - 2
    guard rows > 0 else { return }
    let shown = members.prefix(rows)
    let each = max(1, min(4, rows / max(1, shown.count)))
    let labels = inner.width >= 70 ? 30 : 20
    let width = max(1, min(TokenTimes.bins, inner.width - labels))
    let x = inner.x + labels
    for (index, member) in shown.enumerated() {
      let y = inner.y + index * each
      label(member, comparison, state, x: inner.x, y: y, rows: each, width: labels - 1, on: &canvas)
      let style = member.run.map { state.seriesStyle($0) } ?? Style(.dim)
      bars(counts(member, width: width), x: x, y: y, rows: each, style, state.glyphs, on: &canvas)
    }
    axis(times, x: x, y: inner.y + shown.count * each, width: width, state, on: &canvas)
    if shown.count < members.count {
      canvas.put(" z: all \(members.count) ", endingAt: rect.right - 2, y: rect.bottom - 1, style: Style(.warn))
    } else {
      let outside = members.reduce(0) { $0 + $1.below + $1.above }
      if outside > 0 {
        canvas.put(
          " \(outside) of \(members.reduce(0) { $0 + $1.tokens }) tokens outside ", endingAt: rect.right - 2,
          y: rect.bottom - 1, style: .dim)
      }
    }
  }

  private static func place(_ run: RunID?, _ order: [RunID]) -> Int {
    run.flatMap { order.firstIndex(of: $0) } ?? -1
  }

  /// Tokens by column: neighbouring bins together.
  static func counts(_ member: TokenTimes.Member, width: Int) -> [Int] {
    let bins = member.counts.count
    return (0..<width).map { column in
      let from = column * bins / width
      let to = max(from + 1, (column + 1) * bins / width)
      return member.counts[from..<min(to, bins)].reduce(0, +)
    }
  }

  /// Columns of eighths from the bottom of so many rows; what is not zero shows at least the lowest eighth.
  private static func bars(
    _ counts: [Int], x: Int, y: Int, rows: Int, _ style: Style, _ glyphs: Glyphs, on canvas: inout Canvas
  ) {
    let most = max(1, counts.max() ?? 1)
    let steps: [Character] = glyphs.set == .ascii ? Array(".:-=+*%#") : Array("▁▂▃▄▅▆▇█")
    for (column, count) in counts.enumerated() where count > 0 {
      let units = max(1, (count * rows * steps.count + most / 2) / most)
      for row in 0..<rows {
        let part = min(steps.count, units - row * steps.count)
        guard part > 0 else { break }
        canvas[x + column, y + rows - 1 - row] = Cell(character: steps[part - 1], style: style)
      }
    }
  }

  private static func label(
    _ member: TokenTimes.Member, _ comparison: Comparison, _ state: DashboardState, x: Int, y: Int, rows: Int,
    width: Int, on canvas: inout Canvas
  ) {
    guard let id = member.run, let run = comparison.rows.first(where: { $0.run.id == id })?.run else {
      let base = comparison.rows.lazy.compactMap(\.run.latency).first
      let text = base.map { "base  \(Figure.time($0.baseP50))" } ?? "base"
      canvas.put(text, x: x + 2, y: y, style: .dim, maxWidth: width - 2)
      return
    }
    canvas.put(String(state.marker(id)), x: x, y: y, style: state.seriesStyle(id))
    let latency = run.latency
    let time = latency.map { ($0.isBusy ? "~" : "") + Figure.time($0.p50) + ($0.isBusy ? "!" : "") } ?? ""
    let name = state.name(run, columns: max(6, width - 4 - CharacterWidth.columns(time)))
    canvas.put(name, x: x + 2, y: y, maxWidth: width - 2)
    let style = latency?.isBusy == true ? Style(.warn) : .dim
    if rows > 1 {
      canvas.put("p50 \(time)", x: x + 2, y: y + 1, style: style, maxWidth: width - 2)
    } else {
      canvas.put(time, endingAt: x + width - 1, y: y, style: style)
    }
  }

  /// The line with ticks and below it the times, in milliseconds.
  private static func axis(
    _ times: TokenTimes, x: Int, y: Int, width: Int, _ state: DashboardState, on canvas: inout Canvas
  ) {
    let glyphs = state.glyphs
    canvas.fill(Rect(x: x, y: y, width: width, height: 1), glyphs.axisHorizontal, .dim)
    let span = times.high - times.low
    guard span > 0 else { return }
    var end = x - 1
    for tick in Ticks.linear(times.low...times.high, atMost: max(2, width / 12)) {
      let column = x + min(width - 1, Int((tick.value - times.low) / span * Double(width)))
      canvas[column, y] = Cell(character: glyphs.axisBottomTick, style: .dim)
      let text = Figure.time(tick.value)
      let columns = CharacterWidth.columns(text)
      let left = max(x, min(x + width - columns, column - columns / 2))
      guard left > end else { continue }
      canvas.put(text, x: left, y: y + 1, style: .dim)
      end = left + columns
    }
  }
}
