import Messages
import Terminal

/// The list of keys over the screen.
package struct HelpState: Sendable, Equatable {
  package var filter = ""
  package var top = 0

  package init() {}
}

/// The keys of the place where `?` was pressed, and with a filter of all places, from the keymap: nothing here is written twice.
package enum HelpPane {
  private struct Line {
    var key: String
    var text: String
    /// A section's title has no key.
    var isTitle = false
    var style = Style.plain
  }

  package static func draw(_ state: DashboardState, keymap: Keymap, in rect: Rect, on canvas: inout Canvas) {
    guard let help = state.help else { return }
    let pane = state.focusedPane
    let lines = lines(state, keymap)
    let area = area(state, in: rect)
    let rows = area.height - 2
    let columns = area.width >= 84 ? 2 : 1
    canvas.fill(area)
    let top = min(help.top, max(0, rowCount(lines, columns) - rows))
    let last = min(rowCount(lines, columns), top + rows)
    canvas.frame(
      area, title: "Keys: \(pane.screen.title) \(state.glyphs.pointer) \(pane.number) \(pane.title)",
      titleRight: help.filter.isEmpty ? "/ searches keys, columns, fields" : "/\(help.filter)",
      footerRight: "\(top + 1)-\(last) of \(rowCount(lines, columns))   j k scroll   Esc close", heavy: true,
      glyphs: state.glyphs)
    let inner = area.inset(2, 1)
    let columnWidth = columns == 2 ? inner.width / 2 - 1 : inner.width
    let split = columns == 2 ? halves(lines) : [lines]
    for (index, column) in split.enumerated() {
      let x = inner.x + index * (inner.width / 2 + 1)
      for (offset, line) in column.dropFirst(top).prefix(rows).enumerated() {
        let y = inner.y + offset
        if line.isTitle {
          canvas.put(line.text, x: x, y: y, style: Style(.title, bold: true), maxWidth: columnWidth)
        } else {
          canvas.put(
            line.key.truncated(toColumns: 10, ellipsis: state.glyphs.ellipsis).padded(toColumns: 10), x: x + 2, y: y,
            style: Style(.key))
          canvas.put(
            line.text.truncated(toColumns: columnWidth - 13, ellipsis: state.glyphs.ellipsis), x: x + 13, y: y,
            style: line.style)
        }
      }
    }
    guard columns == 2 else { return }
    for y in inner.y..<inner.bottom {
      canvas.put(String(state.glyphs.light.vertical), x: inner.x + inner.width / 2 - 1, y: y, style: Style(.border))
    }
  }

  package static func rows(_ state: DashboardState) -> Int {
    area(state, in: Rect(x: 0, y: 0, width: state.size.columns, height: state.size.rows)).height - 2
  }

  package static func lineCount(_ state: DashboardState, keymap: Keymap) -> Int {
    let width = area(state, in: Rect(x: 0, y: 0, width: state.size.columns, height: state.size.rows)).width
    return rowCount(lines(state, keymap), width >= 84 ? 2 : 1)
  }

  private static func area(_ state: DashboardState, in rect: Rect) -> Rect {
    let width = min(rect.width, 100)
    let height = min(rect.height - 2, 34)
    return Rect(
      x: rect.x + (rect.width - width) / 2, y: rect.y + (rect.height - height) / 2, width: width, height: height)
  }

  private static func rowCount(_ lines: [Line], _ columns: Int) -> Int {
    columns == 2 ? halves(lines).map(\.count).max() ?? 0 : lines.count
  }

  /// This pane and its kinds at the left, everywhere at the right.
  private static func halves(_ lines: [Line]) -> [[Line]] {
    guard let split = lines.firstIndex(where: { $0.isTitle && $0.text == KeyContext.global.title }) else {
      return [lines, []]
    }
    return [Array(lines[..<split]), Array(lines[split...])]
  }

  /// With a filter: the columns of the runs, the settings of a run and the options whose names or meanings have it.
  private static func glossary(_ state: DashboardState, _ filter: String) -> [Line] {
    guard !filter.isEmpty else { return [] }
    let sections: [(title: String, entries: [(name: String, about: String)])] = [
      ("Columns of Runs", RunsColumn.plain.map { ($0.title, $0.about(state)) }),
      ("Settings of a run", SetupField.allCases.map { ($0.label, $0.about) }),
      ("Options, in config.toml and with O", OptionField.all.map { ($0.name, $0.about) }),
    ]
    return sections.flatMap { title, entries -> [Line] in
      let found = entries.filter { "\($0.name) \($0.about)".lowercased().contains(filter) }.map { name, about in
        // A column says its name before what it means.
        Line(key: name, text: about.hasPrefix("\(name): ") ? String(about.dropFirst(name.count + 2)) : about)
      }
      return found.isEmpty ? [] : [Line(key: "", text: title, isTitle: true)] + found
    }
  }

  private static func lines(_ state: DashboardState, _ keymap: Keymap) -> [Line] {
    let filter = state.help?.filter.lowercased() ?? ""
    var lines: [Line] = []
    var unavailable: [Line] = []
    let chain = state.focusedPane.chain
    // A filter searches the keys of all places: a beginner does not know where a key is at home.
    let others = filter.isEmpty ? [] : KeyContext.allCases.filter { !chain.contains($0) }
    for context in chain + others {
      let isHere = chain.contains(context)
      var section: [Line] = []
      for binding in keymap.bindings(of: context) {
        let line = Line(key: binding.keys.map(\.printed).joined(separator: " "), text: binding.text)
        guard filter.isEmpty || (line.key + " " + line.text).lowercased().contains(filter) else { continue }
        if case .go(.pane(let number)) = binding.action {
          if number == 1 {
            section.append(Line(key: "1-\(state.screen.panes.count)", text: "go to pane"))
          }
          continue
        }
        section.append(line)
        guard isHere else { continue }
        if let reason = binding.changesRuns ? state.readOnlyReason ?? binding.whyNot(state) : binding.whyNot(state) {
          unavailable.append(Line(key: line.key, text: reason, style: .dim))
        }
      }
      guard !section.isEmpty else { continue }
      let title =
        context == chain.first ? "This pane: \(context.title)" : isHere ? context.title : "In \(context.title)"
      lines.append(Line(key: "", text: title, isTitle: true))
      lines += section
    }
    lines += glossary(state, filter)
    if !unavailable.isEmpty {
      lines.append(Line(key: "", text: "Not available now", isTitle: true))
      lines += unavailable
    }
    return lines
  }
}
