import Messages
import Terminal

/// The palette's keys and clicks.
extension Update {
  mutating func openPalette() {
    state.field = FieldEdit(.command, text: "")
    state.palette = PaletteView()
  }

  private mutating func closePalette() {
    state.field = nil
    state.palette = nil
  }

  /// It takes every key: letters are the text, the others move in the list.
  mutating func pressInPalette(_ key: Key) {
    guard var edit = state.field else { return }
    let page = max(1, PaletteBox.rows(in: screen) - 1)
    switch key {
    case .mouse(let event): return point(inPalette: event)
    case .down, .control("n"): return moveInPalette(1, wraps: true)
    case .up, .control("p"): return moveInPalette(-1, wraps: true)
    case .pageDown: return moveInPalette(page, wraps: false)
    case .pageUp: return moveInPalette(-page, wraps: false)
    default: break
    }
    let before = edit.field.text
    switch edit.field.handle(key) {
    case .cancelled: return closePalette()
    case .accepted: return performChosen()
    case .edited: edit.message = nil
    case .complete: complete(&edit)
    case .ignored: return
    }
    state.field = edit
    // Other letters find another list.
    if edit.field.text != before { state.palette = PaletteView() }
  }

  private var screen: Rect { Rect(x: 0, y: 0, width: state.size.columns, height: state.size.rows) }

  private var entries: [PaletteEntry] { PaletteEntry.matching(state.field?.field.text ?? "", state, keymap) }

  private mutating func moveInPalette(_ rows: Int, wraps: Bool) {
    let count = entries.count
    guard count > 0 else { return }
    let next = (state.palette?.cursor ?? 0) + rows
    state.palette?.cursor = wraps ? (next + count) % count : min(max(0, next), count - 1)
    state.field?.message = nil
  }

  private mutating func point(inPalette event: MouseEvent) {
    switch event.action {
    case .wheelUp: moveInPalette(-1, wraps: false)
    case .wheelDown: moveInPalette(1, wraps: false)
    case .press:
      guard event.button == .left, let cursor = state.palette?.cursor else { return }
      switch PaletteBox.hit(x: event.x, y: event.y, cursor: cursor, count: entries.count, in: screen) {
      case .close: closePalette()
      case .entry(let index):
        state.palette?.cursor = index
        performChosen()
      case nil: return
      }
    case .release, .drag: return
    }
  }

  /// What is under the cursor; where it cannot act the palette stays open and says why.
  private mutating func performChosen() {
    guard let edit = state.field, let palette = state.palette else { return }
    let text = edit.field.text
    let entries = entries
    guard entries.indices.contains(palette.cursor) else {
      let message = run(command: text)
      state.field?.message = message
      return
    }
    let entry = entries[palette.cursor]
    switch entry.deed {
    case .elsewhere(let binding, let pane):
      let message = home(of: binding, pane, because: nil)
      state.field?.message = message
    case .binding(let binding, let pane):
      if let reason = entry.reason {
        let words = pane.map { home(of: binding, $0, because: reason) } ?? "\(binding.label): \(reason)"
        state.field?.message = words
        return
      }
      closePalette()
      if let pane { focus(pane) }
      perform(binding)
    case .pane(let pane):
      closePalette()
      perform(.go(.screen(pane.screen)))
      perform(.go(.pane(pane.number)))
    case .option(let field):
      closePalette()
      state.dialog = Dialogs.options(state, at: field.name)
    case .command(let command):
      if let reason = entry.reason {
        state.field?.message = reason
      } else if !command.isMeant(by: text), command.needsMore {
        state.field?.field.set(command.word + " ")
        state.palette = PaletteView()
      } else {
        closePalette()
        guard let message = run(command: command.isMeant(by: text) ? text : command.word) else { return }
        state.field = edit
        state.field?.message = message
        state.palette = palette
      }
    }
  }

  private func home(of binding: KeyBinding, _ pane: Pane, because reason: String?) -> String {
    "\(binding.label) on \(pane.screen.title), \(pane.number) \(pane.title): \(binding.text)"
      + (reason.map { ": \($0)" } ?? "")
  }
}
