import Messages
import Terminal

/// The first row: name, tabs, what is set up, and what the engine does.
package enum HeaderRow {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let isWide = rect.width >= 100
    let spans = [name(isWide)] + tabs(state, isWide).map(\.span)
    let used = canvas.put(spans, x: rect.x, y: rect.y, maxWidth: rect.width)
    var parts = engine(state)
    if let place = place(state) { parts.insert(Span(place, .dim), at: 0) }
    // The first to go where there is no room.
    if let machine = state.machine { parts.insert(Span(machine.text, machine.isBusy ? Style(.warn) : .dim), at: 0) }
    var line: [Span] = []
    // What does not fit is left out from the left: the engine's state matters most.
    var room = rect.width - used - 3
    for part in parts.reversed() {
      let width = CharacterWidth.columns(part.text) + (line.isEmpty ? 0 : 3)
      guard width <= room else { break }
      room -= width
      line = [part] + (line.isEmpty ? [] : [Span(" · ", .dim)]) + line
    }
    let width = line.reduce(0) { $0 + CharacterWidth.columns($1.text) }
    canvas.put(line, x: rect.right - width - 1, y: rect.y)
  }

  private static func name(_ isWide: Bool) -> Span {
    Span(" lorascope" + (isWide ? "  " : ""), Style(.title, bold: true))
  }

  private static func tabs(_ state: DashboardState, _ isWide: Bool) -> [(screen: ScreenName, span: Span)] {
    ScreenName.allCases.map { screen in
      let isChosen = screen == state.screen
      let name = isWide || isChosen ? screen.title : String(screen.letter)
      let text = isChosen ? "[\(name)]" : isWide ? " \(name) " : name
      return (screen, Span(isWide ? text : " " + text, isChosen ? Style(.title, bold: true) : .dim))
    }
  }

  /// The tab at a column.
  static func tab(at x: Int, _ state: DashboardState, in rect: Rect) -> ScreenName? {
    let isWide = rect.width >= 100
    var start = rect.x + CharacterWidth.columns(name(isWide).text)
    for tab in tabs(state, isWide) {
      let end = start + CharacterWidth.columns(tab.span.text)
      if x >= start, x < end { return tab.screen }
      start = end
    }
    return nil
  }

  /// Model and data set of what the screen shows: of its runs, or of Setup where that decides.
  private static func place(_ state: DashboardState) -> String? {
    let shown: [RunSummary]
    switch state.screen {
    case .run: shown = state.shownRun.map { [$0] } ?? []
    case .compare: shown = state.comparedRuns
    // Where the runs in view are of another base or other data than Setup, the header is the cursor's.
    case .main: shown = state.focusedPane == .runs ? state.selectedRun.map { [$0] } ?? [] : []
    case .sweep, .advise, .log: shown = []
    }
    if let first = shown.first {
      let model =
        shown.allSatisfy { $0.plan.model == first.plan.model } ? first.plan.model.displayName : "several models"
      if let data = state.commonData(shown) { return "\(model)/\(data)" }
      return "\(model)/\(Set(shown.map(\.plan.data)).count) data sets"
    }
    if state.screen == .sweep, state.studyData.count > 1, let model = state.snapshot.model {
      return "\(model.name)/\(state.studyData.count) data sets"
    }
    if state.screen == .advise, let advice = state.advise.advice, advice.origin == .measured {
      let data = advice.datasets.count == 1 ? advice.datasets[0] : "\(advice.datasets.count) data sets"
      return "\(advice.baseModel)/\(data)"
    }
    return setup(state)
  }

  private static func setup(_ state: DashboardState) -> String? {
    guard let model = state.snapshot.model else { return state.hasSnapshot ? "no model chosen" : nil }
    guard let data = state.snapshot.data else { return "\(model.name), no dataset" }
    return "\(model.name)/\(data.name)"
  }

  private static func engine(_ state: DashboardState) -> [Span] {
    let engine = state.snapshot.engine
    guard state.hasSnapshot else { return [Span("starting", .dim)] }
    var parts: [Span] = []
    if state.readOnlyReason != nil, engine.replay == nil { parts.append(Span("read only", Style(.warn))) }
    if engine.blockedReason != nil { parts.append(Span("engine waits", Style(.bad))) }
    if engine.finishesThenQuits { parts.append(Span("finishes, then quits", Style(.warn))) }
    let active = state.activeRuns
    let waiting = state.snapshot.queue.count
    if let what = engine.measuresSpeedOf {
      parts.append(Span("measuring speed: \(what)", Style(.live)))
    } else if let fleet = engine.fleet {
      parts.append(Span("measuring #\(fleet.run)'s fleet \(NumberFormat.percent(fleet.fraction))", Style(.live)))
    } else if engine.probe != nil {
      parts.append(Span("probing the base", Style(.live)))
    } else if let answers = engine.answers {
      parts.append(Span("\(answers.answers.count) adapters answer", Style(.live)))
    } else if engine.isMeasuring {
      let isBusy = state.machine?.isBusy == true
      parts.append(Span("measuring TPOT\(isBusy ? " on a busy machine" : "")", Style(isBusy ? .warn : .live)))
    } else if !active.isEmpty {
      parts.append(Span("\(active.count) running", Style(.live)))
      let rate = active.compactMap { $0.state == .training ? $0.tokensPerSecond : nil }.reduce(0, +)
      if rate > 0, rate.isFinite, state.size.columns >= 120 {
        parts.append(Span("\(NumberFormat.grouped(Int(rate))) tok/s", .dim))
      }
    }
    if engine.queuePaused { parts.append(Span("queue paused", Style(.warn))) }
    if waiting > 0 { parts.append(Span("\(waiting) queued", .plain)) }
    if let left = engine.timeLeft(at: state.now, active: active), !active.isEmpty || waiting > 0 {
      parts.append(Span("ETA \(NumberFormat.duration(left))", .plain))
    }
    if active.isEmpty && waiting == 0 && engine.measuresSpeedOf == nil && engine.probe == nil && engine.fleet == nil
      && engine.answers == nil && engine.cluster == nil
    {
      parts.append(Span("idle", .dim))
    }
    if let cluster = engine.cluster { parts.append(Span(ClusterDialog.brief(cluster), ClusterDialog.style(cluster))) }
    // Last, which is never left out.
    if let replay = engine.replay { parts.append(Span(ReplayMark.text(replay, state.glyphs), ReplayMark.style)) }
    return parts
  }
}

