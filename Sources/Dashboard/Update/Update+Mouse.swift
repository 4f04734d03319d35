import Messages
import Terminal

/// What the pointer is doing between a press and its release, and where it was pressed last.
package struct PointerState: Sendable, Equatable {
  package enum Drag: Sendable, Equatable {
    /// A line between panes, and how far it was moved already when the button went down on `start`.
    case seam(Seam, before: Int, start: Int)
    /// A part of the x axis, from the value at which the button went down.
    case range(Pane, from: Double, column: Int)
    case inspect(Pane)
  }

  package var drag: Drag?
  var pressed: (x: Int, y: Int, time: Double)?

  package init() {}

  package static func == (a: PointerState, b: PointerState) -> Bool {
    a.drag == b.drag && a.pressed?.x == b.pressed?.x && a.pressed?.y == b.pressed?.y
      && a.pressed?.time == b.pressed?.time
  }
}

/// The mouse, as the table in `docs/dashboard.md` says. Nothing depends on it.
extension Update {
  /// Seconds between the presses of a double click.
  private static let doubleClick = 0.4

  mutating func point(_ event: MouseEvent) {
    let layout = state.layout
    switch event.action {
    case .press: press(event, layout)
    case .drag: drag(event)
    case .release: release(event)
    case .wheelUp, .wheelDown:
      guard let pane = layout.pane(x: event.x, y: event.y) else { return }
      focus(pane)
      let direction = event.action == .wheelDown ? 1 : -1
      if pane.isCurveChart { zoomAbout(event, pane, closer: direction < 0) } else { move(direction) }
    }
  }

  private mutating func press(_ event: MouseEvent, _ layout: Layout) {
    state.pointer.drag = nil
    if event.button == .right {
      guard let pane = layout.pane(x: event.x, y: event.y), pane.isCurveChart else { return }
      focus(pane)
      return inspect(event, pane)
    }
    guard event.button == .left else { return }
    let isDouble =
      state.pointer.pressed.map {
        $0.x == event.x && $0.y == event.y && state.now - $0.time <= Self.doubleClick && state.now >= $0.time
      } ?? false
    state.pointer.pressed = isDouble ? nil : (event.x, event.y, state.now)
    if event.y == layout.header.y {
      if let screen = HeaderRow.tab(at: event.x, state, in: layout.header) { perform(.go(.screen(screen))) }
      return
    }
    let seam = layout.seam(x: event.x, y: event.y)
    if let seam {
      let name = seam.name(on: state.screen)
      if isDouble {
        state.sizes[name] = nil
        return
      }
      state.pointer.drag = .seam(
        seam, before: state.sizes[name] ?? 0, start: seam.isVertical ? event.x : event.y)
    }
    guard let pane = layout.pane(x: event.x, y: event.y) else { return }
    let wasFocused = state.focusedPane == pane
    // With the focus the list may stand elsewhere: what was pointed at is what was seen.
    let set =
      pane != .parameters ? nil : layout.rect(of: pane).flatMap { ParametersPane.set(atRow: event.y, in: $0, state) }
    focus(pane)
    guard seam == nil else { return }
    if pane == .parameters { state.parametersRow = set ?? state.parametersRow }
    if pane.isCurveChart, let x = report(of: pane)?.x(atColumn: event.x) {
      state.pointer.drag = .range(pane, from: x, column: event.x)
    }
    select(pane, x: event.x, y: event.y)
    if isDouble, wasFocused { open(pane) }
  }

  /// A double click is Enter where Enter opens or chooses something.
  private mutating func open(_ pane: Pane) {
    guard !pane.isCurveChart, let binding = keymap.binding(for: .enter, chain: pane.chain) else { return }
    switch pane {
    // There a click alone toggles, or edits.
    case .modules, .sweepData: return
    default: perform(binding)
    }
  }

