import Messages
import Recipe
import Terminal

/// What the Run screen shows.
package struct RunView: Sendable {
  package struct Request: Hashable, Sendable {
    package var run: RunID
    /// Asked for again with every change of its state.
    package var state: RunState
  }

  /// Asked for again when it was measured again.
  package struct LatencyRequest: Hashable, Sendable {
    package var run: RunID
    package var p50: Double
  }

  package var run: RunID?
  /// Which charts stand beside the loss where there is no room for all.
  package var charts = RunCharts.gradientAndRate
  package var latency = Asked<LatencyRequest, LatencyHistogram>()
  package var answer = Asked<Request, [ExampleOutcome]>()
  package var sample = 0 { didSet { if sample != oldValue { sampleTop = 0 } } }
  /// Lines by which its texts are scrolled.
  package var sampleTop = 0

  package init() {}

  package var examples: [ExampleOutcome] { answer.value ?? [] }
}

/// The strip under the header of the Run screen: which run, how far, how fast; below it, where it is long, why the run ended.
package enum RunStrip {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    guard let run = state.shownRun else {
      canvas.put(" no run yet: n on Main trains the checked set", x: rect.x, y: rect.y, style: .dim)
      return
    }
    var spans = head(run, state, columns: rect.width)
    let reasons = reasonLines(run, state)
    let style = Style(run.state == .failed ? .bad : .warn)
    var parts = parts(run, state)
    if reasons.isEmpty, let reason = run.reason { parts.insert(reason, at: 0) }
    // Whole parts only; the reason of a failure comes first.
    var room = rect.width - columns(spans)
    for (index, part) in parts.enumerated() {
      let width = CharacterWidth.columns(part) + gap.count
      guard width <= room || index == 0 else { break }
      room -= width
      let isReason = index == 0 && reasons.isEmpty && run.reason != nil
      spans.append(Span(part + gap, isReason ? style : .plain))
    }
    canvas.put(spans, x: rect.x, y: rect.y, maxWidth: rect.width)
    for (row, line) in reasons.enumerated() where row + 1 < rect.height {
      canvas.put(" \(line)", x: rect.x, y: rect.y + 1 + row, style: style, maxWidth: rect.width)
    }
  }

  /// Rows that it takes.
  static func rows(_ state: DashboardState) -> Int {
    1 + (state.shownRun.map { reasonLines($0, state).count } ?? 0)
  }

  private static let gap = "   "
  private static let mostReasonLines = 3

  /// The reason in rows of its own; none where it has room in the first row, or there is none.
  private static func reasonLines(_ run: RunSummary, _ state: DashboardState) -> [String] {
    guard let reason = run.reason else { return [] }
    let width = state.size.columns
    if CharacterWidth.columns(reason) + gap.count <= width - columns(head(run, state, columns: width)) { return [] }
    let lines = Wrap.lines(reason, columns: width - 2)
    guard lines.count > mostReasonLines else { return lines }
    return lines.prefix(mostReasonLines - 1) + [lines[mostReasonLines - 1].continued(state.glyphs.ellipsis)]
  }

  private static func columns(_ spans: [Span]) -> Int { spans.reduce(0) { $0 + CharacterWidth.columns($1.text) } }

  /// Which run it is, and how far.
  private static func head(_ run: RunSummary, _ state: DashboardState, columns: Int) -> [Span] {
    let word = StateWord.of(run)
    let glyphs = state.glyphs
    let slot = state.marks.slot(run.id) ?? 0
    let name = name(run, state, columns: columns >= 100 ? 30 : 12)
    var spans = [
      Span(" \(glyphs.marker(slot)) #\(run.id)  ", Style(ThemeKey.series(slot), bold: true)),
      Span("\(name)  seed \(run.plan.settings.seed)  ", Style(.title)),
      Span("\(data(run, state, width: columns))   ", Style(.title)),
      Span("\(word.glyph(glyphs)) \(StateWord.sentence(run)) ", Style(word.key)),
    ]
    if let progress = run.progress {
      spans.append(Span(Bar.progress(progress, columns: columns >= 100 ? 20 : 10, glyphs: glyphs), Style(word.key)))
      spans.append(Span(" "))
    }
    return spans
  }

  /// What is known of it besides, what matters most first.
  private static func parts(_ run: RunSummary, _ state: DashboardState) -> [String] {
    // What a person wrote on it.
    var parts = [run.labels.line, run.labels.note.map(OneLine.text) ?? ""].filter { !$0.isEmpty }
    // What sets it apart from runs that look like it.
    let differs = state.differences.text(run.plan)
    if !differs.isEmpty { parts.append(differs) }
    if run.totalSteps > 0 { parts.append("\(run.step)/\(run.totalSteps)") }
    if let left = run.secondsLeft, !run.state.isTerminal { parts.append("\(NumberFormat.duration(left)) left") }
    if let rate = run.tokensPerSecond, rate.isFinite, rate > 0 {
      parts.append("\(NumberFormat.grouped(Int(rate))) tok/s")
    }
    if let memory = run.peakMemoryBytes.map({ NumberFormat.bytes($0) }) ?? RunChartPane.memory(run) {
      parts.append(memory)
    }
    if let prepared = run.prepared { parts.append("\(NumberFormat.count(prepared.trainableParameters)) parameters") }
    return parts
  }

  /// What the adapter acts on now: of a pruned one not what its parent acted on.
  private static func name(_ run: RunSummary, _ state: DashboardState, columns: Int) -> String {
    run.plan.pruning == nil
      ? state.name(run.plan.targets, columns: columns)
      : run.adaptedLabel.shortened(toColumns: columns, ellipsis: state.glyphs.ellipsis)
  }

  /// The run's own data set, which need not be the one of Setup.
  private static func data(_ run: RunSummary, _ state: DashboardState, width: Int) -> String {
    run.plan.data.displayName.shortened(toColumns: width >= 100 ? 24 : 14, ellipsis: state.glyphs.ellipsis)
  }
}

