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
    let title = "\(pane.number) \(title ?? pane.title)"
    let parts = note?.components(separatedBy: Self.between) ?? []
    let whole = Self.whole(parts, beside: title, in: rect)
    frame(
      rect, title: title, titleRight: whole.isEmpty ? parts.first : whole, footer: footer, footerRight: footerNote,
      heavy: focused, glyphs: state.glyphs, titleStyle: focused ? .title : Style(.title),
      noteStyle: .dim)
    return rect.inset(2, 1)
  }

  /// The note of a pane whose frame is drawn already, in whole parts, the first ones first: what is known only when its inside is.
  mutating func note(_ notes: [String], of pane: Pane, _ state: DashboardState, in rect: Rect, title: String? = nil) {
    let title = "\(pane.number) \(title ?? pane.title)"
    note(Self.whole(notes, beside: title, in: rect), on: rect, title: title, glyphs: state.glyphs)
  }

  private static let between = " · "

  /// The first parts of a note, as many as have room beside a title.
  private static func whole(_ parts: [String], beside title: String, in rect: Rect) -> String {
    // Corners and blanks at both sides, and a cell of the frame between title and note.
    let room = rect.width - CharacterWidth.columns(title) - 9
    var text = ""
    for part in parts {
      let longer = text.isEmpty ? part : text + between + part
      guard CharacterWidth.columns(longer) <= room else { break }
      text = longer
    }
    return text
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

  /// A line that names a pane which has no room now.
  mutating func titleLine(_ pane: Pane, _ state: DashboardState, in rect: Rect) {
    let glyphs = state.glyphs
    fill(rect)
    put(String(repeating: glyphs.light.horizontal, count: 2), x: rect.x, y: rect.y, style: Style(.border))
    // A row may name several panes: a title stays within its part.
    let whole = " \(pane.number) \(pane.title) "
    let title = CharacterWidth.columns(whole) + 3 <= rect.width ? whole : " \(pane.number) \(pane.shortTitle) "
    let used = put(title, x: rect.x + 2, y: rect.y, style: .dim, maxWidth: rect.width - 2)
    let summary = PaneSummary.text(pane, state)
    let width = rect.width - 2 - used
    put(
      String(repeating: glyphs.light.horizontal, count: max(0, width)), x: rect.x + 2 + used, y: rect.y,
      style: Style(.border))
    // A narrow title says few words, whole ones.
    guard !summary.isEmpty, width > 12, width >= 36 || CharacterWidth.columns(summary) <= width - 6 else { return }
    let short = summary.truncated(toColumns: width - 6, ellipsis: glyphs.ellipsis)
    put(" \(short) ", endingAt: rect.right - 2, y: rect.y, style: .dim)
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

  /// A set's name where it fits into so many columns, else its four cells (`Q·12`), or as much of the name as cells do not say.
  package func name(_ set: Targets, columns: Int) -> String {
    let name = set.label
    if CharacterWidth.columns(name) <= columns { return name }
    return set.isCombination || columns < 8
      ? set.cells(off: glyphs.off) : name.shortened(toColumns: columns, ellipsis: glyphs.ellipsis)
  }

  /// `#12 qkv+fc1`, or `#12 Q·1·` where that is wider than so many columns.
  package func name(_ run: RunSummary, columns: Int) -> String {
    let number = "#\(run.id) "
    return number + name(run.plan.targets, columns: columns - CharacterWidth.columns(number))
  }

  /// `D Q·12`: the digit that stands for a set in the scatter plot and its four cells; `base` where nothing is on. For the lists that
  /// are the key to the digits.
  package func code(_ set: Targets) -> String {
    set.isEmpty
      ? "base"
      : "\(set.code ?? "~") \(set.cells(off: glyphs.off))"
  }

  /// Names of runs for a column of a table: by their modules where each fits into so many columns, else all by the four cells.
  package func names(_ runs: [RunSummary], each columns: Int) -> [RunID: String] {
    let byName = runs.map { name($0, columns: 36) }
    let fit = byName.allSatisfy { CharacterWidth.columns($0) <= columns }
    return Dictionary(zip(runs.map(\.id), fit ? byName : runs.map(cells))) { first, _ in first }
  }

  private func cells(_ run: RunSummary) -> String {
    let set = run.plan.targets
    return "#\(run.id) " + (set.isCombination ? set.cells(off: glyphs.off) : name(set, columns: 12))
  }

  /// Names of runs for a row or some: by their modules where all of them fit, by the four cells, by the number alone.
  ///
  /// - Parameters:
  ///   - suffix: what stands behind each name.
  ///   - extra: columns that each takes besides.
  ///   - columns: of a row, with two between names.
  ///   - rows: that there are for them.
  package func names(
    _ runs: [RunSummary], suffix: (RunSummary) -> String = { _ in "" }, extra: Int = 0, columns: Int,
    rows: Int = 1
  ) -> [String] {
    func fit(_ names: [String]) -> Bool {
      var (row, used) = (1, 0)
      for name in names {
        let width = CharacterWidth.columns(name) + extra
        if used > 0, used + 2 + width > columns { (row, used) = (row + 1, 0) }
        used += (used > 0 ? 2 : 0) + width
        if used > columns || row > rows { return false }
      }
      return true
    }
    let byName = runs.map { name($0, columns: 36) + suffix($0) }
    if fit(byName) { return byName }
    let byCells = runs.map { cells($0) + suffix($0) }
    return fit(byCells) ? byCells : runs.map { "#\($0.id)" + suffix($0) }
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
    case .modules: return state.setup.targets.isEmpty ? "none on" : state.setup.targets.label
    case .parameters:
      return state.adapterParameters(state.setup.targets).map { NumberFormat.count($0) } ?? ""
    case .loss, .compareLoss, .runLoss:
      let runs = ChartRuns.of(state)
      return runs.isEmpty ? "" : state.names(runs, columns: 44).joined(separator: "  ")
    case .scatter: return Counted.text(state.scatterPoints.points.count, "set")
    case .runs: return Counted.text(state.snapshot.runs.count, "run")
    case .compareSettings:
      let differ = state.compare.comparison?.settings.count(where: \.differs)
      return differ.map { "\($0) differ" } ?? ""
    case .compareResults: return ""
    case .compareSamples: return state.compare.comparison.map { Counted.text($0.samples.count, "prompt") } ?? ""
    case .energy, .runEnergy:
      return EnergyPane.model(pane, state)?.largest.map { "most \(NumberFormat.short($0.value))" } ?? ""
    case .overview: return state.selectedRun.map { state.name($0, columns: 30) } ?? ""
    case .runSpeed: return state.shownRun?.tokensPerSecond.map { NumberFormat.grouped(Int($0)) } ?? ""
    case .runMemory: return RunChartPane.memory(state.shownRun) ?? ""
    case .runLatency: return state.shownRun?.latency.map { Figure.time($0.p50) } ?? ""
    case .comparePairs:
      let told = state.compare.comparison?.pairs.count { $0.verdict != .cannotTell }
      return told.map { "\($0) of \(state.compare.comparison?.pairs.count ?? 0) told" } ?? ""
    case .compareLatency, .compareLayers: return ""
    case .compareExamples:
      let differ = state.compare.grid.count(of: .differ)
      return state.compare.comparison == nil ? "" : "\(differ) differ"
    case .runGradient: return state.shownRun?.gradientNorms.last.map { NumberFormat.short(Double($0)) } ?? ""
    case .runRate: return state.shownRun?.learningRates.last.map { NumberFormat.scientific(Double($0)) } ?? ""
    case .runParameters:
      return state.shownRun?.prepared.map { NumberFormat.count($0.trainableParameters) } ?? ""
    case .runSamples: return state.run.examples.isEmpty ? "" : Counted.text(state.run.examples.count, "prompt")
    case .sweepCombinations: return Counted.text(state.sweep.included.count, "set")
    case .sweepOptions: return state.sweep.presetTitle
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
