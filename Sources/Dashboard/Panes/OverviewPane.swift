import Messages
import Recipe
import Terminal

/// The selected run beside the table: what it is, how far, what came of it. On wide screens always there, else opened by its number.
package enum OverviewPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let run = state.selectedRun
    let inner = canvas.pane(.overview, state, in: rect, note: run.map { "#\($0.id)" })
    guard let run else { return canvas.paragraph("no run is selected", in: inner, style: .dim) }
    var y = inner.y
    for line in lines(run, state, columns: inner.width) {
      guard y < inner.bottom else { return }
      canvas.put(line.label, x: inner.x, y: y, style: .dim)
      canvas.put(line.spans, x: inner.x + labelWidth, y: y, maxWidth: inner.width - labelWidth)
      y += 1
    }
  }

  private static let labelWidth = 9

  private struct Line {
    var label: String
    var spans: [Span]
  }

  private static func lines(_ run: RunSummary, _ state: DashboardState, columns: Int) -> [Line] {
    let glyphs = state.glyphs
    let room = columns - labelWidth
    var lines: [Line] = []
    func add(_ label: String, _ spans: [Span]) { lines.append(Line(label: label, spans: spans)) }
    func add(_ label: String, _ text: String, _ style: Style = .plain) {
      // A text may be shorter than it is; figures stand in spans of their own.
      add(label, [Span(text.truncated(toColumns: room, ellipsis: glyphs.ellipsis), style)])
    }
    let name = run.plan.isBaseline ? "the base, without an adapter" : state.name(run.plan.targets, columns: room)
    add("modules", name, state.seriesStyle(run.id).with(bold: true))
    add("data", "\(run.plan.data.displayName), seed \(run.plan.settings.seed)")
    let differs = state.differences.text(run.plan)
    if !differs.isEmpty { add("differs", differs) }
    let word = StateWord.of(run)
    var states = [Span("\(word.glyph(glyphs)) \(StateWord.sentence(run))", Style(word.key))]
    if run.showsProgress, let progress = run.progress {
      let bar = Bar.progress(progress, columns: 8, glyphs: glyphs)
      states += [Span(" \(bar)", Style(word.key)), Span(" \(NumberFormat.percent(progress))", .plain)]
      if let left = run.secondsLeft {
        let text = ", \(NumberFormat.duration(left)) left"
        let used = states.reduce(0) { $0 + CharacterWidth.columns($1.text) }
        // A figure is whole or not there.
        if used + CharacterWidth.columns(text) <= room { states.append(Span(text, .dim)) }
      }
    }
    add("state", states)
    if let reason = run.reason {
      for (index, part) in Wrap.lines(reason, columns: room).prefix(2).enumerated() {
        add(index == 0 ? "why" : "", part, Style(run.state == .failed ? .bad : .warn))
      }
    }
    if let loss = state.lastLoss(run) {
      let text = loss.isFinite ? NumberFormat.short(loss) : "NaN"
      let line = LossLine.text(run, state, columns: max(0, min(32, room - 8)))
      add("loss", [Span(line, state.seriesStyle(run.id)), Span(" \(text)", loss.isFinite ? .plain : Style(.bad))])
    }
    if let score = run.score {
      var spans = [Span("\(Figure.percent(score.score, glyphs: glyphs)) %", Style(.fg, bold: true))]
      let bar = IntervalBar.text(score.score, in: 0...1, columns: min(16, room - 14), glyphs: glyphs)
      spans.append(Span(" " + bar, Style(.ok)))
      add("score", spans)
    } else if let running = run.runningScore {
      add("score", "\(glyphs.about)\(NumberFormat.fixed(running * 100, 1)) % so far", .dim)
    }
    if let latency = run.latency {
      let (text, style) = Figure.overhead(latency, glyphs: glyphs)
      let about = latency.isBusy ? "~" : ""
      add("TPOT", [Span("\(about)\(Figure.time(latency.p50)), ", .plain), Span("\(text) % over base", style)])
    }
    if let prepared = run.prepared {
      let share = Figure.share(prepared.trainableParameters, of: prepared.baseParameters)
      add("params", "\(NumberFormat.count(prepared.trainableParameters)), \(share) of base")
    }
    var costs: [String] = []
    if let seconds = run.wallSeconds { costs.append(NumberFormat.duration(seconds)) }
    if let rate = run.tokensPerSecond, rate.isFinite, rate < 1e12 {
      costs.append("\(NumberFormat.grouped(Int(rate))) tok/s")
    }
    if let memory = run.peakMemoryBytes.map({ NumberFormat.bytes($0) }) ?? RunChartPane.memory(run) {
      costs.append(memory)
    }
    if !costs.isEmpty { add("cost", costs.joined(separator: ", ")) }
    if let path = run.adapterPath {
      add("adapter", Path.abbreviated(path).shortened(toColumns: room, ellipsis: glyphs.ellipsis))
    }
    return lines
  }
}
