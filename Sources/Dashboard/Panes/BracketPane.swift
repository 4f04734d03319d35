import Foundation
import Messages
import Recipe
import Terminal

/// A search's race: a row a candidate, a column a heat; who is in, who left, at which step, why. It stands where a sweep's combinations
/// do while a search is not over, unless a person wants to see those, and afterwards until they want to.
enum BracketPane {
  /// The search that is shown.
  static func shown(_ state: DashboardState) -> SearchSummary? {
    guard let search = newest(state), search.id != state.sweep.hiddenBracket else { return nil }
    let isAsked = search.id == state.sweep.openedBracket || state.snapshot.engine.replay != nil
    return !search.status.isOver || isAsked ? search : nil
  }

  /// The newest that is not over, else the newest.
  static func newest(_ state: DashboardState) -> SearchSummary? { open(state) ?? state.snapshot.searches.last }

  /// The newest that is not over.
  static func open(_ state: DashboardState) -> SearchSummary? { state.snapshot.searches.last { !$0.status.isOver } }

  /// Candidates and combinations that never started: rows that the cursor moves over.
  static func rowCount(_ search: SearchSummary) -> Int { BracketRow.rows(search).count }

  static func draw(_ search: SearchSummary, _ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let note = search.status == .paused ? "search \(search.id), paused" : "search \(search.id)"
    let inner = canvas.pane(.sweepCombinations, state, in: rect, note: note, footerNote: footer(search, state))
    var area = inner
    if let words = search.lookWords(state.snapshot.engine) {
      canvas.put(words, x: inner.x, y: inner.y, style: Style(.live), maxWidth: inner.width)
      area = area.split(top: 1).bottom
      if let probe = state.snapshot.engine.probe, probe.search == search.id, probe.phase != .reading {
        let columns = min(40, inner.width - 6)
        canvas.put(
          Bar.text(probe.fraction, columns: columns, glyphs: state.glyphs), x: inner.x, y: area.y, style: Style(.live))
        canvas.put(NumberFormat.percent(probe.fraction), x: inner.x + columns + 1, y: area.y, style: .dim)
        area = area.split(top: 1).bottom
      }
    } else if let answer = search.answer {
      let whole = Wrap.lines(answer.sentence, columns: inner.width)
      let lines = whole.prefix(3)
      for (offset, line) in lines.enumerated() where offset < inner.height {
        let isCut = offset == lines.count - 1 && whole.count > lines.count
        canvas.put(
          isCut ? line.continued(state.glyphs.ellipsis) : line, x: inner.x, y: inner.y + offset, style: .plain,
          maxWidth: inner.width)
      }
      area = area.split(top: min(area.height, lines.count + (inner.height >= 16 ? 1 : 0))).bottom
    }
    let rows = BracketRow.rows(search)
    guard !rows.isEmpty, area.height >= 3 else { return }
    table(rows, search, state, in: area, on: &canvas)
  }

  private static func footer(_ search: SearchSummary, _ state: DashboardState) -> String {
    // The other seeds of a race of rates are runs of their own, and searches at one time share the machine: how long those took is
    // not one search's to say.
    let isAlone = !state.snapshot.searches.contains { $0.id != search.id && $0.overlaps(search) }
    if search.request.purpose == .combinations, isAlone, !search.bracket.heats.isEmpty,
      let outcome = SearchOutcome([
        (search.secondsPromised, search.secondsTaken(search.ownNamed(state.snapshot.runs)))
      ])
    {
      return outcome.words { NumberFormat.duration($0) }
    }
    let used = NumberFormat.duration(search.secondsUsed)
    return search.secondsPromised.map { "\(used) of about \(NumberFormat.duration($0))" } ?? used
  }

  // MARK: The table

  /// `61.5 % ███`, under the heat's share of the steps.
  private static let heatWidth = 16

