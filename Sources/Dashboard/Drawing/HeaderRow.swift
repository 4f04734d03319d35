import Messages
import Terminal

/// The first row: name, tabs, what is set up, and what the engine does.
package enum HeaderRow {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let isWide = rect.width >= 100
    var spans = [Span(" lorascope" + (isWide ? "  " : ""), Style(.title, bold: true))]
    for screen in ScreenName.allCases {
      let name = isWide || screen == state.screen ? screen.title : String(screen.letter)
      if screen == state.screen {
        spans.append(Span(isWide ? "[\(name)]" : " [\(name)]", Style(.title, bold: true)))
      } else {
        spans.append(Span(isWide ? " \(name) " : " \(name)", .dim))
      }
    }
    let used = canvas.put(spans, x: rect.x, y: rect.y, maxWidth: rect.width)
    var parts = engine(state)
    if let place = place(state) { parts.insert(Span(place, .dim), at: 0) }
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

  /// Model and data set of what the screen shows: of its runs, or of Setup where that decides.
  private static func place(_ state: DashboardState) -> String? {
    let shown: [RunSummary]
    switch state.screen {
    case .run: shown = state.shownRun.map { [$0] } ?? []
    case .compare: shown = state.comparedRuns
    case .main, .sweep, .advise, .log: shown = []
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
    if state.readOnlyReason != nil { parts.append(Span("read only", Style(.warn))) }
    if engine.blockedReason != nil { parts.append(Span("engine waits", Style(.bad))) }
    if engine.finishesThenQuits { parts.append(Span("finishes, then quits", Style(.warn))) }
    let active = state.activeRuns
    let waiting = state.snapshot.queue.count
    if let what = engine.measuresSpeedOf {
      parts.append(Span("measuring speed: \(what)", Style(.live)))
    } else if engine.isMeasuring {
      parts.append(Span("measuring, quiet", Style(.live)))
    } else if !active.isEmpty {
      parts.append(Span("\(active.count) running", Style(.live)))
      let rate = active.compactMap { $0.state == .training ? $0.tokensPerSecond : nil }.reduce(0, +)
      if rate > 0, rate.isFinite, state.size.columns >= 120 {
        parts.append(Span("\(NumberFormat.grouped(Int(rate))) tok/s", .dim))
      }
    }
    if engine.queuePaused { parts.append(Span("queue paused", Style(.warn))) }
    if waiting > 0 { parts.append(Span("\(waiting) queued", .plain)) }
    if let left = engine.secondsLeft, !active.isEmpty || waiting > 0 {
      parts.append(Span("ETA \(NumberFormat.duration(left))", .plain))
    }
    if active.isEmpty && waiting == 0 && engine.measuresSpeedOf == nil { parts.append(Span("idle", .dim)) }
    return parts
  }
}