/// The last row but one: a text field, the engine's obstacle, or the newest notice.
package enum StatusRow {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let room = rect.width - 2
    if let edit = state.field {
      if let prompt = edit.prompt {
        let used = canvas.put(prompt, x: rect.x + 1, y: rect.y, style: Style(.key))
        let message = edit.message ?? ""
        // What is wrong takes the room that the text does not need, and half of the row where both are long.
        let most = max(room / 2, room - used - CharacterWidth.columns(edit.field.text) - 2)
        let columns = max(8, room - used - (message.isEmpty ? 0 : min(most, CharacterWidth.columns(message) + 2)))
        canvas.field(edit.field, x: rect.x + 1 + used, y: rect.y, columns: columns)
        if !message.isEmpty {
          canvas.put(
            message.truncated(toColumns: room - used - columns - 1, ellipsis: state.glyphs.ellipsis),
            x: rect.x + 2 + used + columns, y: rect.y, style: Style(.warn))
        }
      } else if let message = edit.message {
        canvas.put(message, x: rect.x + 1, y: rect.y, style: Style(.warn), maxWidth: room)
      } else if case .setup(let field) = edit.purpose {
        canvas.put(field.about, x: rect.x + 1, y: rect.y, style: .dim, maxWidth: room)
      } else if state.focusedPane == .sweepOptions {
        canvas.put(state.sweep.field.about, x: rect.x + 1, y: rect.y, style: .dim, maxWidth: room)
      }
      return
    }
    if let reason = state.snapshot.engine.blockedReason {
      canvas.put(
        [Span("\(state.glyphs.failed) ", Style(.bad)), Span(reason, Style(.warn))], x: rect.x + 1, y: rect.y,
        maxWidth: room)
      return
    }
    let notice = state.statusNotice
    // What the field is for gives way to news for ten seconds.
    let field: Span? =
      switch state.focusedPane {
      case .setup: PEFTLine.about(state) ?? Span(state.setupField.about, .dim)
      case .sweepOptions: Span(state.sweep.field.about, .dim)
      default: nil
      }
    if let field, notice.map({ state.now - $0.time > 10 }) ?? true {
      canvas.put(
        field.text.truncated(toColumns: room, ellipsis: state.glyphs.ellipsis), x: rect.x + 1, y: rect.y,
        style: field.style)
      return
    }
    // What the chosen column says gives way to what happened since.
    if let (about, chosen) = ColumnLine.of(state),
      notice.map({ $0.time <= chosen || state.now - $0.time > 10 }) ?? true
    {
      canvas.put(
        about.truncated(toColumns: room, ellipsis: state.glyphs.ellipsis), x: rect.x + 1, y: rect.y, style: .dim)
      return
    }
    guard let notice else {
      canvas.put(
        "Everything runs on this computer's CPU; models are read from disk.", x: rect.x + 1, y: rect.y, style: .dim,
        maxWidth: room)
      return
    }
    let (glyph, key) = NoticeSign.of(notice.level, state.glyphs)
    let time = notice.time > 0 ? Figure.clock(notice.time, utcOffset: state.utcOffset) + " " : ""
    canvas.put(
      [
        Span("\(glyph) ", Style(key)), Span(time, .dim),
        Span(
          notice.text.truncated(
            toColumns: room - 2 - CharacterWidth.columns(time), ellipsis: state.glyphs.ellipsis)),
      ], x: rect.x + 1, y: rect.y, maxWidth: room)
  }
}

