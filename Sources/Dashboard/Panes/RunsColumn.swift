import Messages
import Terminal

/// The columns of the runs table: which are shown at a width, and what each says about a run.
package enum RunsColumn: String, CaseIterable, Sendable {
  case number, set, data, seed, differs, state, bar, percent, eta, rate, loss, accuracy, failures, p50, p95, overhead,
    parameters, name

  package var title: String {
    switch self {
    case .number: "#"
    case .set: "set"
    case .data: "data"
    case .seed: "s"
    case .differs: "differs"
    case .state: "state"
    case .bar: "prog"
    case .percent: ""
    case .eta: "eta"
    case .rate: "tok/s"
    case .loss: "loss"
    case .accuracy: "score %"
    case .failures: "fail"
    case .p50: "p50"
    case .p95: "p95"
    case .overhead: "ovh %"
    case .parameters: "params"
    case .name: "modules"
    }
  }

  /// Columns that the usual values take, without the blank before them.
  private var usualWidth: Int {
    switch self {
    case .number: 3
    case .set: 6
    case .data: 4
    case .seed: 2
    case .differs: 7
    case .state: 8
    case .bar: 7
    case .percent: 4
    case .eta: 5
    case .rate: 5
    case .loss: 5
    case .accuracy: 9
    case .failures: 5
    case .p50: 5
    case .p95: 5
    case .overhead: 9
    case .parameters: 6
    case .name: 18
    }
  }

  /// The widest that a text may make its column; nil for numbers, which are whole or not there.
  private var mostWidth: Int? {
    switch self {
    case .data: 16
    case .differs: 28
    case .set, .state, .bar, .name: usualWidth
    case .number, .seed, .percent, .eta, .rate, .loss, .accuracy, .failures, .p50, .p95, .overhead, .parameters: nil
    }
  }

  var isRight: Bool {
    switch self {
    case .set, .data, .differs, .state, .bar, .name: false
    case .number, .seed, .percent, .eta, .rate, .loss, .accuracy, .failures, .p50, .p95, .overhead, .parameters: true
    }
  }

  /// The order in which columns take the room that is there.
  private static let priority: [RunsColumn] = [
    .number, .set, .data, .seed, .state, .differs, .percent, .eta, .loss, .accuracy, .overhead, .failures, .p50, .bar,
    .rate, .parameters, .name, .p95,
  ]

  /// A column with the texts of the rows in view, and as wide as they need it.
  package struct Shown: Sendable {
    package var column: RunsColumn
    package var width: Int
    package var texts: [(text: String, style: Style)]
  }

  /// The columns for these rows at a width. A column takes the width that its numbers need, or goes.
  package static func shown(_ runs: some Collection<RunSummary>, _ state: DashboardState, width: Int) -> [Shown] {
    var left = width
    var chosen: [RunsColumn: Shown] = [:]
    for column in priority {
      if column == .data, !state.hasSeveralDataSets { continue }
      if column == .differs, state.differences.isEmpty { continue }
      let texts = runs.map { column.text($0, state) }
      let widest = texts.lazy.map { CharacterWidth.columns($0.text) }.max() ?? 0
      var own = max(column.usualWidth, min(widest, column.mostWidth ?? .max))
      if own + 1 > left {
        // A text may be shorter than it is; a number may not.
        guard column.mostWidth != nil, left > column.usualWidth else {
          if own > column.usualWidth || column == .data || column == .differs { continue }
          break
        }
        own = left - 1
      }
      left -= own + 1
      chosen[column] = Shown(column: column, width: own, texts: texts)
    }
    return allCases.compactMap { chosen[$0] }
  }

  func text(_ run: RunSummary, _ state: DashboardState) -> (text: String, style: Style) {
    let glyphs = state.glyphs
    let none = (String(glyphs.dash), Style.dim)
    switch self {
    case .number: return ("\(run.id)", state.marks.contains(run.id) ? state.seriesStyle(run.id) : .plain)
    case .set: return (state.code(run.plan.targets), state.marks.contains(run.id) ? state.seriesStyle(run.id) : .plain)
    case .data: return (run.plan.data.displayName, .plain)
    case .seed where run.plan.isBaseline: return none
    case .seed: return ("\(run.plan.settings.seed)", .dim)
    case .differs: return (state.differences.text(run.plan), .dim)
    case .state:
      let word = StateWord.of(run)
      return ("\(word.glyph(glyphs)) \(word.word)", Style(word.key))
    case .bar:
      let word = StateWord.of(run)
      return (Bar.progress(run.progress ?? 0, columns: usualWidth, glyphs: glyphs), Style(word.key))
    case .percent: return run.progress.map { (NumberFormat.percent($0), .plain) } ?? none
    case .eta:
      if run.state.isTerminal { return none }
      let seconds =
        run.secondsLeft ?? (run.state == .waiting ? state.estimate.item(run.plan)?.secondsPerRun : nil)
      return seconds.map { (NumberFormat.duration($0), run.state == .waiting ? .dim : .plain) } ?? none
    case .rate:
      guard let rate = run.tokensPerSecond, rate.isFinite else { return none }
      return (NumberFormat.count(Int(rate.rounded())), run.state.isActive ? .plain : .dim)
    case .loss:
      guard let loss = state.lastLoss(run) else { return none }
      return loss.isFinite ? (NumberFormat.short(loss), .plain) : ("NaN", Style(.bad))
    case .accuracy:
      if let score = run.score { return (Figure.percent(score.score, glyphs: glyphs), .plain) }
      guard let running = run.runningScore else { return none }
      return ("\(glyphs.about)" + NumberFormat.fixed(running * 100, 1), .dim)
    case .failures:
      return run.score.map { score in
        let percent = score.parseFailureRate * 100
        return (NumberFormat.fixed(percent, percent >= 99.95 ? 0 : 1) + "%", .plain)
      } ?? none
    case .p50: return run.latency.map { Figure.time($0, $0.p50) } ?? none
    case .p95: return run.latency.map { Figure.time($0, $0.p95) } ?? none
    case .overhead: return run.latency.map { Figure.overhead($0, glyphs: glyphs) } ?? none
    case .parameters:
      let count =
        run.prepared?.trainableParameters
        ?? state.snapshot.model?.adapterParameters(run.plan)
      return count.map { (NumberFormat.count($0), .dim) } ?? none
    case .name: return (run.plan.targets.label, .dim)
    }
  }
}