  private mutating func release(_ event: MouseEvent) {
    let drag = state.pointer.drag
    state.pointer.drag = nil
    guard case .range(let pane, let from, let column) = drag, abs(event.x - column) >= 2,
      let report = report(of: pane)
    else { return }
    let area = report.area
    let to = report.x(atColumn: min(max(event.x, area.x), area.right - 1)) ?? from
    let axis = ChartAxis(state)
    guard axis.kind != .steps || abs(to - from) >= 5 else { return state.say("no closer than 5 steps") }
    guard to != from else { return }
    state.chart.followsNewest = false
    state.chart.range = min(from, to) / axis.factor...max(from, to) / axis.factor
  }

  private mutating func drag(_ event: MouseEvent) {
    switch state.pointer.drag {
    case .seam(let seam, let before, let start):
      let moved = before + (seam.isVertical ? event.x : event.y) - start
      state.sizes[seam.name(on: state.screen)] = moved == 0 ? nil : moved
    case .inspect(let pane): inspect(event, pane)
    case .range, nil: return
    }
  }

  // MARK: Charts

  /// Where a chart has its axes: as it is drawn now.
  private func report(of pane: Pane) -> PlotReport? {
    guard let rect = state.layout.rect(of: pane) else { return nil }
    var scratch = Canvas(width: state.size.columns, height: state.size.rows)
    switch pane {
    case .loss, .compareLoss, .runLoss: return LossPane.draw(pane, state, in: rect, on: &scratch)
    case .runGradient, .runRate, .runSpeed, .runMemory: return RunChartPane.draw(pane, state, in: rect, on: &scratch)
    default: return nil
    }
  }

  /// All charts of the screen show the step under the pointer.
  private mutating func inspect(_ event: MouseEvent, _ pane: Pane) {
    guard let report = report(of: pane), report.area.width > 0 else { return }
    let column = min(max(event.x, report.area.x), report.area.right - 1)
    guard let x = report.x(atColumn: column), x.isFinite, abs(x) < 1e15 else { return }
    let last = ChartRuns.of(state).map(\.losses.count).max() ?? 0
    guard last > 0 else { return state.say("there is no curve yet", .warning) }
    state.pointer.drag = .inspect(pane)
    state.chart.crosshair = min(max(1, step(at: x)), last)
  }

  /// The inspected run's step at a place of the axis as it is labelled.
  private func step(at x: Double) -> Int {
    let axis = ChartAxis(state)
    let runs = ChartRuns.of(state)
    guard axis.kind != .steps, runs.indices.contains(state.chart.series) else { return Int(x.rounded()) }
    return ChartAxis.step(at: x / axis.factor, runs[state.chart.series], state)
  }

  private mutating func zoomAbout(_ event: MouseEvent, _ pane: Pane, closer: Bool) {
    let x = report(of: pane)?.x(atColumn: event.x)
    let crosshair = state.chart.crosshair
    if let x, x.isFinite, abs(x) < 1e15 { state.chart.crosshair = step(at: x) }
    perform(.chart(.zoom(closer ? 1 : -1)))
    state.chart.crosshair = crosshair
  }

  // MARK: Rows

  /// The row under the pointer becomes the selected one; a box toggles, a column's title sorts.
  private mutating func select(_ pane: Pane, x: Int, y: Int) {
    guard let rect = state.layout.rect(of: pane) else { return }
    switch pane {
    case .runs:
      if y == rect.y + 1 { return sort(at: x, in: rect) }
      let rows = state.runRows
      let shown = max(0, rect.height - 3)
      let selected = rows.line(of: state.runs) ?? 0
      let index = scrollTop(selected: selected, rows: shown, count: rows.lineCount) + y - rect.y - 2
      if y > rect.y + 1, y < rect.bottom - 1, (0..<rows.lineCount).contains(index) { setCursor(rows, line: index) }
    case .adviseCards:
      state.advise.card = AdviseCardsPane.card(at: x, in: rect) ?? state.advise.card
    case .compareExamples:
      if let example = CompareExamplesPane.example(x: x, y: y, in: rect, state) { state.compare.sample = example }
    case .modules, .setup, .compareSettings, .compareResults, .sweepCombinations, .sweepOptions,
      .sweepData, .adviseFindings, .adviseTradeoffs, .log:
      choose(pane, in: rect, x: x, y: y)
    default: return
    }
  }

