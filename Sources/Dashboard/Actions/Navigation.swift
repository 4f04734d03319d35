import Messages
import Terminal

/// Between panes and screens, and out of them.
package enum Navigation: Hashable, Sendable {
  case nextPane, previousPane
  case pane(Int)
  case nextScreen, previousScreen
  case screen(ScreenName)
  case zoomPane, help, command, back, leave

  var name: String? {
    switch self {
    case .nextPane: "next-pane"
    case .previousPane: "previous-pane"
    case .pane(let number): "pane-\(number)"
    case .nextScreen: "next-screen"
    case .previousScreen: "previous-screen"
    case .screen(let screen): "screen-\(screen.rawValue)"
    case .zoomPane: "zoom-pane"
    case .help: "help"
    case .command: "command"
    case .back: "back"
    case .leave: "leave"
    }
  }
}

extension Update {
  mutating func perform(_ action: Navigation) {
    switch action {
    case .nextPane: focusNeighbour(1)
    case .previousPane: focusNeighbour(-1)
    case .pane(let number): focus(state.screen.panes[min(max(1, number), state.screen.panes.count) - 1])
    case .nextScreen: showNeighbour(1)
    case .previousScreen: showNeighbour(-1)
    case .screen(let screen): show(screen)
    case .zoomPane: state.isZoomed.toggle()
    case .help: state.help = HelpState()
    case .command: openPalette()
    case .back: back()
    case .leave: leave()
    }
  }

  mutating func show(_ screen: ScreenName) {
    guard screen != state.screen else { return }
    if screen == .run { state.run.run = state.runs.selected ?? state.run.run }
    state.trail.removeAll { $0 == screen }
    state.trail.append(state.screen)
    state.screen = screen
    state.isZoomed = false
  }

  private mutating func showNeighbour(_ step: Int) {
    let all = ScreenName.allCases
    let index = all.firstIndex(of: state.screen) ?? 0
    show(all[(index + step + all.count) % all.count])
  }

  mutating func focus(_ pane: Pane) {
    guard pane.screen == state.screen else { return }
    state.focus[state.screen] = pane
    if pane == .loss || pane == .scatter { state.mainChart = pane }
    state.compare.open = state.compare.open.showing(pane)
  }

  private mutating func focusNeighbour(_ step: Int) {
    let panes = state.screen.panes
    let index = panes.firstIndex(of: state.focusedPane) ?? 0
    // Panes that lie over the others are opened by their numbers.
    let open = panes.filter { !$0.isExtra || $0 == state.focusedPane || state.layout.rect(of: $0) != nil }
    let place = open.firstIndex(of: panes[index]) ?? 0
    focus(open[(place + step + open.count) % open.count])
  }

  /// `q`: the screen one came from; on Main the end, with a question while there is work left.
  private mutating func leave() {
    guard state.screen == .main else { return goBack() }
    quitOrAsk()
  }

  private mutating func goBack() {
    state.screen = state.trail.popLast() ?? .main
    state.isZoomed = false
  }

  /// One rung of the ladder: inspect, full screen, range of marks, filter, the screen before. Never the end.
  private mutating func back() {
    if state.focusedPane.isCurveChart, state.chart.crosshair != nil {
      state.chart.crosshair = nil
    } else if state.focusedPane == .scatter, state.scatter.inspected != nil {
      state.scatter.inspected = nil
    } else if state.heatmap.cursor != nil, state.focusedPane == .energy || state.focusedPane == .runEnergy {
      state.heatmap.cursor = nil
    } else if state.isZoomed {
      state.isZoomed = false
    } else if state.screen == .main, state.layout.places.contains(where: { $0.form == .overlay && $0.pane.isExtra }) {
      focus(.runs)
    } else if state.screen == .main, state.runs.rangeStart != nil {
      state.runs.rangeStart = nil
    } else if state.focusedPane == .runs, !state.runs.chosen.isEmpty {
      state.runs.chosen = []
    } else if state.focusedPane == .runs, state.runs.column != nil {
      state.runs.column = nil
    } else if state.focusedPane == .compareResults, state.compare.column != nil {
      state.compare.column = nil
    } else if state.screen == .main, !state.runs.filter.isEmpty {
      state.runs.filter = ""
    } else if state.screen == .log, !state.log.filter.isEmpty {
      state.log.filter = ""
    } else if state.screen != .main {
      goBack()
    }
  }
}