  private static func table(
    _ rows: [BracketRow], _ search: SearchSummary, _ state: DashboardState, in area: Rect, on canvas: inout Canvas
  ) {
    let chosen = min(max(0, state.sweep.bracketRow), rows.count - 1)
    let why = Wrap.lines(rows[chosen].sentence(search, state), columns: area.width)
    // The chosen candidate's story in full, under the table.
    let story = area.height >= 8 ? min(why.count, max(1, area.height / 4)) + 1 : 0
    let shown = max(1, area.height - 2 - story)
    let top = scrollTop(selected: chosen, rows: shown, count: rows.count)
    let most = area.width < 100 ? 14 : 26
    let names = min(most, max(10, rows.map { CharacterWidth.columns($0.name(search)) }.max() ?? 10))
    let heats = search.bracket.heats
    // The newest heats, as many as fit beside the names and the word.
    let columns = max(1, min(heats.count, (area.width - names - 8) / heatWidth))
    let first = max(0, heats.count - columns)
    header(heats, first, of: search, names: names, in: area, on: &canvas)
    for (offset, row) in rows[top..<min(rows.count, top + shown)].enumerated() {
      let y = area.y + 2 + offset
      draw(
        row, isChosen: top + offset == chosen, first, names: names, search, state,
        in: Rect(x: area.x, y: y, width: area.width, height: 1), on: &canvas)
    }
    if rows.count > shown {
      canvas.put(
        "\(top + 1)-\(min(rows.count, top + shown))/\(rows.count)", endingAt: area.right, y: area.y, style: .dim)
    }
    guard story > 1 else { return }
    let y = area.y + 2 + min(shown, rows.count)
    canvas.rule(area, y: y, glyphs: state.glyphs)
    for (offset, line) in why.prefix(story - 1).enumerated() {
      let isCut = offset == story - 2 && why.count > story - 1
      canvas.put(
        isCut ? line.continued(state.glyphs.ellipsis) : line, x: area.x, y: y + 1 + offset, style: .plain,
        maxWidth: area.width)
    }
  }

  private static func header(
    _ heats: [SearchBracket.Heat], _ first: Int, of search: SearchSummary, names: Int, in area: Rect,
    on canvas: inout Canvas
  ) {
    canvas.put("candidate", x: area.x + 2, y: area.y + 1, style: .dim)
    for (place, heat) in heats.enumerated() where place >= first {
      let x = area.x + 2 + names + 1 + (place - first) * heatWidth
      let (upper, lower): (String, String) =
        switch heat.kind {
        case .race(let share):
          ("heat \(place + 1) of \(search.plan.heats.count)", "\(Int((100 * share).rounded())) % of steps")
        case .confirm(let seed): ("confirmed", "seed \(seed)")
        }
      canvas.put(upper, x: x, y: area.y, style: .title, maxWidth: max(0, area.right - x))
      canvas.put(lower, x: x, y: area.y + 1, style: .dim, maxWidth: max(0, area.right - x))
    }
  }

  private static func draw(
    _ row: BracketRow, isChosen: Bool, _ first: Int, names: Int, _ search: SearchSummary, _ state: DashboardState,
    in area: Rect, on canvas: inout Canvas
  ) {
    let glyphs = state.glyphs
    let isShaded = isChosen && state.focusedPane == .sweepCombinations
    func shade(_ style: Style) -> Style { isShaded ? style.selected : style }
    if isShaded { canvas.fill(area, " ", Style.plain.selected) }
    let style = row.style
    canvas.put(String(row.sign(glyphs)), x: area.x, y: area.y, style: shade(style))
    canvas.put(
      row.name(search).shortened(toColumns: names, ellipsis: glyphs.ellipsis), x: area.x + 2, y: area.y,
      style: shade(row.isIn ? Style(.title, bold: true) : style))
    var x = area.x + 2 + names + 1
    for entry in row.entries.dropFirst(first) {
      guard let entry else { break }
      guard x + heatWidth - 2 <= area.right else { break }
      let text: String
      if let score = entry.score {
        let bar = Bar.text(score / 100, columns: 4, glyphs: glyphs)
        text = NumberFormat.fixed(score, 1).padded(toColumns: 5, right: true) + " " + bar
      } else {
        text = standing(entry, search, state)
      }
      canvas.put(text.truncated(toColumns: heatWidth - 1), x: x, y: area.y, style: shade(style))
      x += heatWidth
    }
    // Where it ended, the rest of its row says why.
    let reason = row.reason
    guard !reason.isEmpty, x + 8 <= area.right else { return }
    canvas.put(
      reason.truncated(toColumns: area.right - x, ellipsis: glyphs.ellipsis), x: x, y: area.y, style: shade(.dim))
  }

