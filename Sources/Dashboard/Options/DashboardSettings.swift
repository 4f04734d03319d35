import Messages
import Terminal

/// Every option of the dashboard, as `config.toml` sets it, the menu of options shows it and the state folder remembers it.
package struct DashboardSettings: Sendable, Equatable {
  package var theme = Theme.night.name
  /// Nil: what the terminal can.
  package var color: ColorDepth?
  /// Nil: by locale and widths.
  package var charset: CharacterSet?
  /// Pictures as such, where the terminal shows them.
  package var graphics = true
  package var mouse = true
  package var bell = false
  package var notify = false
  /// Frames a second while something changes.
  package var refresh = 10
  package var machine = true
  package var axes = ChartView().axes
  /// Index into `MovingAverage.betas`; nil: by the length of each run.
  package var smoothing = ChartView().smoothing
  package var raw = ChartView().showsRaw
  package var scatterX = ScatterView().x
  package var confidence = ScatterView().uncertainty
  package var sort = RunsTable().sort
  package var reversed = RunsTable().isReversed
  package var filter = ""
  package var remember = true
  /// A file of keys instead of `keys.toml`; empty: that one.
  package var keys = ""
  /// The store that is used without `--store`; empty: the one in the data folder.
  package var store = ""

  package init() {}
}

extension DashboardState {
  /// The options as they are now: those that a screen keeps are read where it keeps them.
  package var settings: DashboardSettings {
    var settings = options
    let view = charts[.main] ?? ChartView()
    settings.theme = themeName
    settings.mouse = mouseIsOn
    settings.axes = view.axes
    settings.smoothing = view.smoothing
    settings.raw = view.showsRaw
    settings.scatterX = scatter.x
    settings.confidence = scatter.uncertainty
    settings.sort = runs.sort
    settings.reversed = runs.isReversed
    settings.filter = runs.filter
    return settings
  }

  /// Puts options to their places. Theme, colours and mouse are the program's and the terminal's: those come by themselves.
  /// - Parameter before: what was set; only what differs from it is touched. Nil at the start.
  package mutating func use(_ settings: DashboardSettings, insteadOf before: DashboardSettings? = nil) {
    func differs<Value: Equatable>(_ path: KeyPath<DashboardSettings, Value>) -> Bool {
      before.map { $0[keyPath: path] != settings[keyPath: path] } ?? true
    }
    options = settings
    if differs(\.mouse) { mouseIsOn = settings.mouse }
    for screen in [ScreenName.main, .compare, .run] {
      var view = charts[screen] ?? ChartView()
      if differs(\.axes) { view.axes = settings.axes }
      if differs(\.smoothing) { view.smoothing = settings.smoothing }
      if differs(\.raw) { view.showsRaw = settings.raw }
      charts[screen] = view
    }
    if differs(\.scatterX) { scatter.x = settings.scatterX }
    if differs(\.confidence) { scatter.uncertainty = settings.confidence }
    if differs(\.sort) { runs.sort = settings.sort }
    if differs(\.reversed) { runs.isReversed = settings.reversed }
    if differs(\.filter) { runs.filter = settings.filter }
  }
}
