import Messages
import Recipe
import Terminal

/// Scores with intervals and the paired test, latency and parameters of the compared runs.
package enum CompareResultsPane {
  private struct Column {
    var title: String
    var about: String
    var width: Int
    var isRight = true
    var isLeftOut = false
    var text: (Comparison.Row) -> (String, Style)
  }

  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let comparison = state.compare.comparison
    let examples = comparison?.rows.compactMap(\.run.score?.examples).min()
    let inner = canvas.pane(
      .compareResults, state, in: rect,
      note: examples.map { note($0, state) },
      footer: comparison?.groups.isEmpty == false
        ? "c: \(state.compare.showsGroups ? "single runs" : "seeds together")" : nil)
    guard let comparison else { return CompareEmpty.draw(.compareResults, state, in: inner, on: &canvas) }
    if state.compare.showsGroups { return CompareGroups.draw(comparison, state, in: inner, on: &canvas) }
    let columns = columns(comparison, state, width: inner.width - 2)
    let texts = comparison.rows.map { row in columns.map { $0.text(row) } }
    var x = inner.x + 2
    for column in columns {
      let isChosen = column.title == state.compare.column && state.focusedPane == .compareResults
      canvas.put(
        column.title.padded(toColumns: column.width, right: column.isRight), x: x, y: inner.y,
        style: isChosen ? Style(.focus, bold: true) : .dim)
      x += column.width + 2
    }
    // Of several data sets the base was scored on the baseline's.
    let runs = comparison.rows.map(\.run)
    let data = runs.first { $0.id == comparison.baseline }?.plan.data.displayName ?? ""
    let place = state.commonData(runs) == nil ? "on \(data): " : ""
    let base = comparison.base?.baseLine().map { ["\(place)\($0) (percent)"] } ?? []
    var conclusion = Wrap.lines(comparison.conclusion, columns: inner.width)
    // All but the first line gives way to rows; that of a third run is there where there is room.
    let sentenceRows = min(
      conclusion.count + base.count, max(1, min(4 + base.count, inner.height - 2 - comparison.rows.count)))
    // Where it would be cut, the figures of the table need not be said again.
    if sentenceRows - base.count < conclusion.count {
      conclusion = Wrap.lines(comparison.shortConclusion, columns: inner.width)
    }
    let rows = max(1, inner.height - 2 - sentenceRows)
    let selected = comparison.rows.firstIndex { $0.run.id == state.compare.selected } ?? 0
    let top = scrollTop(selected: selected, rows: rows, count: comparison.rows.count)
    let shown = comparison.rows.dropFirst(top).prefix(rows)
    let shownTexts = Array(texts.dropFirst(top).prefix(rows))
    let focused = state.focusedPane == .compareResults
    for (offset, row) in shown.enumerated() {
      let y = inner.y + 1 + offset
      let isCursor = row.run.id == state.compare.selected
      func shade(_ style: Style) -> Style { isCursor && focused ? style.selected : style }
      if isCursor && focused {
        canvas.fill(Rect(x: inner.x, y: y, width: inner.width, height: 1), " ", Style.plain.selected)
        canvas.put(String(state.glyphs.pointer), x: inner.x - 1, y: y, style: Style(.focus))
      }
      canvas.put(String(state.marker(row.run.id)), x: inner.x, y: y, style: shade(state.seriesStyle(row.run.id)))
      var x = inner.x + 2
      for (place, column) in columns.enumerated() {
        let (text, style) = shownTexts[offset][place]
        canvas.put(
          text.padded(toColumns: column.width, right: column.isRight, ellipsis: state.glyphs.ellipsis), x: x, y: y,
          style: shade(style))
        x += column.width + 2
      }
    }
    let y = inner.y + 1 + shown.count
    guard y + 1 < inner.bottom else { return }
    canvas.rule(inner, y: y, glyphs: state.glyphs)
    // The base's line stays before the conclusion's second.
    let space = inner.bottom - y - 1
    let concluded = min(conclusion.count, max(1, space - base.count))
    let based = base.prefix(max(0, space - concluded))
    for (index, line) in (conclusion.prefix(concluded) + based).enumerated() {
      let isCut = index == concluded - 1 && (concluded < conclusion.count || based.count < base.count)
      let text = isCut ? line.continued(state.glyphs.ellipsis) : line
      canvas.put(text.truncated(toColumns: inner.width, ellipsis: state.glyphs.ellipsis), x: inner.x, y: y + 1 + index)
    }
  }

  /// Titles of the columns that are shown now, and what each says.
  static func explained(_ state: DashboardState) -> [(title: String, about: String)] {
    guard let comparison = state.compare.comparison, let rect = state.layout.rect(of: .compareResults) else {
      return []
    }
    return columns(comparison, state, width: rect.width - 6).map { ($0.title, $0.about) }
  }

  private static func columns(_ comparison: Comparison, _ state: DashboardState, width: Int) -> [Column] {
    let glyphs = state.glyphs
    let dash = String(glyphs.dash)
    // Of several data sets each has its own.
    let metrics = Set(comparison.rows.compactMap(\.run.score?.metric))
    let metric = metrics.count == 1 ? metrics.first ?? "score" : "score"
    let runs = comparison.rows.map(\.run)
    let differences = SettingsDifferences(runs.map(\.plan))
    // A metric's name is whole or not there.
    let head = CharacterWidth.columns(metric) <= max(10, width / 6) ? metric : "score"
    let names = state.names(runs, each: width >= 100 ? 30 : 12)
    let all: [Column] = [
      Column(title: "run", about: "the run's number and modules; its marker is its curve's", width: 12, isRight: false)
      { row in
        (names[row.run.id] ?? "", .plain)
      },
      Column(
        title: "data", about: "the data set that the run was trained and scored on", width: 4, isRight: false,
        isLeftOut: state.commonData(runs) != nil
      ) { row in
        (row.run.plan.data.displayName.shortened(toColumns: 16, ellipsis: glyphs.ellipsis), .plain)
      },
      Column(
        title: "differs", about: "settings in which these runs differ: r rank, lr learning rate", width: 7,
        isRight: false, isLeftOut: differences.isEmpty
      ) { row in
        (differences.text(row.run.plan).truncated(toColumns: max(12, width / 6), ellipsis: glyphs.ellipsis), .dim)
      },
      Column(title: "\(head) %", about: "\(metric) on the evaluation prompts, with its 95 % interval", width: 12) {
        row in
        guard let score = row.run.score?.score else { return (dash, .dim) }
        return (Figure.interval(score, scale: 100, space: " ", glyphs: glyphs), .plain)
      },
      Column(
        title: "vs #\(comparison.baseline)",
        about: "points over the baseline, paired on prompts, 95 % interval; an arrow where a test tells them apart",
        width: 14
      ) { row in difference(row, glyphs) },
      Column(
        title: "overhead %", about: "TPOT p50 over the base's, 95 % interval; ~ ! measured on a busy machine", width: 12
      ) { row in
        guard let latency = row.run.latency else { return (dash, .dim) }
        let text = Figure.interval(latency.overheadPercent, signed: true, space: " ", glyphs: glyphs)
        return latency.isBusy ? ("~\(text)!", Style(.warn)) : (text, .plain)
      },
      Column(
        title: "N=\(CombinationSummary.fleetSequences) %",
        about: "TPOT of a batch of so many adapters over the same batch without; \(glyphs.about) predicted", width: 8,
        isLeftOut: runs.allSatisfy { state.fleets.value?.overhead($0) == nil }
      ) { row in
        state.fleets.value?.overhead(row.run).map { Figure.fleet($0, glyphs: glyphs) } ?? (dash, .dim)
      },
      Column(
        title: hasMicroseconds(runs) ? "p50" : "p50 ms", about: "median time per output token (TPOT), not merged",
        width: 7
      ) { row in
        row.run.latency.map { Figure.time($0, $0.p50) } ?? (dash, .dim)
      },
      Column(title: "fail", about: "answers from which no result could be read; they count as wrong", width: 7) { row in
        row.run.score.map { (NumberFormat.fixed($0.parseFailureRate * 100, 1) + " %", .plain) } ?? (dash, .dim)
      },
      Column(
        title: "verdict",
        about: "\(glyphs.front) on the front of score and latency; better or worse than the baseline by the test",
        width: 14, isRight: false
      ) { row in verdict(row, glyphs) },
      Column(
        title: "vs base", about: "points over the base without an adapter, paired on prompts, 95 % interval", width: 10
      ) { row in
        guard let over = row.overBase else { return (row.run.plan.isBaseline ? "base" : dash, .dim) }
        return (Figure.overhead(over, glyphs: glyphs), .plain)
      },
      Column(
        title: hasMicroseconds(runs) ? "p95" : "p95 ms", about: "95 of 100 output tokens are written within this time",
        width: 7
      ) { row in
        row.run.latency.map { Figure.time($0, $0.p95) } ?? (dash, .dim)
      },
      Column(title: "tok/out", about: "mean tokens of an answer; + at least so many, some were ended early", width: 7) {
        row in
        // At least so many where some answers were ended early.
        row.run.score.map { (NumberFormat.fixed($0.meanOutputTokens, 1) + ($0.cutAnswers == nil ? "" : "+"), .plain) }
          ?? (dash, .dim)
      },
      Column(
        title: "p (Holm)", about: "of the test against the baseline, corrected for the number of runs compared",
        width: 8
      ) { row in
        row.pValue.map { ((row.pIsBound ? glyphs.atMost : "") + NumberFormat.short($0, digits: 2), .plain) }
          ?? (dash, .dim)
      },
    ]
    var left = width
    var chosen: [Column] = []
    for column in all where !column.isLeftOut {
      if column.title == "vs base", comparison.rows.allSatisfy({ $0.overBase == nil }) { continue }
      // A column takes the width that its figures need, or goes.
      var column = column
      let widest = comparison.rows.map { CharacterWidth.columns(column.text($0).0) }.max() ?? 0
      let usual = column.width
      column.width = max(column.width, widest, CharacterWidth.columns(column.title))
      guard column.width <= left else {
        if column.width > usual { continue }
        break
      }
      left -= column.width + 2
      chosen.append(column)
    }
    return chosen
  }

  /// Some time is below a tenth of a millisecond: units stand beside the numbers then.
  private static func hasMicroseconds(_ runs: [RunSummary]) -> Bool {
    runs.contains { $0.latency.map { min($0.p50, $0.p95) < 0.1 } ?? false }
  }

  /// Which data set, how many prompts, and how they were compared.
  private static func note(_ examples: Int, _ state: DashboardState) -> String {
    let runs = state.compare.comparison?.rows.map(\.run) ?? []
    let groups = Set(runs.map(\.score?.groups))
    let over = ExampleGroups.words(groups.count == 1 ? groups.first ?? nil : nil)
    let data =
      state.commonData(runs).map { "\($0) · " } ?? "\(Set(runs.map(\.plan.data)).count) data sets · "
    return (state.hasSeveralDataSets ? data : "") + "n = \(examples) prompts each\(over) · 95 % CI · paired on prompt"
  }

  /// The arrow appears only where the test separates the two.
  private static func difference(_ row: Comparison.Row, _ glyphs: Glyphs) -> (String, Style) {
    if row.verdict == .baseline { return ("base", .dim) }
    guard let difference = row.difference else { return (String(glyphs.dash), .dim) }
    let text = Figure.interval(difference, signed: true, space: " ", glyphs: glyphs)
    switch row.verdict {
    case .better: return ("\(text) \(glyphs.better)", Style(.ok))
    case .worse: return ("\(text) \(glyphs.worse)", Style(.bad))
    case .cannotTell, .notComparable, .baseline: return ("\(text)  ", .plain)
    }
  }

  private static func verdict(_ row: Comparison.Row, _ glyphs: Glyphs) -> (String, Style) {
    // Whether it is on the front cannot be told from a latency that was measured on a busy machine.
    let front = row.run.latency?.isBusy == true ? "\(glyphs.busy) " : row.onFront == true ? "\(glyphs.front) " : ""
    switch row.verdict {
    case .better: return (front + "better", Style(.ok))
    case .worse: return (front + "worse", Style(.bad))
    case .cannotTell: return (front + "can't tell", .plain)
    case .baseline: return (front + "baseline", .dim)
    case .notComparable: return (front + "not comparable", Style(.warn))
    }
  }
}