  /// What a run does whose result of the heat is not here yet.
  private static func standing(
    _ entry: SearchBracket.Entry, _ search: SearchSummary, _ state: DashboardState
  ) -> String {
    guard case .running = entry.standing else { return String(state.glyphs.dash) }
    let id = search.runs[SearchEntrant(candidate: entry.candidate, seed: entry.seed)]
    guard let run = id.flatMap(state.snapshot.run) else { return "next" }
    return run.totalSteps > 0 && run.state == .training
      ? "step \(run.step)/\(run.totalSteps)" : StateWord.of(run).word
  }
}

/// One candidate through all heats, or a combination that never started.
struct BracketRow {
  var targets: Targets
  /// Nil for what never started.
  var candidate: SearchCandidate?
  /// One a heat; nil in heats that it was not in.
  var entries: [SearchBracket.Entry?]
  var leave: LeaveReason?

  /// By how far they came, then in the order of the last heat that they were in; what never started last.
  static func rows(_ search: SearchSummary) -> [BracketRow] {
    let heats = search.bracket.heats
    var seen: Set<SearchCandidate> = []
    var rows: [BracketRow] = []
    for heat in heats.reversed() {
      for entry in heat.entries where seen.insert(entry.candidate).inserted {
        let entries = heats.map { heat in heat.entries.first { $0.candidate == entry.candidate } }
        var leave: LeaveReason?
        if case .left(let reason) = entry.standing { leave = reason }
        rows.append(
          BracketRow(
            targets: entry.candidate.targets, candidate: entry.candidate, entries: entries, leave: leave))
      }
    }
    let never = search.bracket.notStarted.sorted { $0.key.label < $1.key.label }
    return rows + never.map { BracketRow(targets: $0.key, candidate: nil, entries: [], leave: $0.value) }
  }

  var isIn: Bool { leave == nil }

  func name(_ search: SearchSummary) -> String {
    guard let candidate, search.plan.rates(of: targets).count > 1 else { return targets.label }
    return "\(targets.label) \(NumberFormat.setting(candidate.learningRate))"
  }

  func sign(_ glyphs: Glyphs) -> Character {
    guard isIn else { return candidate == nil ? glyphs.off : glyphs.failed }
    if case .running? = entries.last??.standing { return glyphs.running }
    return glyphs.done
  }

  var style: Style {
    guard isIn else { return .dim }
    if case .running? = entries.last??.standing { return Style(.live) }
    return Style(.ok)
  }

  /// `out at step 120: worse than …`
  var reason: String {
    guard let leave else { return "" }
    guard candidate != nil else { return "not started: \(LeaveText.words(leave))" }
    let step = entries.compactMap { $0?.step }.max().map { " at step \($0)" } ?? ""
    return "out\(step): \(LeaveText.words(leave))"
  }

  /// The whole story in a sentence or two.
  func sentence(_ search: SearchSummary, _ state: DashboardState) -> String {
    let heats: [String] = zip(entries, search.bracket.heats).compactMap { entry, _ in
      guard let entry, let score = entry.score, let step = entry.step else { return nil }
      let loss = entry.loss.map { ", loss \(NumberFormat.short($0))" } ?? ""
      return "\(NumberFormat.fixed(score, 1)) % at step \(step)\(loss)"
    }
    var standing = isIn ? (candidate == nil ? [] : ["still in"]) : [reason]
    if candidate == nil, case .notShortlisted? = leave, let sharing = search.plan.sharing {
      standing.append(sharing.words)
    }
    return "\(name(search)): " + (heats + standing).joined(separator: "; ")
  }
}
