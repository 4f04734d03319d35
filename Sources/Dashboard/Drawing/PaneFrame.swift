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

  /// A text in as many lines as the rectangle has.
  mutating func paragraph(_ text: String, in rect: Rect, style: Style) {
    for (index, line) in Wrap.lines(text, columns: rect.width).prefix(rect.height).enumerated() {
      put(line, x: rect.x, y: rect.y + index, style: style)
    }
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

/// What a pane that is only a title line says in a few words.
enum PaneSummary {
  static func text(_ pane: Pane, _ state: DashboardState) -> String {
    switch pane {
    case .setup:
      let settings = state.setup.settings
      return
        "\(state.snapshot.model?.name ?? "no model") / \(state.snapshot.data?.name ?? "no data"), rank \(settings.rankText(of: state.setup.targets))"
    case .modules: return state.code(state.setup.targets)
    case .parameters:
      return state.adapterParameters(state.setup.targets).map { NumberFormat.count($0) } ?? ""
    case .loss, .compareLoss, .runLoss:
      let runs = ChartRuns.of(state)
      return runs.isEmpty ? "" : runs.map { state.shortName($0) }.joined(separator: "  ")
    case .scatter: return "\(state.scatterPoints.points.count) sets"
    case .runs: return "\(state.snapshot.runs.count) runs"
    case .compareSettings:
      let differ = state.compare.comparison?.settings.count(where: \.differs)
      return differ.map { "\($0) differ" } ?? ""
    case .compareResults: return ""
    case .compareSamples: return state.compare.comparison.map { "\($0.samples.count) prompts" } ?? ""
    case .runGradient: return state.shownRun?.gradientNorms.last.map { NumberFormat.short(Double($0)) } ?? ""
    case .runRate: return state.shownRun?.learningRates.last.map { NumberFormat.scientific(Double($0)) } ?? ""
    case .runParameters:
      return state.shownRun?.prepared.map { NumberFormat.count($0.trainableParameters) } ?? ""
    case .runSamples: return state.run.examples.isEmpty ? "" : "\(state.run.examples.count) prompts"
    case .sweepCombinations: return "\(state.sweep.included.count) sets"
    case .sweepOptions: return state.sweep.preset.title
    case .sweepData: return "\(state.studyData.count) chosen"
    case .adviseCards: return state.advise.chosen.map { "\($0.kind.title): \($0.targets?.label ?? "no pick")" } ?? ""
    case .adviseRules: return "margin \(NumberFormat.fixed(state.advise.options.margin, 1))"
    case .adviseFindings:
      return state.advise.advice.map { "\($0.findings.count(where: { $0.verdict == .borneOut })) of 5 borne out" } ?? ""
    case .adviseTradeoffs:
      let measured = state.advise.advice?.tradeoffs.count { $0.measuredOverhead != nil } ?? 0
      return "\(measured) measured"
    case .log: return ""
    }
  }
}

/// Breaks text into lines at blanks; words that are wider than a line are cut.
package enum Wrap {
  package static func lines(_ text: String, columns: Int) -> [String] {
    guard columns > 0 else { return [] }
    return text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { paragraph($0, columns) }
  }

  private static func paragraph(_ text: Substring, _ columns: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    var used = 0
    for word in text.split(separator: " ") {
      var word = String(word)
      var width = CharacterWidth.columns(word)
      if used > 0, used + 1 + width <= columns {
        line += " " + word
        used += 1 + width
        continue
      }
      if used > 0 { lines.append(line) }
      while width > columns {
        let head = String(
          word.prefix(
            max(
              1,
              columns / 2 > 0 && CharacterWidth.columns(String(word.prefix(columns))) > columns ? columns / 2 : columns)
          ))
        lines.append(head)
        word = String(word.dropFirst(head.count))
        width = CharacterWidth.columns(word)
      }
      line = word
      used = width
    }
    if used > 0 || lines.isEmpty { lines.append(line) }
    return lines
  }
}