/// What the chosen column of the focused table says, and when it was chosen.
enum ColumnLine {
  static func of(_ state: DashboardState) -> (about: String, chosen: Double)? {
    if state.focusedPane == .runs, let column = state.runs.column {
      return (column.about(state), state.runs.columnChosen)
    }
    guard state.focusedPane == .compareResults, let title = state.compare.column,
      let column = CompareResultsPane.explained(state).first(where: { $0.title == title })
    else { return nil }
    return ("\(title): \(column.about)", state.compare.columnChosen)
  }
}

/// The last row: what the keys do here. Cut from the right at whole hints; help and quit go last.
package enum HintRow {
  package static func draw(_ state: DashboardState, keymap: Keymap, in rect: Rect, on canvas: inout Canvas) {
    var x = rect.x + 1
    for (index, hint) in hints(state, keymap: keymap, columns: rect.width - 2).enumerated() {
      if index > 0 { x += 2 }
      x += canvas.put(hint.key, x: x, y: rect.y, style: Style(.key))
      x += 1
      x += canvas.put(hint.text, x: x, y: rect.y)
    }
  }

  package static func hints(
    _ state: DashboardState, keymap: Keymap, columns: Int
  ) -> [(key: String, text: String)] {
    if state.dialog != nil {
      return fitting([("Enter", "choose"), ("j k", "move"), ("Esc", "cancel")], last: [], columns)
    }
    if state.field?.purpose == .command {
      return fitting(
        [("Enter", "do it"), ("↑ ↓", "move"), ("Tab", "complete"), ("^U", "clear"), ("Esc", "close")], last: [], columns
      )
    }
    if state.field != nil {
      return fitting(
        [("Enter", "accept"), ("Esc", "give up"), ("^U", "clear"), ("^W", "word back")], last: [], columns)
    }
    if state.preview != nil {
      let accept = state.preview?.isCandidate == true ? [("Enter", "use it")] : []
      return fitting(
        accept + [(", .", "example"), ("j k", "scroll"), ("t", "tokens"), ("Esc", "back")], last: [], columns)
    }
    if state.probe?.isOpen == true {
      return fitting([("j k", "scroll"), ("r", "again"), ("Esc", "close")], last: [], columns)
    }
    if state.answers?.isOpen == true {
      return fitting([("j k", "scroll"), ("r", "another prompt"), ("Esc", "close")], last: [], columns)
    }
    if state.browser != nil {
      return fitting(
        [
          ("Enter", "open or choose"), ("→ ←", "in, out"), ("Tab", "complete"), ("~ /", "home, root"), ("Esc", "close"),
        ],
        last: [], columns)
    }
    if state.help != nil { return fitting([("/", "filter"), ("j k", "scroll"), ("Esc", "close")], last: [], columns) }
    // Those of a replay first: nothing else on the screen tells of them.
    var first: [(String, String)] = []
    var hints: [(String, String)] = []
    for context in state.focusedPane.chain {
      for binding in keymap.bindings(of: context) {
        guard let hint = binding.hint, binding.action != .go(.help), binding.action != .go(.leave) else { continue }
        if binding.whyNot(state) != nil || binding.changesRuns && state.readOnlyReason != nil { continue }
        if binding.isOfReplay {
          first.append((firstKey(binding), hint))
        } else {
          hints.append((firstKey(binding), hint))
        }
      }
    }
    hints = first + hints
    // After marking it is the next step.
    if state.screen == .main, state.marks.runs.count >= 2 {
      hints.insert(("C", "compare"), at: state.focusedPane == .runs ? min(2, hints.count) : hints.count)
    }
    if state.screen == .main { hints.append(("S", "sweep")) }
    return fitting(hints, last: [("?", "help"), ("q", state.screen == .main ? "quit" : "back")], columns)
  }

  /// A binding's label where it was given, its first key otherwise.
  private static func firstKey(_ binding: KeyBinding) -> String {
    if binding.keys.count == 1 { return binding.label }
    let all = binding.keys.map(\.printed).joined(separator: " ")
    return binding.label == all ? binding.keys.first?.printed ?? "" : binding.label
  }

  private static func fitting(
    _ hints: [(String, String)], last: [(String, String)], _ columns: Int
  ) -> [(key: String, text: String)] {
    func width(_ hints: [(String, String)]) -> Int {
      hints.reduce(-2) { $0 + CharacterWidth.columns($1.0) + CharacterWidth.columns($1.1) + 3 }
    }
    var shown = hints
    while width(shown + last) > columns, !shown.isEmpty { shown.removeLast() }
    return (shown + last).map { (key: $0.0, text: $0.1) }
  }
}
