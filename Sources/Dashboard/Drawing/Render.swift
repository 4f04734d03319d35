import Messages
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
      if let preview = state.preview { PreviewBox.draw(preview, state, in: canvas.bounds, on: &canvas) }
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
    case .runGradient, .runRate: RunChartPane.draw(pane, state, in: rect, on: &canvas)
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
