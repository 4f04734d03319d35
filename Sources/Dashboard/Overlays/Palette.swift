import Messages
import Terminal

/// The list of actions over the screen, which typed letters make shorter; the letters are in the field of the command line.
package struct PaletteView: Sendable, Equatable {
  /// Row of the list that Enter performs.
  package var cursor = 0

  package init() {}
}

/// Actions with their keys, what they do, where they are at home and why they cannot act now.
package enum PaletteBox {
  /// Columns of the keys.
  private static let keyWidth = 11

  package static func draw(_ state: DashboardState, keymap: Keymap, in rect: Rect, on canvas: inout Canvas) {
    guard let palette = state.palette, let edit = state.field, edit.purpose == .command else { return }
    let glyphs = state.glyphs
    let entries = PaletteEntry.matching(edit.field.text, state, keymap)
    let box = box(in: rect)
    let rows = rows(in: rect)
    let top = scrollTop(selected: palette.cursor, rows: rows, count: entries.count)
    let pane = state.focusedPane
    canvas.fill(box)
    canvas.frame(
      box, title: "Actions: \(pane.screen.title) \(glyphs.pointer) \(pane.number) \(pane.title)",
      footer: "letters filter", footerRight: count(entries.count, top, rows), heavy: true, glyphs: glyphs)
    let close = closeBox(of: box)
    canvas.put(" [x] ", x: close.x - 1, y: close.y, style: Style(.key))
    let inner = box.inset(2, 1)
    canvas.put(":", x: inner.x, y: inner.y, style: Style(.key))
    canvas.field(edit.field, x: inner.x + 1, y: inner.y, columns: inner.width - 1)
    canvas.rule(inner, y: inner.y + 1, glyphs: glyphs)
    for (offset, entry) in entries.dropFirst(top).prefix(rows).enumerated() {
      let row = Rect(x: inner.x, y: inner.y + 2 + offset, width: inner.width, height: 1)
      draw(entry, isChosen: top + offset == palette.cursor, glyphs, in: row, on: &canvas)
    }
    if entries.isEmpty {
      canvas.put("nothing has these letters in this order", x: inner.x, y: inner.y + 2, style: .dim)
    }
    canvas.rule(inner, y: inner.bottom - 2, glyphs: glyphs)
    guard entries.indices.contains(palette.cursor) else { return }
    let entry = entries[palette.cursor]
    let line = entry.reason.map { "\(entry.key): \($0)" } ?? "\(entry.place): \(entry.text)"
    canvas.put(
      line.truncated(toColumns: inner.width, ellipsis: glyphs.ellipsis), x: inner.x, y: inner.bottom - 1,
      style: entry.reason == nil ? .dim : Style(.warn))
  }

  private static func draw(
    _ entry: PaletteEntry, isChosen: Bool, _ glyphs: Glyphs, in row: Rect, on canvas: inout Canvas
  ) {
    func shade(_ style: Style) -> Style { isChosen ? style.selected : style }
    if isChosen {
      canvas.fill(row, " ", Style.plain.selected)
      canvas.put(String(glyphs.pointer), x: row.x, y: row.y, style: shade(Style(.focus)))
    }
    let canAct = entry.reason == nil
    canvas.put(
      entry.key.truncated(toColumns: keyWidth - 1, ellipsis: glyphs.ellipsis), x: row.x + 2, y: row.y,
      style: shade(canAct ? Style(.key) : .dim))
    let x = row.x + 2 + keyWidth
    let text = entry.text.truncated(toColumns: row.right - x, ellipsis: glyphs.ellipsis)
    let used = canvas.put(text, x: x, y: row.y, style: shade(canAct ? .plain : .dim))
    let room = row.right - x - used - 2
    // A few letters of a reason say less than none.
    guard room >= 10 else { return }
    canvas.put(
      (entry.reason ?? entry.place).truncated(toColumns: room, ellipsis: glyphs.ellipsis), endingAt: row.right,
      y: row.y,
      style: shade(.dim))
  }

  private static func count(_ entries: Int, _ top: Int, _ rows: Int) -> String {
    entries == 0 ? "none" : "\(top + 1)-\(min(entries, top + rows)) of \(entries)"
  }

  // MARK: Places on the screen

  /// Rows of the list at this size.
  package static func rows(in rect: Rect) -> Int { max(1, box(in: rect).height - 6) }

  /// Between the header and the status row, which says what is wrong with a command.
  private static func box(in rect: Rect) -> Rect {
    let width = min(rect.width - 4, 92)
    let height = min(rect.height - 4, 26)
    return Rect(
      x: rect.x + (rect.width - width) / 2, y: rect.y + 2 + (rect.height - 4 - height) / 3, width: width, height: height
    )
  }

  private static func closeBox(of box: Rect) -> Rect { Rect(x: box.right - 6, y: box.y, width: 3, height: 1) }

  /// What is at a place of the screen.
  enum Hit: Equatable {
    case close
    /// An entry, counted from the first that matches.
    case entry(Int)
  }

  static func hit(x: Int, y: Int, cursor: Int, count: Int, in rect: Rect) -> Hit? {
    let box = box(in: rect)
    let close = closeBox(of: box)
    if y == close.y, x >= close.x, x < close.right { return .close }
    let rows = rows(in: rect)
    let row = y - box.y - 3
    guard x > box.x, x < box.right - 1, row >= 0, row < rows else { return nil }
    let index = scrollTop(selected: cursor, rows: rows, count: count) + row
    return index < count ? .entry(index) : nil
  }
}
