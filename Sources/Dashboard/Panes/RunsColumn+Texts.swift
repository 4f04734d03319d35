import Messages
import Recipe
import Terminal

extension RunsColumn {
  /// What a memory of the table calls it.
  package var key: String {
    if case .setting(let key) = self { return "setting:\(key)" }
    return "\(self)"
  }

  /// Nil for what no version had, and for a setting that is gone.
  package init?(key: String) {
    if key.hasPrefix("setting:") {
      let name = String(key.dropFirst("setting:".count))
      guard SettingField.named(name) != nil else { return nil }
      self = .setting(name)
    } else if let plain = Self.plain.first(where: { $0.key == key }) {
      self = plain
    } else {
      return nil
    }
  }

  /// What `o` orders rows by while the column is chosen.
  package var sort: RunsTable.Sort {
    switch self {
    case .number: .number
    case .labels: .labels
    case .set, .name: .set
    case .data: .data
    case .seed: .seed
    case .differs: .differs
    case .state: .state
    case .bar, .percent: .progress
    case .eta: .eta
    case .rate: .rate
    case .loss: .loss
    case .accuracy: .accuracy
    case .failures: .failures
    case .p50: .p50
    case .p95: .p95
    case .overhead: .overhead
    case .fleet: .fleet
    case .parameters: .parameters
    case .wall: .wall
    case .created: .created
    case .curve: .loss
    case .scoreBar: .accuracy
    case .overheadBar: .overhead
    case .setting(let key): .setting(key)
    }
  }

  /// - Parameter glyphs: the state's, which are many.
  func text(_ run: RunSummary, _ state: DashboardState, _ glyphs: Glyphs) -> (text: String, style: Style) {
    let none = (String(glyphs.dash), Style.dim)
    switch self {
    case .number:
      // It stands under the run whose adapter it made smaller.
      let text = run.plan.pruning == nil ? "\(run.id)" : "\(glyphs.axisCorner)\(run.id)"
      if state.runs.chosen.contains(run.id) { return (text, Style(.key, bold: true)) }
      return (text, state.marks.contains(run.id) ? state.seriesStyle(run.id) : .plain)
    case .labels:
      let pin = run.labels.isPinned ? "\(glyphs.above) " : ""
      return (pin + run.labels.line, Style(.title))
    case .wall: return run.wallSeconds.map { (NumberFormat.duration($0), .dim) } ?? none
    case .created: return (Figure.day(run.created, utcOffset: state.utcOffset), .dim)
    case .setting(let key):
      guard let field = SettingField.named(key), field.isSaid(of: run) else { return none }
      return (field.text(run.plan.settings), .plain)
    case .set:
      return (
        run.plan.isBaseline
          ? "base"
          : run.adaptedTargets.cells(off: glyphs.off) + (run.plan.settings.promptOnly ? " \(glyphs.promptOnly)" : ""),
        state.marks.contains(run.id) ? state.seriesStyle(run.id) : .plain
      )
    case .name: return (run.adaptedLabel, state.marks.contains(run.id) ? state.seriesStyle(run.id) : .plain)
    case .data: return (run.plan.data.displayName, .plain)
    case .seed where run.plan.isBaseline: return none
    case .seed: return ("\(run.plan.settings.seed)", .dim)
    case .differs: return (state.differences.text(run.plan), .dim)
    case .state:
      let word = StateWord.of(run)
      return ("\(word.glyph(glyphs)) \(word.word)", Style(word.key))
    // A full bar beside each finished run would be the brightest thing on the screen and say nothing.
    case .bar:
      guard run.showsProgress, let progress = run.progress else { return ("", .plain) }
      return (Bar.progress(progress, columns: usualWidth, glyphs: glyphs), Style(StateWord.of(run).key))
    case .percent:
      guard let progress = run.progress, run.showsProgress || run.state == .failed || run.state == .stopped else {
        return ("", .plain)
      }
      return (NumberFormat.percent(progress), .plain)
    case .eta:
      if run.state.isTerminal { return ("", .plain) }
      let seconds =
        run.secondsLeft ?? (run.state == .waiting ? state.estimate.item(run.plan)?.secondsPerRun : nil)
      return seconds.map { (NumberFormat.duration($0), run.state == .waiting ? .dim : .plain) } ?? none
    case .rate:
      guard let rate = run.tokensPerSecond, rate.isFinite, rate > 0 else { return none }
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
    case .fleet: return state.fleets.value?.overhead(run).map { Figure.fleet($0, glyphs: glyphs) } ?? none
    case .parameters:
      let count =
        run.prepared?.trainableParameters
        ?? state.snapshot.model?.adapterParameters(run.plan)
      return count.map { (NumberFormat.count($0), .dim) } ?? none
    case .curve: return (LossLine.text(run, state, columns: usualWidth), rowStyle(run, state))
    case .scoreBar:
      let text = run.score.map { IntervalBar.text($0.score, in: 0...1, columns: usualWidth, glyphs: glyphs) }
      return (text ?? "", rowStyle(run, state))
    case .overheadBar:
      // One that was measured on a busy machine is no width to compare by.
      guard let latency = run.quietLatency else { return ("", .plain) }
      let range = 0...max(state.overview.mostOverhead, 1e-9)
      return (
        IntervalBar.text(latency.overheadPercent, in: range, columns: usualWidth, glyphs: glyphs), rowStyle(run, state)
      )
    }
  }
}
