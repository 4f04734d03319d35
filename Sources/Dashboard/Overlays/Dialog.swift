import Messages
import Terminal

/// A question or a menu over the screen. While it is open it takes every key.
package struct Dialog: Sendable, Equatable {
  package struct Choice: Sendable, Equatable {
    /// Printed beside the choice; pressing it chooses.
    package var letter: Character?
    package var text: String
    /// Right of the text, dim.
    package var note: String
    /// nil: the dialog closes and nothing happens.
    package var action: Action?
    package var isDangerous: Bool

    package init(
      _ letter: Character?, _ text: String, note: String = "", action: Action?, isDangerous: Bool = false
    ) {
      self.letter = letter
      self.text = text
      self.note = note
      self.action = action
      self.isDangerous = isDangerous
    }

    package static let cancel = Choice(nil, "Cancel", action: nil)
  }

  package var title: String
  package var lines: [String]
  package var choices: [Choice]
  package var focused: Int
  /// Choices take effect while the cursor is on them (themes); Esc goes back to `original`.
  package var original: Action?

  package init(title: String, lines: [String] = [], choices: [Choice], focused: Int = 0, original: Action? = nil) {
    self.title = title
    self.lines = lines
    self.choices = choices
    self.focused = focused
    self.original = original
  }
}

/// A dialog in the middle of the screen.
package enum DialogBox {
  package static func draw(_ dialog: Dialog, _ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let glyphs = state.glyphs
    let place = place(dialog, in: rect)
    let (box, lines, rows, top, y) = (place.box, place.lines, place.rows, place.top, place.y)
    let width = box.width
    let textWidth = place.textWidth
    let noteWidth = place.noteWidth
    canvas.fill(box)
    canvas.frame(box, title: dialog.title, heavy: true, glyphs: glyphs)
    for (index, line) in lines.enumerated() { canvas.put(line, x: box.x + 3, y: box.y + 1 + index) }
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

  /// Where its parts are.
  private struct Place {
    var box: Rect
    var lines: [String]
    /// Choices in view, the first of them, and its row.
    var rows: Int
    var top: Int
    var y: Int
    var textWidth: Int
    var noteWidth: Int
  }

  private static func place(_ dialog: Dialog, in rect: Rect) -> Place {
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
    return Place(
      box: box, lines: lines, rows: rows,
      top: scrollTop(selected: dialog.focused, rows: rows, count: dialog.choices.count), y: box.y + height - 1 - rows,
      textWidth: textWidth, noteWidth: noteWidth)
  }

  /// The choice at a cell of the screen.
  static func choice(x: Int, y: Int, _ dialog: Dialog, in rect: Rect) -> Int? {
    let place = place(dialog, in: rect)
    let row = y - place.y
    guard x > place.box.x, x < place.box.right - 1, row >= 0, row < place.rows else { return nil }
    let index = place.top + row
    return dialog.choices.indices.contains(index) ? index : nil
  }
}