/// Parameters per group, and the measured latency.
package enum RunParametersPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let inner = canvas.pane(.runParameters, state, in: rect)
    guard let run = state.shownRun else { return }
    let settings = run.plan.settings
    var y = inner.y
    if let model = state.snapshot.model, model.reference == run.plan.model {
      let parts = parts(run.adaptedTargets).map {
        ($0.0, model.adapterParameters($0.1, settings))
      }
      let most = Double(max(1, parts.map(\.1).max() ?? 1))
      let barWidth = max(4, inner.width - 10 - 9)
      for (name, count) in parts where y < inner.bottom {
        canvas.put(name, x: inner.x, y: y)
        canvas.put(
          Bar.text(Double(count) / most, columns: barWidth, glyphs: state.glyphs), x: inner.x + 10, y: y,
          style: state.marks.contains(run.id) ? state.seriesStyle(run.id) : Style(.focus))
        canvas.put(NumberFormat.count(count), endingAt: inner.right, y: y)
        y += 1
      }
      if y < inner.bottom { canvas.rule(inner, y: y, glyphs: state.glyphs) }
      y += 1
    }
    for line in lines(run, state) {
      for part in Wrap.lines(line, columns: inner.width) {
        guard y < inner.bottom else { return }
        canvas.put(part, x: inner.x, y: y, style: line.hasPrefix("! ") ? Style(.warn) : .plain)
        y += 1
      }
    }
  }

  private static func parts(_ targets: Targets) -> [(String, Targets)] {
    let decoder = TargetGroup.allCases.flatMap { group -> [(String, Targets)] in
      let part = targets.intersection(group.set)
      if part.isEmpty { return [] }
      if part == group.set { return [(group.rawValue, part)] }
      return part.modules.map { ($0.rawValue, part.intersection(Targets(modules: [$0]))) }
    }
    let tower = targets.intersection(.vision)
    return tower.isEmpty ? decoder : decoder + [(Targets.visionName, tower)]
  }

  private static func lines(_ run: RunSummary, _ state: DashboardState) -> [String] {
    let settings = run.plan.settings.narrowed(to: run.plan.targets)
    let glyphs = state.glyphs
    var lines: [String] = []
    if let prepared = run.prepared {
      lines.append(
        "total \(NumberFormat.count(prepared.trainableParameters)), "
          + "\(Figure.share(prepared.trainableParameters, of: prepared.baseParameters)) of base, rank \(settings.rankText(of: run.plan.targets)), "
          + "\(glyphs.alpha) \(settings.alphaText(of: run.plan.targets, NumberFormat.setting))\(settings.useRSLoRA ? ", rsLoRA" : "")\(settings.useDoRA ? ", DoRA" : "")\(settings.promptOnly ? ", prompt-only" : "")\(settings.useBF16 ? ", bf16" : "")\(settings.evaluatesInBF16 ? ", scored in bf16" : "")"
      )
      lines.append(
        [(prepared.trainingExamples, "example"), (prepared.modules.count, "module"), (prepared.threads, "thread")]
          .filter { $0.0 > 0 }.map { Counted.text($0.0, $0.1) }.joined(separator: ", "))
    }
    for field in SettingField.all where field.isByGroup && field.value(settings) != nil {
      lines.append("\(field.title): \(field.text(settings))")
    }
    if let latency = run.latency {
      lines.append(
        "TPOT p50 \(Figure.time(latency.p50)) p95 \(Figure.time(latency.p95)), "
          + "\(Figure.overhead(latency, glyphs: glyphs).text) % over base p50 \(Figure.time(latency.baseP50))"
      )
      if let busy = Figure.busy(latency) { lines.append("! \(busy)") }
      lines.append("batch 1, adapter not merged, \(latency.blocks) blocks in turn with the base")
      if run.remeasuring != nil { lines.append("TPOT is measured again: \(NumberFormat.percent(run.phaseProgress))") }
    } else if run.state == .measuring {
      lines.append("TPOT is being measured: \(NumberFormat.percent(run.phaseProgress))")
    } else if !run.state.isTerminal, settings.measureLatency {
      lines.append("TPOT is measured after training, in turn with the base, while nothing trains")
    }
    if let score = run.score {
      lines.append(
        "\(score.metric) \(Figure.percent(score.score, glyphs: glyphs)) %, lenient "
          + "\(NumberFormat.fixed(score.lenient * 100, 1)) %, n = \(score.examples)")
    }
    if let path = run.adapterPath { lines.append("adapter: \(path)") }
    return lines
  }
}
