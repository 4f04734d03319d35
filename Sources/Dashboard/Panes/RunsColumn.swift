import Messages
import Terminal

/// The columns of the runs table: which are shown at a width, and what each says about a run.
package enum RunsColumn: String, CaseIterable, Sendable {
  case number, set, seed, state, bar, percent, eta, rate, loss, accuracy, failures, p50, p95, overhead, parameters, name

  package var title: String {
    switch self {
    case .number: "#"
    case .set: "set"
    case .seed: "s"
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

  /// Columns without the blank before them.
  package var width: Int {
    switch self {
    case .number: 3
    case .set: 6
    case .seed: 2
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

  var isRight: Bool {
    switch self {
    case .set, .state, .bar, .name: false
    default: true
    }
  }

  /// The order in which columns take the room that is there.
  private static let priority: [RunsColumn] = [
    .number, .set, .seed, .state, .percent, .eta, .loss, .accuracy, .overhead, .failures, .p50, .bar, .rate,
    .parameters,
    .name, .p95,
  ]

  package static func shown(width: Int) -> [RunsColumn] {
    var left = width
    var chosen: Set<RunsColumn> = []
    for column in priority {
      guard column.width + 1 <= left else { break }
      left -= column.width + 1
      chosen.insert(column)
    }
    return allCases.filter { chosen.contains($0) }
  }

  func text(_ run: RunSummary, _ state: DashboardState) -> (text: String, style: Style) {
    let glyphs = state.glyphs
    let none = (String(glyphs.dash), Style.dim)
    switch self {
    case .number: return ("\(run.id)", state.marks.contains(run.id) ? state.seriesStyle(run.id) : .plain)
    case .set: return (state.code(run.plan.targets), state.marks.contains(run.id) ? state.seriesStyle(run.id) : .plain)
    case .seed where run.plan.isBaseline: return none
    case .seed: return ("\(run.plan.settings.seed)", .dim)
    case .state:
      let word = StateWord.of(run)
      return ("\(word.glyph(glyphs)) \(word.word)", Style(word.key))
    case .bar:
      let word = StateWord.of(run)
      return (Bar.progress(run.progress ?? 0, columns: width, glyphs: glyphs), Style(word.key))
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
      guard let loss = state.lastLoss(run.id) else { return none }
      return loss.isFinite
        ? (loss < 1 ? NumberFormat.fixed(loss, 3) : NumberFormat.short(loss), .plain) : ("NaN", Style(.bad))
    case .accuracy:
      if let score = run.score { return (Figure.percent(score.score, glyphs: glyphs), .plain) }
      guard let running = run.runningScore else { return none }
      return ("\(glyphs.about)" + NumberFormat.fixed(running * 100, 1), .dim)
    case .failures:
      return run.score.map { score in
        let percent = score.parseFailureRate * 100
        return (NumberFormat.fixed(percent, percent >= 99.95 ? 0 : 1) + "%", .plain)
      } ?? none
    case .p50: return run.latency.map { (Figure.milliseconds($0.p50), .plain) } ?? none
    case .p95: return run.latency.map { (Figure.milliseconds($0.p95), .plain) } ?? none
    case .overhead: return run.latency.map { (Figure.overhead($0.overheadPercent, glyphs: glyphs), .plain) } ?? none
    case .parameters:
      let count =
        run.prepared?.trainableParameters
        ?? state.snapshot.model?.adapterParameters(run.plan)
      return count.map { (NumberFormat.count($0), .dim) } ?? none
    case .name: return (run.plan.targets.label, .dim)
    }
  }
}
