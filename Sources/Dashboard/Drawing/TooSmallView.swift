import Messages
import Terminal

/// What is drawn below the least size: how much is missing, that training goes on, and the keys that still work.
package enum TooSmallView {
  /// Where its keys are looked up: those of the runs' table and of every place.
  static let chain: [KeyContext] = [.runs, .global]

  package static func draw(_ state: DashboardState, keymap: Keymap, on canvas: inout Canvas) {
    let size = state.size
    let least = Layout.least
    let glyphs = state.glyphs
    var missing: [String] = []
    if size.columns < least.columns { missing.append("\(least.columns - size.columns) columns") }
    if size.rows < least.rows { missing.append("\(least.rows - size.rows) rows") }
    var lines: [(String, Style)] = [
      ("lorascope needs a larger terminal", Style(.title, bold: true)), ("", .plain),
      (
        "now \(size.columns) \(glyphs.times) \(size.rows)    short by \(missing.joined(separator: " and "))",
        Style(.warn)
      ),
      ("least \(least.columns) \(glyphs.times) \(least.rows)     best 120 \(glyphs.times) 36 or more", .plain),
    ]
    if let run = state.activeRuns.first {
      let progress = run.progress.map { " \(NumberFormat.percent($0))" } ?? ""
      let left = run.secondsLeft.map { ", \(NumberFormat.duration($0)) left" } ?? ""
      lines.append(("\(glyphs.running) training goes on: #\(run.id)\(progress)\(left)", Style(.live)))
    } else {
      lines.append(("idle", .dim))
    }
    let actions: [(Action, String)] = [
      (.runs(.pause), "pause"), (.program(.pauseQueue), "pause queue"), (.go(.leave), "save and quit"),
    ]
    let keys = actions.compactMap { action, text in
      chain.lazy.flatMap { keymap.bindings(of: $0) }.first { $0.action == action }.map { "\($0.label) \(text)" }
    }
    lines.append((keys.joined(separator: "   "), Style(.key)))
    let rows = lines.filter { size.rows >= lines.count || !$0.0.isEmpty }
    let top = max(0, (size.rows - rows.count) / 2)
    for (index, line) in rows.enumerated() {
      let text = line.0.truncated(toColumns: size.columns, ellipsis: glyphs.ellipsis)
      canvas.put(text, x: max(0, (size.columns - CharacterWidth.columns(text)) / 2), y: top + index, style: line.1)
    }
  }
}
