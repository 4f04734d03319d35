import Messages
import Recipe
import Terminal

/// What adapters answer to one prompt, side by side, while they write: an overlay.
package struct AnswersView: Sendable, Equatable {
  package var answer: Asked<AdapterQuestion, AdapterAnswers>
  package var isOpen = true
  /// The first row of the texts that is shown.
  package var top = 0

  package init(_ question: AdapterQuestion) { answer = Asked(question) }

  /// The answers so far: those of the end, or what the engine has told meanwhile.
  package func shown(_ state: DashboardState) -> AdapterAnswers? {
    answer.value ?? state.snapshot.engine.answers.flatMap { $0.question == answer.key ? $0 : nil }
  }

  var isUnderWay: Bool { answer.value == nil && answer.refusal == nil }
}

extension DashboardState {
  /// Those whose adapters a prompt is put to: the shown run on the Run screen, and all marked ones that have something to ask.
  package var askedRuns: [RunSummary] {
    var runs = screen == .run ? [shownRun].compactMap(\.self) : []
    runs += markedRuns.filter { run in !runs.contains { $0.id == run.id } }
    return runs.filter { !$0.plan.isBaseline && ($0.state == .done || $0.state == .stopped) && $0.adapterPath != nil }
  }
}

/// The overlay of the answers.
extension Update {
  /// Asks for the prompt, or shows the answers under way.
  mutating func openQuestion() {
    if state.answers?.isUnderWay == true {
      state.answers?.isOpen = true
      return
    }
    state.field = FieldEdit(.question(state.askedRuns.map(\.id)), text: state.answers?.answer.key?.prompt ?? "")
  }

  /// - Returns: what is wrong with the prompt.
  mutating func ask(_ runs: [RunID], _ text: String) -> String? {
    guard !text.isEmpty else { return "a prompt, as a person would write it" }
    let question = AdapterQuestion(runs: runs, prompt: text)
    state.answers = AnswersView(question)
    effects.append(.ask(.answers(question)))
    return nil
  }

  mutating func pressInAnswers(_ key: Key) {
    guard var answers = state.answers else { return }
    switch key {
    case .escape, .character("q"), .enter:
      answers.isOpen = false
      // What nobody waits for is stopped; the texts so far come with the engine's reply.
      if answers.isUnderWay { send(.stopAnswers) }
    case .character("r"):
      guard !answers.isUnderWay, let question = answers.answer.key else { return }
      answers.isOpen = false
      state.field = FieldEdit(.question(question.runs), text: question.prompt)
    case .character("j"), .down: answers.top += 1
    case .character("k"), .up: answers.top -= 1
    case .pageDown, .control("f"), .space: answers.top += 10
    case .pageUp, .control("b"): answers.top -= 10
    case .character("g"), .home: answers.top = 0
    default: return
    }
    let rows = answers.shown(state).map { AnswersBox.rows($0, state) } ?? 0
    answers.top = min(max(0, answers.top), max(0, rows - 1))
    state.answers = answers
  }
}

/// A column for each adapter: its run, tokens and speed, and what it has written.
package enum AnswersBox {
  /// Columns of a text at least: of more adapters than have room the others stand below.
  private static let narrowest = 26

  package static func draw(_ view: AnswersView, _ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let box = box(in: rect)
    canvas.fill(box)
    canvas.frame(
      box, title: "One prompt to \(view.answer.key?.runs.count ?? 0) adapters in one batch",
      footer: view.isUnderWay ? "j k scroll" : "j k scroll  r another prompt",
      footerRight: view.isUnderWay ? "Esc stop" : "Esc close", heavy: true, glyphs: state.glyphs)
    let inner = box.inset(2, 1)
    if let refusal = view.answer.refusal { return canvas.paragraph(refusal, in: inner, style: Style(.bad)) }
    guard let answers = view.shown(state) else {
      canvas.put("reading the adapters", x: inner.x, y: inner.y, style: Style(.live))
      return
    }
    var y = inner.y
    for line in Wrap.lines(answers.question.prompt, columns: inner.width).prefix(3) {
      canvas.put(line, x: inner.x, y: y, style: .dim, maxWidth: inner.width)
      y += 1
    }
    canvas.put(speed(answers, view), x: inner.x, y: y, style: Style(view.isUnderWay ? .live : .dim))
    canvas.rule(inner, y: y + 1, glyphs: state.glyphs)
    y += 2
    for (offset, line) in lines(answers, columns: inner.width, state).dropFirst(view.top)
      .prefix(max(0, inner.bottom - y)).enumerated()
    {
      canvas.put(line, x: inner.x, y: y + offset, maxWidth: inner.width)
    }
  }

  static func rows(_ answers: AdapterAnswers, _ state: DashboardState) -> Int {
    let rect = Rect(x: 0, y: 0, width: state.size.columns, height: state.size.rows)
    return lines(answers, columns: box(in: rect).width - 4, state).count
  }

  private static func box(in rect: Rect) -> Rect {
    Rect(x: rect.x + 2, y: rect.y + 2, width: rect.width - 4, height: rect.height - 4)
  }

  private static func speed(_ answers: AdapterAnswers, _ view: AnswersView) -> String {
    let rate = answers.tokensPerSecond.map { "\(NumberFormat.fixed($0, 1)) tokens/s together" }
    let written = answers.answers.reduce(0) { $0 + $1.tokens.count }
    let state = view.isUnderWay ? "writing" : answers.wasStopped ? "stopped" : "written"
    return ["\(state): \(Counted.text(written, "token"))", rate].compactMap(\.self).joined(separator: ", ")
  }

  /// Blocks of columns, one below the other where there is no room for all side by side.
  private static func lines(_ answers: AdapterAnswers, columns: Int, _ state: DashboardState) -> [[Span]] {
    let across = max(1, min(answers.answers.count, (columns + 2) / (narrowest + 2)))
    let width = (columns - 2 * (across - 1)) / across
    return stride(from: 0, to: answers.answers.count, by: across).flatMap { start in
      block(Array(answers.answers[start..<min(answers.answers.count, start + across)]), width: width, state)
        + [[Span("", .plain)]]
    }
  }

  private static func block(_ answers: [AdapterAnswers.Answer], width: Int, _ state: DashboardState) -> [[Span]] {
    let texts = answers.map { Wrap.lines($0.text, columns: width) }
    func row(_ cells: [(text: String, style: Style)]) -> [Span] {
      cells.enumerated().map { place, cell in
        Span((place > 0 ? "  " : "") + cell.text.padded(toColumns: width), cell.style)
      }
    }
    let heads = [
      row(answers.map { ("#\($0.run) \($0.label)", .title) }),
      row(
        answers.map {
          let rate = $0.tokensPerSecond.map { ", \(NumberFormat.fixed($0, 1)) tok/s" } ?? ""
          return (
            "\(Counted.text($0.tokens.count, "token"))\(rate)\($0.isOver ? "" : " \(state.glyphs.ellipsis)")", .dim
          )
        }),
    ]
    return heads
      + (0..<(texts.map(\.count).max() ?? 0)).map { line in
        row(texts.map { ($0.indices.contains(line) ? $0[line] : "", .plain) })
      }
  }
}
