import Messages
import Terminal

/// Outputs of the run on the evaluation prompts, one at a time.
package enum RunSamplesPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let examples = state.run.examples
    let index = min(state.run.sample, max(0, examples.count - 1))
    let inner = canvas.pane(
      .runSamples, state, in: rect,
      note: examples.isEmpty ? nil : "prompt \(index + 1) of \(examples.count) · . next , previous")
    guard examples.indices.contains(index) else {
      canvas.put(
        state.run.answer.refusal ?? "outputs appear when the run is evaluated", x: inner.x, y: inner.y, style: .dim,
        maxWidth: inner.width)
      return
    }
    let example = examples[index]
    var y = inner.y
    func block(_ title: String, _ text: String, rows: Int, _ style: Style) {
      let lines = Wrap.lines(text, columns: inner.width - 10)
      canvas.put(title, x: inner.x, y: y, style: .dim)
      for (row, line) in lines.prefix(rows).enumerated() where y < inner.bottom {
        let isCut = row == rows - 1 && lines.count > rows
        canvas.put(isCut ? line.continued(state.glyphs.ellipsis) : line, x: inner.x + 10, y: y, style: style)
        y += 1
      }
      if lines.isEmpty { y += 1 }
    }
    let room = max(3, inner.height - 2)
    block("prompt", example.prompt, rows: max(1, room / 2), .plain)
    block("expected", example.expected, rows: max(1, room / 5), Style(.title))
    block("output", example.output, rows: max(1, inner.bottom - y - 1), .plain)
    guard y < inner.bottom else { return }
    let right = examples.count { $0.score >= 0.999_999 }
    let failures = examples.count { !$0.parsed }
    canvas.put(
      [
        Span("judged    ", .dim), OutcomeWord.span(example, state.glyphs),
        Span("   all: \(right) of \(examples.count) right, \(failures) did not parse", .dim),
      ], x: inner.x, y: y, maxWidth: inner.width)
  }
}
