import Messages
import Terminal

/// The browser over the screen.
package enum BrowserBox {
  package static func draw(_ browser: BrowserView, _ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let glyphs = state.glyphs
    let width = min(rect.width - 4, 88)
    let height = min(rect.height - 4, 26)
    let box = Rect(
      x: rect.x + (rect.width - width) / 2, y: rect.y + (rect.height - height) / 2, width: width, height: height)
    canvas.fill(box)
    let title = browser.purpose == .model ? "Base model: a Hugging Face folder" : "Data: a JSONL, JSON or CSV file"
    let rows = browser.rows
    canvas.frame(
      box, title: title, titleRight: "type to filter, ~ home, / root",
      footer: browser.listing?.isCut == true ? "the folder holds more than is listed" : nil,
      footerRight: rows.isEmpty ? nil : "\(min(browser.selected + 1, rows.count))/\(rows.count)", heavy: true,
      glyphs: glyphs)
    let inner = box.inset(2, 1)
    let path = Path.abbreviated(browser.listing?.path ?? browser.asked ?? "")
    let shown = path.hasSuffix("/") ? path : path + "/"
    var x = inner.x
    let room = inner.width - CharacterWidth.columns(browser.filter) - 2
    let cut = shown.count > room && room > 1 ? String(glyphs.ellipsis) + shown.suffix(room - 1) : shown
    x += canvas.put(cut, x: x, y: inner.y, style: .dim)
    x += canvas.put(browser.filter, x: x, y: inner.y, style: Style(.fg, bold: true), maxWidth: inner.right - x - 1)
    if x < inner.right {
      var cursor = Style.plain
      cursor.reverse = true
      canvas.put(" ", x: x, y: inner.y, style: cursor)
    }
    canvas.rule(inner, y: inner.y + 1, glyphs: glyphs)
    let list = Rect(x: inner.x, y: inner.y + 2, width: inner.width, height: inner.height - 2)
    if let refusal = browser.refusal {
      for (index, line) in Wrap.lines(refusal, columns: list.width).prefix(list.height).enumerated() {
        canvas.put(line, x: list.x, y: list.y + index, style: Style(.bad))
      }
      return
    }
    guard !rows.isEmpty else {
      let message = browser.listing == nil ? "reading" : browser.filter.isEmpty ? "nothing here" : "nothing fits"
      canvas.put(message, x: list.x, y: list.y, style: .dim)
      return
    }
    let top = scrollTop(selected: browser.selected, rows: list.height, count: rows.count)
    for (offset, row) in rows.dropFirst(top).prefix(list.height).enumerated() {
      let isCursor = top + offset == browser.selected
      draw(row, isCursor: isCursor, state, y: list.y + offset, in: list, on: &canvas)
    }
  }

  /// Where something used lately lies: `~/d/train.jsonl`, or `fincot:~/d/fincot` for a published data set, as the verbs take it.
  private static func place(_ entry: FolderListing.Entry) -> String {
    let path = Path.abbreviated(entry.path)
    guard case .published(let name, _, _) = entry.published else { return path }
    return "\(name):\(path)"
  }

  private static func draw(
    _ row: BrowserView.Row, isCursor: Bool, _ state: DashboardState, y: Int, in list: Rect, on canvas: inout Canvas
  ) {
    let glyphs = state.glyphs
    func shade(_ style: Style) -> Style { isCursor ? style.selected : style }
    if isCursor {
      canvas.fill(Rect(x: list.x - 1, y: y, width: list.width + 2, height: 1), " ", Style.plain.selected)
      canvas.put(String(glyphs.pointer), x: list.x - 1, y: y, style: shade(Style(.focus)))
    }
    let entry = row.entry
    let isChoice = entry.kind != .folder
    canvas.put(isChoice ? String(glyphs.front) : " ", x: list.x + 1, y: y, style: shade(Style(.ok)))
    let name = row.place == .recent ? place(entry) : entry.name + (entry.kind == .data ? "" : "/")
    let note = row.place == .recent ? "used lately" + (entry.note.isEmpty ? "" : ", " + entry.note) : entry.note
    let noteWidth = CharacterWidth.columns(note)
    let room = list.width - 3 - (noteWidth > 0 ? noteWidth + 2 : 0)
    canvas.put(
      name.truncated(toColumns: max(8, room), ellipsis: glyphs.ellipsis), x: list.x + 3, y: y,
      style: shade(isChoice ? Style(.fg, bold: true) : .plain))
    if noteWidth > 0, room >= 8 { canvas.put(note, endingAt: list.right, y: y, style: shade(.dim)) }
  }
}
