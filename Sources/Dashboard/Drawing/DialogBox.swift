import Messages
import Terminal

/// A dialog in the middle of the screen.
package enum DialogBox {
  package static func draw(_ dialog: Dialog, _ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let glyphs = state.glyphs
    let textWidth = dialog.choices.map { CharacterWidth.columns($0.text) }.max() ?? 0
    let noteWidth = dialog.choices.map { CharacterWidth.columns($0.note) }.max() ?? 0
    let wanted = max(
      max(36, CharacterWidth.columns(dialog.title) + 8), 8 + textWidth + (noteWidth > 0 ? noteWidth + 2 : 0) + 4,
      (dialog.lines.map { CharacterWidth.columns($0) }.max() ?? 0) + 6)
    let width = min(wanted, rect.width - 4)
    let lines = dialog.lines.flatMap { Wrap.lines($0, columns: width - 6) }
    let fixed = lines.count + (lines.isEmpty ? 0 : 1) + 2
    let rows = max(1, min(dialog.choices.count, rect.height - 4 - fixed))
    let height = fixed + rows
    let box = Rect(
      x: rect.x + (rect.width - width) / 2, y: rect.y + max(0, (rect.height - height) / 2), width: width, height: height
    )
    canvas.fill(box)
    canvas.frame(box, title: dialog.title, heavy: true, glyphs: glyphs)
    for (index, line) in lines.enumerated() { canvas.put(line, x: box.x + 3, y: box.y + 1 + index) }
    let top = scrollTop(selected: dialog.focused, rows: rows, count: dialog.choices.count)
    let y = box.y + height - 1 - rows
    for (offset, choice) in dialog.choices.dropFirst(top).prefix(rows).enumerated() {
      let isFocused = top + offset == dialog.focused
      func shade(_ style: Style) -> Style { isFocused ? style.selected : style }
      if isFocused {
        canvas.fill(Rect(x: box.x + 1, y: y + offset, width: width - 2, height: 1), " ", Style.plain.selected)
        canvas.put(String(glyphs.pointer), x: box.x + 2, y: y + offset, style: shade(Style(.focus)))
      }
      canvas.put(choice.letter.map(String.init) ?? " ", x: box.x + 4, y: y + offset, style: shade(Style(.key)))
      canvas.put(
        choice.text, x: box.x + 6, y: y + offset,
        style: shade(choice.isDangerous ? Style(.bad) : isFocused ? Style(.fg, bold: true) : .plain),
        maxWidth: width - 8)
      let noteX = box.x + 6 + textWidth + 2
      if noteWidth > 0, noteX < box.right - 4 {
        canvas.put(
          choice.note.truncated(toColumns: box.right - 2 - noteX, ellipsis: glyphs.ellipsis), x: noteX, y: y + offset,
          style: shade(.dim))
      }
    }
  }
}
