import Messages
import Terminal

/// What to do first, where the table has no run yet.
enum FirstSteps {
  static func draw(_ state: DashboardState, in inner: Rect, on canvas: inout Canvas) {
    let hasModel = state.snapshot.model != nil
    let hasData = state.snapshot.data != nil
    let model = state.snapshot.model.map { "\($0.name), \(NumberFormat.count($0.parameterCount)) parameters" }
    let data = state.snapshot.data.map { "\($0.name), \(NumberFormat.count($0.trainingExamples)) examples" }
    let lines: [(done: Bool, key: String, text: String, note: String)] = [
      (hasModel, "1", "choose a base model", model ?? "Enter in Setup"),
      (hasData, "1", "choose a dataset", data ?? "a built-in task, or your own JSONL"),
      (
        !state.setup.targets.isEmpty, "2", "choose modules",
        "Space toggles a row: \(state.setup.targets.isEmpty ? "none is on" : state.setup.targets.label)"
      ),
      (false, "n", "train the checked set", "watch it in 4 Loss; ? shows all keys"),
      (false, "S", "or plan a sweep", "data sets, combinations, seeds"),
      (false, "A", "or read the advice", "of the published study, until there are runs"),
    ]
    for (index, line) in lines.prefix(inner.height).enumerated() {
      let y = inner.y + index
      let mark = line.done ? Span(String(state.glyphs.done), Style(.ok)) : Span("\(index + 1)", .dim)
      canvas.put(
        [
          mark, Span("  "), Span(line.key.padded(toColumns: 3), Style(.key)),
          Span(line.text.padded(toColumns: 24), line.done ? .dim : .plain), Span(line.note, .dim),
        ], x: inner.x, y: y, maxWidth: inner.width)
    }
  }
}
