import Messages
import Terminal

/// What the Log screen shows.
package struct LogView: Sendable {
  /// Asked with the time of the newest notice.
  package var answer = Asked<Double, [Notice]>()
  /// What the program found at its start, before there was an engine.
  package var own: [Notice] = []
  package var follows = true
  package var wraps = false
  package var least = Notice.Level.info
  package var filter = ""
  package var selected = 0

  package init() {}

  package var lines: [Notice] { own + (answer.value ?? []) }

  package var shown: [Notice] {
    lines.filter { $0.level >= least && (filter.isEmpty || $0.text.lowercased().contains(filter.lowercased())) }
  }
}

/// The engine's notices, newest last.
package enum LogPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let log = state.log
    let shown = log.shown
    var notes: [String] = []
    if log.least != .info { notes.append("from \(log.least.rawValue)") }
    notes.append(log.follows ? "follows" : "\(log.selected + 1) of \(shown.count)")
    let inner = canvas.pane(
      .log, state, in: rect, note: notes.joined(separator: " · "), footer: log.filter.isEmpty ? nil : "/\(log.filter)")
    guard !shown.isEmpty else {
      let none =
        log.lines.isEmpty
        ? log.answer.refusal ?? (log.answer.value == nil ? "reading" : "nothing has happened yet") : "no line fits"
      canvas.put(none, x: inner.x, y: inner.y, style: .dim, maxWidth: inner.width)
      return
    }
    let width = inner.width - 8
    // Lines above the selected one fill the pane from below when the log is followed.
    let top =
      log.wraps
      ? wrappedTop(shown, selected: log.selected, rows: inner.height, width: width)
      : scrollTop(selected: log.follows ? shown.count : log.selected, rows: inner.height, count: shown.count)
    var y = inner.y
    for (index, notice) in shown.enumerated().dropFirst(top) {
      guard y < inner.bottom else { return }
      let isCursor = index == log.selected
      let (glyph, key) = NoticeSign.of(notice.level, state.glyphs)
      canvas.put(
        [Span(Figure.clock(notice.time, utcOffset: state.utcOffset) + " ", .dim), Span(String(glyph), Style(key))],
        x: inner.x, y: y)
      let lines =
        log.wraps
        ? Wrap.lines(notice.text, columns: width)
        : [notice.text.truncated(toColumns: width, ellipsis: state.glyphs.ellipsis)]
      for line in lines where y < inner.bottom {
        canvas.put(line, x: inner.x + 8, y: y, style: isCursor ? Style.plain.selected : .plain)
        y += 1
      }
    }
  }

  private static func wrappedTop(_ shown: [Notice], selected: Int, rows: Int, width: Int) -> Int {
    var left = rows
    var index = min(selected, shown.count - 1)
    while index >= 0 {
      left -= max(1, Wrap.lines(shown[index].text, columns: width).count)
      if left < 0 { return index + 1 }
      index -= 1
    }
    return 0
  }
}
