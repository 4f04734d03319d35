import Messages
import Recipe
import Terminal

/// Outputs of the run on the evaluation prompts, one at a time; prompt, expected answer and output scroll together, each as far as it goes.
package enum RunSamplesPane {
  /// Columns of the titles at the left.
  private static let titles = 10

  /// A title with its lines, and as many rows as it has.
  private struct Block {
    var title: String
    var lines: [String]
    var rows: Int
    var style: Style

    /// Lines that are not in view.
    var overflow: Int { max(0, lines.count - rows) }
  }

  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let examples = state.run.examples
    let index = min(state.run.sample, max(0, examples.count - 1))
    let whole = canvas.pane(
      .runSamples, state, in: rect,
      note: examples.isEmpty ? nil : "prompt \(index + 1) of \(examples.count) · . next , previous")
    guard examples.indices.contains(index) else {
      canvas.put(
        state.run.answer.refusal ?? WhyEmpty.noOutput(state.shownRun), x: whole.x, y: whole.y, style: .dim,
        maxWidth: whole.width)
      return
    }
    let (inner, pictures) = SamplePictures.areas(whole, state)
    SamplePictures.draw(state, in: pictures, on: &canvas)
    let blocks = blocks(examples[index], state, in: inner)
    let overflow = blocks.map(\.overflow).max() ?? 0
    let top = min(state.run.sampleTop, overflow)
    var y = inner.y
    for block in blocks {
      canvas.put(block.title, x: inner.x, y: y, style: .dim)
      let from = min(top, block.overflow)
      for (row, line) in block.lines.dropFirst(from).prefix(block.rows).enumerated() where y + row < inner.bottom {
        let isCut = row == block.rows - 1 && block.lines.count > from + block.rows
        canvas.put(
          isCut ? line.continued(state.glyphs.ellipsis) : line, x: inner.x + titles, y: y + row, style: block.style)
      }
      y += max(1, min(block.rows, block.lines.count))
    }
    if overflow > 0 {
      canvas.put(
        " \(state.glyphs.ellipsis) j k: scrolled \(top) of \(overflow) lines ", endingAt: rect.right - 2,
        y: rect.bottom - 1, style: .dim)
    }
    guard y < inner.bottom else { return }
    canvas.put(judgement(examples, index, state), x: inner.x, y: y, maxWidth: inner.width)
  }

  /// Lines by which the texts can be scrolled.
  static func overflow(_ state: DashboardState) -> Int {
    guard let rect = state.layout.rect(of: .runSamples), state.run.examples.indices.contains(state.run.sample) else {
      return 0
    }
    let inner = SamplePictures.areas(rect.inset(2, 1), state).texts
    return blocks(state.run.examples[state.run.sample], state, in: inner).map(\.overflow).max() ?? 0
  }

  /// The output takes what prompt and expected answer leave.
  private static func blocks(_ example: ExampleOutcome, _ state: DashboardState, in inner: Rect) -> [Block] {
    func lines(_ text: String) -> [String] { Wrap.lines(text, columns: inner.width - titles) }
    let room = max(3, inner.height - 2)
    let (expected, output) = (lines(example.expected), lines(example.shownOutput(state.glyphs)))
    // What the two others do not need is the prompt's.
    let free = room - min(max(1, expected.count), max(1, room / 5)) - max(1, output.count)
    var blocks = [
      Block(
        title: "prompt", lines: lines(SamplePictures.prompt(example.prompt, state)), rows: max(1, room / 2, free),
        style: .plain),
      Block(title: "expected", lines: expected, rows: max(1, room / 5), style: Style(.title)),
    ]
    let taken = blocks.reduce(0) { $0 + max(1, min($1.rows, $1.lines.count)) }
    blocks.append(
      Block(
        title: "output", lines: output, rows: max(1, inner.height - taken - 1),
        style: .plain))
    return blocks
  }

  private static func judgement(_ examples: [ExampleOutcome], _ index: Int, _ state: DashboardState) -> [Span] {
    let right = examples.count { $0.score >= 0.999_999 }
    let failures = examples.count { !$0.parsed }
    // A score of partial credit and the count of right answers are two things.
    let partly = examples.count { $0.score > 0 && $0.score < 0.999_999 }
    let partial = partly > 0 ? ", \(partly) partly" : ""
    return [
      Span("judged    ", .dim), OutcomeWord.span(examples[index], state.glyphs),
      Span("   all: \(right) of \(examples.count) right\(partial), \(failures) did not parse", .dim),
    ]
  }
}
