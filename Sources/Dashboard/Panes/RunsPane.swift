import Messages
import Terminal

/// The table of all runs.
package enum RunsPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let runs = state.runRows
    let all = state.snapshot.runs.count
    let glyphs = state.glyphs
    let rowCount = max(0, rect.height - 3)
    let selected = runs.firstIndex { $0.id == state.runs.selected } ?? 0
    let top = scrollTop(selected: selected, rows: rowCount, count: runs.count)
    let inner = canvas.pane(
      .runs, state, in: rect, note: note(state, shown: runs.count),
      footer: state.runs.filter.isEmpty ? base(state, width: rect.width) : "/\(state.runs.filter)",
      footerNote: runs.isEmpty ? nil : "\(top + 1)-\(min(runs.count, top + rowCount))/\(runs.count)")
    guard all > 0 else { return FirstSteps.draw(state, in: inner, on: &canvas) }
    // The pointer stands on the frame's blank column, the mark beside it.
    let table = Rect(x: inner.x - 1, y: inner.y, width: inner.width + 2, height: inner.height)
    let shown = runs.dropFirst(top).prefix(rowCount)
    let columns = RunsColumn.shown(shown, state, width: table.width - 2)
    header(columns, state, in: table, on: &canvas)
    guard !runs.isEmpty else {
      canvas.put("no run fits the filter; Esc takes it away", x: inner.x + 1, y: table.y + 1, style: .dim)
      return
    }
    let focused = state.focusedPane == .runs
    for (offset, run) in shown.enumerated() {
      let y = table.y + 1 + offset
      let isCursor = run.id == state.runs.selected
      let isShaded = isCursor && focused
      func shade(_ style: Style) -> Style { isShaded ? style.selected : style }
      if isShaded { canvas.fill(Rect(x: table.x, y: y, width: table.width, height: 1), " ", Style.plain.selected) }
      if isCursor {
        canvas.put(String(glyphs.pointer), x: table.x, y: y, style: shade(Style(focused ? .focus : .dim)))
      }
      if state.marks.contains(run.id) {
        canvas.put(
          String(glyphs.marked), x: table.x + 1, y: y, style: shade(state.seriesStyle(run.id).with(bold: true)))
      } else if isInRange(run.id, runs, state) {
        canvas.put(String(glyphs.off), x: table.x + 1, y: y, style: shade(Style(.key)))
      }
      var x = table.x + 2
      for column in columns {
        let (text, style) = column.texts[offset]
        let fitting = column.column == .data ? text.shortened(toColumns: column.width, ellipsis: glyphs.ellipsis) : text
        canvas.put(
          fitting.padded(toColumns: column.width, right: column.column.isRight, ellipsis: glyphs.ellipsis), x: x, y: y,
          style: shade(run.state == .cancelled ? .dim : style))
        x += column.width + 1
      }
      if !run.state.isTerminal || run.state == .failed || run.state == .stopped {
        reason(run, state, columns, table, y, shade, &canvas)
      }
    }
  }

  /// Why a run failed or is paused, over the columns that have no figures yet.
  private static func reason(
    _ run: RunSummary, _ state: DashboardState, _ columns: [RunsColumn.Shown], _ table: Rect, _ y: Int,
    _ shade: (Style) -> Style, _ canvas: inout Canvas
  ) {
    guard let reason = run.reason, run.score == nil, run.latency == nil,
      let index = columns.firstIndex(where: { $0.column == .accuracy })
    else { return }
    let x = table.x + 2 + columns[..<index].reduce(0) { $0 + $1.width + 1 }
    let width = columns[index...].reduce(0) { $0 + $1.width + 1 } - 1
    guard width >= 12, run.runningScore == nil else { return }
    canvas.put(
      reason.truncated(toColumns: width - 1, ellipsis: state.glyphs.ellipsis).padded(toColumns: width), x: x, y: y,
      style: shade(run.state == .failed ? Style(.bad) : .dim))
  }

  private static func isInRange(_ run: RunID, _ runs: [RunSummary], _ state: DashboardState) -> Bool {
    guard let start = state.runs.rangeStart, let a = runs.firstIndex(where: { $0.id == start }),
      let b = runs.firstIndex(where: { $0.id == state.runs.selected }),
      let index = runs.firstIndex(where: { $0.id == run })
    else { return false }
    return (min(a, b)...max(a, b)).contains(index)
  }

  private static func header(
    _ columns: [RunsColumn.Shown], _ state: DashboardState, in table: Rect, on canvas: inout Canvas
  ) {
    var x = table.x + 2
    for column in columns {
      canvas.put(
        column.column.title.padded(toColumns: column.width, right: column.column.isRight), x: x, y: table.y,
        style: .dim)
      x += column.width + 1
    }
  }

  /// What the base scores without any adapter, for every score above it to be seen against.
  private static func base(_ state: DashboardState, width: Int) -> String? {
    guard let score = state.baseRun?.score else { return nil }
    func percent(_ share: Double) -> String { NumberFormat.fixed(share * 100, 1) }
    let data = state.hasSeveralDataSets ? " of \(state.snapshot.data?.name ?? "")" : ""
    let short = "base\(data) \(Figure.percent(score.score, glyphs: state.glyphs)) %"
    return width < 70
      ? short
      : "\(short), lenient \(percent(score.lenient)), \(percent(score.parseFailureRate)) % do not parse"
  }

  private static func note(_ state: DashboardState, shown: Int) -> String {
    let all = state.snapshot.runs.count
    guard all > 0 else { return "0 runs" }
    let arrow = state.runs.isReversed ? state.glyphs.sortUp : state.glyphs.sortDown
    var parts = [shown == all ? "\(all) run\(all == 1 ? "" : "s")" : "\(shown) of \(all)"]
    parts.append("sort \(state.runs.sort.title) \(arrow)")
    if !state.marks.runs.isEmpty { parts.append("\(state.marks.runs.count) marked") }
    return parts.joined(separator: " · ")
  }
}

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
