import Messages
import Terminal

/// The last row but one: a text field, the engine's obstacle, or the newest notice.
package enum StatusRow {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let room = rect.width - 2
    if let edit = state.field {
      if let prompt = edit.prompt {
        let used = canvas.put(prompt, x: rect.x + 1, y: rect.y, style: Style(.key))
        let message = edit.message ?? ""
        let columns = max(8, room - used - (message.isEmpty ? 0 : min(room / 2, CharacterWidth.columns(message) + 2)))
        canvas.field(edit.field, x: rect.x + 1 + used, y: rect.y, columns: columns)
        if !message.isEmpty {
          canvas.put(
            message.truncated(toColumns: room - used - columns - 1, ellipsis: state.glyphs.ellipsis),
            x: rect.x + 2 + used + columns, y: rect.y, style: Style(.warn))
        }
      } else if let message = edit.message {
        canvas.put(message, x: rect.x + 1, y: rect.y, style: Style(.warn), maxWidth: room)
      } else if case .setup(let field) = edit.purpose {
        canvas.put(field.about, x: rect.x + 1, y: rect.y, style: .dim, maxWidth: room)
      }
      return
    }
    if let reason = state.snapshot.engine.blockedReason {
      canvas.put(
        [Span("\(state.glyphs.failed) ", Style(.bad)), Span(reason, Style(.warn))], x: rect.x + 1, y: rect.y,
        maxWidth: room)
      return
    }
    let notice = state.statusNotice
    // What the field is for gives way to news for ten seconds.
    if state.focusedPane == .setup, notice.map({ state.now - $0.time > 10 }) ?? true {
      canvas.put(state.setupField.about, x: rect.x + 1, y: rect.y, style: .dim, maxWidth: room)
      return
    }
    guard let notice else {
      canvas.put(
        "Everything runs on this computer's CPU; models are read from disk.", x: rect.x + 1, y: rect.y, style: .dim,
        maxWidth: room)
      return
    }
    let (glyph, key) = NoticeSign.of(notice.level, state.glyphs)
    let time = notice.time > 0 ? Figure.clock(notice.time, utcOffset: state.utcOffset) + " " : ""
    canvas.put(
      [
        Span("\(glyph) ", Style(key)), Span(time, .dim),
        Span(
          notice.text.truncated(
            toColumns: room - 2 - CharacterWidth.columns(time), ellipsis: state.glyphs.ellipsis)),
      ], x: rect.x + 1, y: rect.y, maxWidth: room)
  }
}
