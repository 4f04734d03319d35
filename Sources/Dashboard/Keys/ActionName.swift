import Messages

extension Action {
  /// What `keys.toml` calls the action: unique within a context. Nil for what only dialogs choose.
  package var name: String? {
    switch self {
    case .help: "help"
    case .command: "command"
    case .leave: "leave"
    case .back: "back"
    case .nextPane: "next-pane"
    case .previousPane: "previous-pane"
    case .pane(let number): "pane-\(number)"
    case .nextScreen: "next-screen"
    case .previousScreen: "previous-screen"
    case .screen(let screen): "screen-\(screen.rawValue)"
    case .zoomPane: "zoom-pane"
    case .pauseQueue: "pause-queue"
    case .copy: "copy"
    case .chooseTheme: "theme"
    case .toggleMouse: "mouse"
    case .redraw: "redraw"
    case .suspend: "suspend"
    case .interrupt: "interrupt"
    case .move(let rows): rows > 0 ? "next" : "previous"
    case .page(let direction): direction > 0 ? "page-down" : "page-up"
    case .halfPage(let direction): direction > 0 ? "half-page-down" : "half-page-up"
    case .first: "first"
    case .last: "last"
    case .filter: "filter"
    case .scroll(let rows): rows > 0 ? "scroll-down" : "scroll-up"
    case .columns(let columns): columns > 0 ? "next-column" : "previous-column"
    default: paneName
    }
  }

  private var paneName: String? {
    switch self {
    case .mark: "mark"
    case .openRun: "open"
    case .rangeOfMarks: "range"
    case .unmarkAll: "unmark-all"
    case .pauseRun: "pause"
    case .stopRun: "stop"
    case .deleteRun: "delete"
    case .repeatRun: "repeat"
    case .exportRun: "export"
    case .baseline: "baseline"
    case .sortRuns: "sort"
    case .measureAgain: "measure-again"
    case .moveInQueue(let earlier): earlier ? "earlier" : "later"
    case .queueRun: "queue"
    case .toggleModule: "toggle"
    case .allModules: "all"
    case .unfold: "unfold"
    case .fold: "fold"
    case .editLayers: "layers"
    case .useSet: "use-set"
    case .choose(let step): step > 0 ? "next-choice" : "previous-choice"
    case .step(let step): step > 0 ? "step-up" : "step-down"
    case .resetField: "reset"
    case .edit: "edit"
    case .previewData: "examples"
    case .allSettings: "all-rows"
    case .unmarkRow: "unmark"
    case .sample(let step): step > 0 ? "next-prompt" : "previous-prompt"
    case .otherRun(let step): step > 0 ? "next-run" : "previous-run"
    case .include: "include"
    case .includeAll: "include-all"
    case .preset: "preset"
    case .sortPlan: "sort"
    case .startSweep: "start"
    case .includeData: "include"
    case .includeAllData: "include-all"
    case .measureSpeed: "measure"
    case .card(let step): step > 0 ? "next-card" : "previous-card"
    case .evidence: "evidence"
    case .queueMissing: "queue-missing"
    case .thresholds: "thresholds"
    case .scope: "scope"
    case .publishedStudy: "published"
    case .exportAdvice: "export"
    case .budget(let step): step > 0 ? "more-budget" : "less-budget"
    case .followLog: "follow"
    case .wrapLog: "wrap"
    case .logLevel: "level"
    default: chartName
    }
  }

  private var chartName: String? {
    switch self {
    case .inspect: "inspect"
    case .inspectStep(let columns):
      abs(columns) > 1 ? (columns > 0 ? "far-right" : "far-left") : (columns > 0 ? "right" : "left")
    case .inspectSeries(let step): step > 0 ? "next-series" : "previous-series"
    case .inspectEnd(let end): end > 0 ? "last-step" : "first-step"
    case .zoomChart(let step): step > 0 ? "zoom-in" : "zoom-out"
    case .zoomAll: "zoom-all"
    case .follow: "follow"
    case .axes: "axes"
    case .smooth(let step): step > 0 ? "smoother" : "rougher"
    case .raw: "raw"
    case .unit: "unit"
    case .confidence: "confidence"
    case .publishedOverlay: "published"
    default: nil
    }
  }
}
