import Messages
import Recipe
import Terminal

extension Canvas {
  /// Draws a pane's frame with its number and title, heavy when it has the focus.
  /// - Returns: the inside, without the frame and a blank column at each side.
  mutating func pane(
    _ pane: Pane, _ state: DashboardState, in rect: Rect, title: String? = nil, note: String? = nil,
    footer: String? = nil, footerNote: String? = nil
  ) -> Rect {
    fill(rect)
    let focused = state.focusedPane == pane && state.help == nil
    frame(
      rect, title: "\(pane.number) \(title ?? pane.title)", titleRight: note, footer: footer, footerRight: footerNote,
      heavy: focused, glyphs: state.glyphs, titleStyle: focused ? .title : Style(.title),
      noteStyle: .dim)
    return rect.inset(2, 1)
  }

  /// The note of a pane whose frame is drawn already: what is known only when its inside is.
  mutating func note(_ notes: [String], of pane: Pane, _ state: DashboardState, in rect: Rect) {
    note(
      notes.joined(separator: " · "), on: rect, title: "\(pane.number) \(pane.title)", glyphs: state.glyphs)
  }

  /// A text field with its cursor as a reversed cell.
  mutating func field(_ field: TextField, x: Int, y: Int, columns: Int) {
    guard columns > 0 else { return }
    let window = field.window(columns: columns)
    let style = Style(.selFg).selected.with(bold: true)
    fill(Rect(x: x, y: y, width: columns, height: 1), " ", style)
    put(window.text, x: x, y: y, style: style, maxWidth: columns)
    var cursor = self[x + min(window.cursorColumn, columns - 1), y]
    cursor.style.reverse = true
    self[x + min(window.cursorColumn, columns - 1), y] = cursor
  }

  /// A line that names a pane which has no room now.
  mutating func titleLine(_ pane: Pane, _ state: DashboardState, in rect: Rect) {
    let glyphs = state.glyphs
    fill(rect)
    put(String(repeating: glyphs.light.horizontal, count: 2), x: rect.x, y: rect.y, style: Style(.border))
    let used = put(" \(pane.number) \(pane.title) ", x: rect.x + 2, y: rect.y, style: .dim)
    let summary = PaneSummary.text(pane, state)
    let width = rect.width - 2 - used
    put(
      String(repeating: glyphs.light.horizontal, count: max(0, width)), x: rect.x + 2 + used, y: rect.y,
      style: Style(.border))
    guard !summary.isEmpty, width > 12 else { return }
    put(" \(summary.truncated(toColumns: width - 6)) ", endingAt: rect.right - 2, y: rect.y, style: .dim)
  }
}

/// First row of a list that shows `rows` of `count` with the cursor about in the middle.
func scrollTop(selected: Int, rows: Int, count: Int) -> Int {
  max(0, min(selected - rows / 2, count - rows))
}

extension DashboardState {
  /// Style of a run's curve, marker and name.
  package func seriesStyle(_ run: RunID) -> Style {
    guard marks.contains(run), let slot = marks.slot(run) else { return .dim }
    return Style(ThemeKey.series(slot))
  }

  package func marker(_ run: RunID) -> Character {
    guard marks.contains(run), let slot = marks.slot(run) else { return glyphs.off }
    return glyphs.marker(slot)
  }

  /// `D Q·12`: hex digit and the four cells of a set; `base` where nothing is on.
  package func code(_ set: Targets) -> String {
    set.isEmpty
      ? "base"
      : "\(set.hexDigit.map(String.init) ?? "~") \(set.cells(off: glyphs.off))"
  }

  /// `#12 D`.
  package func shortName(_ run: RunSummary) -> String {
    "#\(run.id) \(run.plan.targets.hexDigit.map(String.init) ?? run.plan.targets.label.shortened(toColumns: 16, ellipsis: glyphs.ellipsis))"
  }
}
