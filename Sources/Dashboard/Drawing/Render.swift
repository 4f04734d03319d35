import Messages
import Recipe
import Terminal

/// The whole screen as a canvas: a pure function of the state.
package enum Render {
  package static func screen(_ state: DashboardState, keymap: Keymap = .standard) -> Canvas {
    var canvas = Canvas(width: state.size.columns, height: state.size.rows)
    let layout = state.layout
    if layout.sizeClass == .tooSmall {
      TooSmallView.draw(state, keymap: keymap, on: &canvas)
    } else {
      HeaderRow.draw(state, in: layout.header, on: &canvas)
      if state.screen == .run { RunStrip.draw(state, in: layout.strip, on: &canvas) }
      for place in layout.places {
        if place.form == .title {
          canvas.titleLine(place.pane, state, in: place.rect)
        } else {
          draw(place.pane, state, in: place.rect, on: &canvas)
        }
      }
      StatusRow.draw(state, in: layout.status, on: &canvas)
      HintRow.draw(state, keymap: keymap, in: layout.hints, on: &canvas)
      if state.help != nil { HelpPane.draw(state, keymap: keymap, in: canvas.bounds, on: &canvas) }
      if let browser = state.browser { BrowserBox.draw(browser, state, in: canvas.bounds, on: &canvas) }
      if let probe = state.probe, probe.isOpen { ProbeBox.draw(probe, state, in: canvas.bounds, on: &canvas) }
      if let answers = state.answers, answers.isOpen { AnswersBox.draw(answers, state, in: canvas.bounds, on: &canvas) }
      if let preview = state.preview { PreviewBox.draw(preview, state, in: canvas.bounds, on: &canvas) }
      PaletteBox.draw(state, keymap: keymap, in: canvas.bounds, on: &canvas)
      if let dialog = state.dialog { DialogBox.draw(dialog, state, in: canvas.bounds, on: &canvas) }
    }
    if state.characterSet == .ascii { ASCIIFold.apply(to: &canvas) }
    return canvas
  }

  private static func draw(_ pane: Pane, _ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    switch pane {
    case .setup: SetupPane.draw(state, in: rect, on: &canvas)
    case .modules: ModulesPane.draw(state, in: rect, on: &canvas)
    case .parameters: ParametersPane.draw(state, in: rect, on: &canvas)
    case .loss, .compareLoss, .runLoss: LossPane.draw(pane, state, in: rect, on: &canvas)
    case .scatter: ScatterPane.draw(state, in: rect, on: &canvas)
    case .runs: RunsPane.draw(state, in: rect, on: &canvas)
    case .compareSettings: CompareSettingsPane.draw(state, in: rect, on: &canvas)
    case .compareResults: CompareResultsPane.draw(state, in: rect, on: &canvas)
    case .compareSamples: CompareSamplesPane.draw(state, in: rect, on: &canvas)
    case .energy, .runEnergy: EnergyPane.draw(pane, state, in: rect, on: &canvas)
    case .overview: OverviewPane.draw(state, in: rect, on: &canvas)
    case .runGradient, .runRate, .runSpeed, .runMemory: RunChartPane.draw(pane, state, in: rect, on: &canvas)
    case .runLatency: LatencyPane.draw(state, in: rect, on: &canvas)
    case .compareExamples: CompareExamplesPane.draw(state, in: rect, on: &canvas)
    case .comparePairs: ComparePairsPane.draw(state, in: rect, on: &canvas)
    case .compareLatency: CompareLatencyPane.draw(state, in: rect, on: &canvas)
    case .compareLayers: CompareLayersPane.draw(state, in: rect, on: &canvas)
    case .runParameters: RunParametersPane.draw(state, in: rect, on: &canvas)
    case .runSamples: RunSamplesPane.draw(state, in: rect, on: &canvas)
    case .sweepCombinations: SweepCombinationsPane.draw(state, in: rect, on: &canvas)
    case .sweepOptions: SweepOptionsPane.draw(state, in: rect, on: &canvas)
    case .sweepData: SweepDataPane.draw(state, in: rect, on: &canvas)
    case .adviseCards: AdviseCardsPane.draw(state, in: rect, on: &canvas)
    case .adviseRules: AdviseRulesPane.draw(state, in: rect, on: &canvas)
    case .adviseFindings: AdviseFindingsPane.draw(state, in: rect, on: &canvas)
    case .adviseTradeoffs: AdviseTradeoffsPane.draw(state, in: rect, on: &canvas)
    case .log: LogPane.draw(state, in: rect, on: &canvas)
    }
  }
}

/// What is drawn below the least size: how much is missing, that training goes on, and the keys that still work.
package enum TooSmallView {
  /// Where its keys are looked up: those of the runs' table and of every place.
  static let chain: [KeyContext] = [.runs, .global]

  package static func draw(_ state: DashboardState, keymap: Keymap, on canvas: inout Canvas) {
    let size = state.size
    let least = Layout.least
    let glyphs = state.glyphs
    var missing: [String] = []
    if size.columns < least.columns { missing.append(Counted.text(least.columns - size.columns, "column")) }
    if size.rows < least.rows { missing.append(Counted.text(least.rows - size.rows, "row")) }
    var lines: [(String, Style)] = [
      ("lorascope needs a larger terminal", Style(.title, bold: true)), ("", .plain),
      (
        "now \(size.columns) \(glyphs.times) \(size.rows)    short by \(missing.joined(separator: " and "))",
        Style(.warn)
      ),
      ("least \(least.columns) \(glyphs.times) \(least.rows)     best 120 \(glyphs.times) 36 or more", .plain),
    ]
    let replay = state.snapshot.engine.replay
    if let replay {
      lines.append((ReplayMark.text(replay, glyphs) + ": nothing trains", ReplayMark.style))
    } else if let run = state.activeRuns.first {
      let progress = run.progress.map { " \(NumberFormat.percent($0))" } ?? ""
      let left = run.secondsLeft.map { ", \(NumberFormat.duration($0)) left" } ?? ""
      lines.append(("\(glyphs.running) training goes on: #\(run.id)\(progress)\(left)", Style(.live)))
    } else {
      lines.append(("idle", .dim))
    }
    let actions: [(Action, String)] =
      replay == nil
      ? [(.runs(.pause), "pause"), (.program(.pauseQueue), "pause queue"), (.go(.leave), "save and quit")]
      : [(.go(.leave), "quit")]
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

/// The last step for terminals without UTF-8: whatever is left outside ASCII (texts of people and of the engine too)
/// becomes its nearest ASCII sign.
enum ASCIIFold {
  private static let signs: [Unicode.Scalar: Unicode.Scalar] = [
    "·": "-", "…": ">", "–": "-", "—": "-", "±": "~", "×": "x", "≈": "~", "≤": "<", "≥": ">", "α": "a", "β": "b",
    "÷": "/", "‖": "=", "→": ">", "←": "<", "↑": "^", "↓": "v", "⇧": "^", "▸": ">", "▾": "v", "▴": "^", "✓": "+",
    "✗": "!", "’": "'", "‘": "'", "“": "\"", "”": "\"", "•": "*", "│": "|", "─": "-", "░": ".", "█": "#", "°": "o",
    "µ": "u", "◌": "0",
  ]

  static func apply(to canvas: inout Canvas) {
    for y in 0..<canvas.height {
      for x in 0..<canvas.width {
        let cell = canvas[x, y]
        guard cell.scalar.value > 0x7e, cell.scalar != Cell.continuation else { continue }
        canvas[x, y] = Cell(scalar: signs[cell.scalar] ?? "?", style: cell.style)
      }
    }
  }
}
