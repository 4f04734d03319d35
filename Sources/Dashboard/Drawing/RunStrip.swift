import Messages
import Terminal

/// The strip under the header of the Run screen: which run, how far, how fast.
package enum RunStrip {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    guard let run = state.shownRun else {
      canvas.put(" no run yet: n on Main trains the checked set", x: rect.x, y: rect.y, style: .dim)
      return
    }
    let word = StateWord.of(run)
    let glyphs = state.glyphs
    let slot = state.marks.slot(run.id) ?? 0
    var spans = [
      Span(" \(glyphs.marker(slot)) #\(run.id)  ", Style(ThemeKey.series(slot), bold: true)),
      Span("\(state.code(run.plan.targets))  seed \(run.plan.settings.seed)  ", Style(.title)),
      Span("\(data(run, state, width: rect.width))   ", Style(.title)),
      Span("\(word.glyph(glyphs)) \(StateWord.sentence(run)) ", Style(word.key)),
    ]
    if let progress = run.progress {
      spans.append(Span(Bar.progress(progress, columns: rect.width >= 100 ? 20 : 10, glyphs: glyphs), Style(word.key)))
      spans.append(Span(" "))
    }
    var parts: [String] = []
    if run.totalSteps > 0 { parts.append("\(run.step)/\(run.totalSteps)") }
    if let left = run.secondsLeft, !run.state.isTerminal { parts.append("\(NumberFormat.duration(left)) left") }
    if let rate = run.tokensPerSecond, rate.isFinite { parts.append("\(NumberFormat.grouped(Int(rate))) tok/s") }
    if let memory = run.peakMemoryBytes { parts.append(NumberFormat.bytes(memory)) }
    if let prepared = run.prepared { parts.append("\(NumberFormat.count(prepared.trainableParameters)) parameters") }
    // What sets it apart from runs that look like it.
    let differs = state.differences.text(run.plan)
    if !differs.isEmpty { parts.insert(differs, at: 0) }
    if let reason = run.reason { parts.insert(reason, at: 0) }
    // Whole parts only; the reason of a failure comes first.
    var room = rect.width - spans.reduce(0) { $0 + CharacterWidth.columns($1.text) }
    for (index, part) in parts.enumerated() {
      let width = CharacterWidth.columns(part) + 3
      guard width <= room || index == 0 else { break }
      room -= width
      let isReason = index == 0 && run.reason != nil
      spans.append(Span(part + "   ", isReason ? Style(run.state == .failed ? .bad : .warn) : .plain))
    }
    canvas.put(spans, x: rect.x, y: rect.y, maxWidth: rect.width)
  }

  /// The run's own data set, which need not be the one of Setup.
  private static func data(_ run: RunSummary, _ state: DashboardState, width: Int) -> String {
    run.plan.data.displayName.shortened(toColumns: width >= 100 ? 24 : 14, ellipsis: state.glyphs.ellipsis)
  }
}
