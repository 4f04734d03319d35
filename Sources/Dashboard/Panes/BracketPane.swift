import Foundation
import Messages
import Recipe
import Terminal

/// A search's heats, the newest first: who is in, who left, at which step, why. It stands where a sweep's combinations do while a
/// search is not over, unless a person wants to see those.
enum BracketPane {
  /// The search that is shown.
  static func shown(_ state: DashboardState) -> SearchSummary? {
    open(state).flatMap { $0.id == state.sweep.hiddenBracket ? nil : $0 }
  }

  /// The newest that is not over.
  static func open(_ state: DashboardState) -> SearchSummary? { state.snapshot.searches.last { !$0.status.isOver } }

  static func draw(_ search: SearchSummary, _ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let note = search.status == .paused ? "search \(search.id), paused" : "search \(search.id)"
    let inner = canvas.pane(.sweepCombinations, state, in: rect, note: note, footerNote: footer(search))
    var y = inner.y
    if let words = search.lookWords(state.snapshot.engine) {
      canvas.put(words, x: inner.x, y: y, style: Style(.live), maxWidth: inner.width)
      y += 1
      if let probe = state.snapshot.engine.probe, probe.search == search.id, probe.phase != .reading {
        let columns = min(40, inner.width - 6)
        canvas.put(
          Bar.text(probe.fraction, columns: columns, glyphs: state.glyphs), x: inner.x, y: y, style: Style(.live))
        canvas.put(NumberFormat.percent(probe.fraction), x: inner.x + columns + 1, y: y, style: .dim)
      }
    } else if let answer = search.answer {
      for line in Wrap.lines(answer.sentence, columns: inner.width).prefix(3) where y < inner.bottom {
        canvas.put(line, x: inner.x, y: y, style: .plain, maxWidth: inner.width)
        y += 1
      }
    }
    for (text, style) in rows(search, state) {
      guard y < inner.bottom else { return }
      canvas.put(
        text.truncated(toColumns: inner.width, ellipsis: state.glyphs.ellipsis), x: inner.x, y: y, style: style)
      y += 1
    }
  }

  private static func footer(_ search: SearchSummary) -> String {
    let used = NumberFormat.duration(search.secondsUsed)
    return search.secondsPromised.map { "\(used) of about \(NumberFormat.duration($0))" } ?? used
  }

  private static func rows(_ search: SearchSummary, _ state: DashboardState) -> [(text: String, style: Style)] {
    var rows: [(text: String, style: Style)] = []
    for (place, heat) in search.bracket.heats.enumerated().reversed() {
      rows.append((title(heat, place, of: search.plan.heats.count), .dim))
      rows += heat.entries.map { row($0, search, state) }
    }
    for (targets, reason) in search.bracket.notStarted.sorted(by: { $0.key.label < $1.key.label }) {
      rows.append(("out  \(targets.label)  \(LeaveText.words(reason))", .dim))
    }
    return rows
  }

  private static func title(_ heat: SearchBracket.Heat, _ place: Int, of heats: Int) -> String {
    switch heat.kind {
    case .race(let share): "heat \(place + 1) of \(heats), to \(Int((100 * share).rounded())) % of the steps"
    case .confirm(let seed): "confirmed with seed \(seed)"
    }
  }

  private static func row(
    _ entry: SearchBracket.Entry, _ search: SearchSummary, _ state: DashboardState
  ) -> (text: String, style: Style) {
    let targets = entry.candidate.targets
    let rates = search.plan.rates(of: targets).count
    let name = targets.label + (rates > 1 ? " \(NumberFormat.setting(entry.candidate.learningRate))" : "")
    let score = entry.score.map { String(format: "%5.1f %%", $0) } ?? "    \(state.glyphs.dash)  "
    let step = entry.step.map { " step \($0)" } ?? ""
    let figures = "\(name.padded(toColumns: 20)) \(score)\(step)"
    switch entry.standing {
    case .running:
      let run = search.runs[SearchEntrant(candidate: entry.candidate, seed: entry.seed)].flatMap(state.snapshot.run)
      let place = run.map { $0.totalSteps > 0 ? "\($0.state.rawValue) step \($0.step)" : $0.state.rawValue } ?? ""
      return ("\(state.glyphs.ellipsis)    \(name.padded(toColumns: 20)) \(place)", .plain)
    case .scored: return ("in   \(figures)", Style(.ok))
    case .left(let reason): return ("out  \(figures): \(LeaveText.words(reason))", .dim)
    }
  }
}