extension Comparison {
  /// `#26 better than #2 by 4.6; can't tell #50`: what each is beside the baseline, without its test.
  fileprivate var shortConclusion: String {
    var parts = rows.compactMap { row -> String? in
      guard row.verdict == .better || row.verdict == .worse, let points = row.difference?.estimate else { return nil }
      return "#\(row.run.id) \(row.verdict.rawValue) by \(NumberFormat.fixed(abs(points), 1))"
    }
    for (verdict, words) in [(Comparison.Verdict.cannotTell, "can't tell"), (.notComparable, "not comparable")] {
      let runs = rows.filter { $0.verdict == verdict }.map { "#\($0.run.id)" }
      if !runs.isEmpty { parts.append("\(words) \(runs.joined(separator: " "))") }
    }
    return "Beside #\(baseline): " + parts.joined(separator: "; ")
  }
}

/// What Compare says while there is nothing to compare.
enum CompareEmpty {
  /// Once, among the results, where these are open.
  static func draw(_ pane: Pane, _ state: DashboardState, in inner: Rect, on canvas: inout Canvas) {
    guard pane == .compareResults || state.layout.rect(of: .compareResults) == nil else { return }
    let marked = state.comparedRuns
    let finished = marked.count { $0.state == .done || $0.state == .stopped }
    let text: String
    if let refusal = state.compare.answer.refusal {
      text = refusal
    } else if finished >= 2 {
      text = "comparing \(finished) runs"
    } else if marked.count >= 2 {
      text = "\(finished) of the \(marked.count) marked runs finished: two are needed for figures"
    } else {
      let so = marked.first.map { " Marked so far: \(state.name($0, columns: 36))." } ?? ""
      text = "Compare takes two to eight runs: mark them in Runs (M 6) with Space, then C.\(so)"
    }
    canvas.paragraph(text, in: inner, style: .dim)
  }
}
