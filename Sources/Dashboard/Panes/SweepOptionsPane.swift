import Messages
import Terminal

/// How the sweep goes: preset, seeds, order, reuse, evaluation.
package enum SweepOptionsPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let inner = canvas.pane(.sweepOptions, state, in: rect)
    let focused = state.focusedPane == .sweepOptions
    var y = inner.y
    for field in SweepView.Field.allCases {
      let isCursor = field == state.sweep.field && focused
      if isCursor { canvas.put(String(state.glyphs.pointer), x: inner.x - 1, y: y, style: Style(.focus)) }
      canvas.put(field.label, x: inner.x, y: y, style: .dim)
      let x = inner.x + 10
      let width = inner.right - x
      if let edit = state.field,
        edit.purpose == .sweepSeeds && field == .seeds || edit.purpose == .sweepEvaluation && field == .evaluation
          || edit.purpose == .sweepBudget && field == .match
      {
        canvas.field(edit.field, x: x, y: y, columns: width)
        y += 1
        continue
      }
      for line in lines(field, state) {
        guard y < inner.bottom else { return }
        canvas.put(
          line.truncated(toColumns: width, ellipsis: state.glyphs.ellipsis), x: x, y: y,
          style: isCursor ? Style.plain.selected : .plain)
        y += 1
      }
    }
    guard y + 1 < inner.bottom else { return }
    canvas.rule(inner, y: y, glyphs: state.glyphs)
    let settings = state.setup.settings
    let facts = [
      "1 Setup on Main: rank \(settings.rank), lr \(NumberFormat.setting(settings.learningRate)), "
        + "\(SetupField.steps.text(state.setup))\(settings.steps == nil ? "" : " steps"), batch \(settings.batchSize)"
    ]
    var row = y + 1
    for fact in facts {
      for line in Wrap.lines(fact, columns: inner.width) where row < inner.bottom {
        canvas.put(line, x: inner.x, y: row, style: .dim)
        row += 1
      }
    }
  }

  private static func lines(_ field: SweepView.Field, _ state: DashboardState) -> [String] {
    let dot = String(state.glyphs.radio)
    switch field {
    case .preset:
      return SweepView.Preset.allCases.map { "(\(state.sweep.preset == $0 ? dot : " ")) \($0.title)" }
    case .seeds: return [SetupField.seeds.text(state.setup)]
    case .match:
      guard let budget = state.sweep.parameterBudget else { return ["[ ] parameters: one rank"] }
      return ["[x] \(NumberFormat.grouped(budget)) parameters"]
    case .order: return [state.sweep.cheapestFirst ? "fewest parameters first" : "by digit"]
    case .reuse: return ["[\(state.sweep.reuseFinished ? "x" : " ")] finished runs that match"]
    case .evaluation:
      if state.studyData.count > 1, state.sweep.evaluationExamples == nil { return ["each data set's own"] }
      let count = state.setup.settings.evaluationExamples ?? state.snapshot.data?.evaluationExamples
      return [count.map { $0 == 0 ? "none" : "\($0) prompts" } ?? "the dataset's own"]
    case .jobs:
      let engine = state.snapshot.engine
      if engine.jobsAreAutomatic { return ["auto: what is faster here"] }
      let share = max(1, engine.threads / max(1, engine.jobs))
      return ["\(engine.jobs) \(state.glyphs.times) \(share) thread\(share == 1 ? "" : "s")"]
    }
  }
}