  /// The cursor goes to the pointer's row, as far as rows of a list lie under each other; then a box under the pointer toggles.
  private mutating func choose(_ pane: Pane, in rect: Rect, x: Int, y: Int) {
    if pane == .log, state.log.wraps { return }
    let canvas = Render.screen(state, keymap: keymap)
    let rows = rect.y + 1..<max(rect.y + 1, rect.bottom - 1)
    func isSelected(_ row: Int) -> Bool {
      (rect.x..<rect.right).contains { canvas[$0, row].style.background == .key(.selBg) }
    }
    guard rows.contains(y), let cursor = rows.first(where: isSelected) else { return }
    let isBox = Self.isBox(canvas, x: x, y: y)
    // A click on a title or a rule above or below the list moves nothing.
    guard canvas.text[y].contains(where: { $0.isLetter || $0.isNumber }) else { return }
    let before = state
    if y != cursor { move(y - cursor) }
    if pane == .setup { chooseSetupColumn(x: x, in: rect) }
    if y != cursor, state.focusedPane != .log {
      // Rows that are no items end the move elsewhere: then nothing was meant.
      let now = Render.screen(state, keymap: keymap)
      let isThere = (rect.x..<rect.right).contains { now[$0, y].style.background == .key(.selBg) }
      let hasScrolled = rows.first { row in
        (rect.x..<rect.right).contains { now[$0, row].style.background == .key(.selBg) }
      }
      if !isThere, hasScrolled == nil || [.modules, .setup, .sweepOptions].contains(pane) { state = before }
    }
    guard isBox else { return }
    switch pane {
    case .modules: perform(.setup(.toggleModule))
    case .sweepCombinations: perform(.sweep(.include))
    case .sweepData: perform(.sweep(.includeData))
    default: return
    }
  }

  /// `[x]`, `[ ]` or `[~]` around a cell.
  private static func isBox(_ canvas: Canvas, x: Int, y: Int) -> Bool {
    (x - 2...x).contains { start in
      canvas[start, y].character == "[" && canvas[start + 2, y].character == "]"
        && "x ~".contains(canvas[start + 1, y].character)
    }
  }

  /// The left or the right one of two fields of a row.
  private mutating func chooseSetupColumn(x: Int, in rect: Rect) {
    guard let row = SetupField.rows.first(where: { $0.contains(state.setupField) }), row.count > 1 else { return }
    let share = Double(x - rect.x) / Double(max(1, rect.width))
    state.setupField = row[min(row.count - 1, max(0, Int(share * Double(row.count))))]
  }

  private mutating func sort(at x: Int, in rect: Rect) {
    guard let column = RunsPane.column(at: x, state, in: rect) else { return }
    perform(.runs(.sortBy(column.sort)))
  }
}

/// The key that a click on a hint stands for.
extension HintRow {
  static func key(at x: Int, _ state: DashboardState, keymap: Keymap, in rect: Rect) -> Key? {
    var start = rect.x + 1
    for (index, hint) in hints(state, keymap: keymap, columns: rect.width - 2).enumerated() {
      if index > 0 { start += 2 }
      let end = start + CharacterWidth.columns(hint.key) + 1 + CharacterWidth.columns(hint.text)
      if x >= start, x < end { return key(hint.key, hint.text, state, keymap) }
      start = end
    }
    return nil
  }

  private static func key(_ label: String, _ text: String, _ state: DashboardState, _ keymap: Keymap) -> Key? {
    let isOpen =
      state.dialog != nil || state.field != nil || state.preview != nil || state.probe?.isOpen == true
      || state.answers?.isOpen == true
      || state.browser != nil || state.help != nil
    if !isOpen {
      let bindings = state.focusedPane.chain.flatMap { keymap.bindings(of: $0) }
      if let key = bindings.first(where: { $0.hint == text })?.keys.first { return key }
    }
    let word = label.split(separator: " ").first.map(String.init) ?? label
    return KeyName.parse(word)
  }
}
