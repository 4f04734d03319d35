import Messages
import Recipe
import Terminal

/// Parameters per group, and the measured latency.
package enum RunParametersPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let inner = canvas.pane(.runParameters, state, in: rect)
    guard let run = state.shownRun else { return }
    let settings = run.plan.settings
    var y = inner.y
    if let model = state.snapshot.model, model.reference == run.plan.model {
      let parts = parts(run.plan.targets).map {
        ($0.0, model.adapterParameters($0.1, rank: settings.rank, useDoRA: settings.useDoRA))
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
    let settings = run.plan.settings
    let glyphs = state.glyphs
    var lines: [String] = []
    if let prepared = run.prepared {
      lines.append(
        "total \(NumberFormat.count(prepared.trainableParameters)), "
          + "\(Figure.share(prepared.trainableParameters, of: prepared.baseParameters)) of base, rank \(settings.rank), "
          + "\(glyphs.alpha) \(NumberFormat.setting(settings.resolvedAlpha))\(settings.useRSLoRA ? ", rsLoRA" : "")\(settings.useDoRA ? ", DoRA" : "")\(settings.useBF16 ? ", bf16" : "")"
      )
      lines.append(
        "\(prepared.trainingExamples) examples, \(prepared.modules.count) modules, \(prepared.threads) threads")
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
    } else if !run.state.isTerminal {
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
