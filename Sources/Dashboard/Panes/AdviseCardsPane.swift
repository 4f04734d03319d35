import Messages
import Recipe
import Terminal

/// What the Advise screen shows, and what it is asked with.
package struct AdviseView: Sendable {
  package struct Request: Hashable, Sendable {
    package var study: StudyRequest
    /// Asked for again with every run that is finished.
    package var finishedRuns: Int
    /// And with every latency that was measured again.
    package var results: Int
    /// And with every fleet that was measured.
    package var fleets: Int

    package init(study: StudyRequest, finishedRuns: Int, results: Int = 0, fleets: Int = 0) {
      self.study = study
      self.finishedRuns = finishedRuns
      self.results = results
      self.fleets = fleets
    }
  }

  package var options = RecommendationOptions()
  /// The part of the study; nil is all of it.
  package var scope: String?
  /// The article's figures, although there are runs.
  package var showsPublished = false
  /// 0 to 2: accuracy first, balanced, challenging.
  package var card = 0
  package var finding = 0
  package var tradeoff = 0
  package var rulesTop = 0

  package var answer = Asked<Request, Advice>()

  package init() {}

  package var advice: Advice? { answer.value }

  package var chosen: Recommendation? {
    advice.flatMap { $0.cards.indices.contains(card) ? $0.cards[card] : nil }
  }

  package var isPublished: Bool { advice?.origin == .published }
}

/// The three recommendations side by side; where there is no room, the chosen one alone.
package enum AdviseCardsPane {
  /// Columns below which one card has all the width.
  private static let leastForThree = 72
  /// Columns inside a card below which its labels are short.
  private static let narrow = 30

  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    canvas.fill(rect)
    guard let advice = state.advise.advice else {
      let inner = canvas.pane(.adviseCards, state, in: rect)
      let text =
        state.advise.answer.refusal
        ?? (state.snapshot.engine.isMeasuring
          ? "waits until the latency of the present run is measured" : "reading the finished runs")
      canvas.paragraph(text, in: inner, style: .dim)
      return
    }
    if rect.width < leastForThree {
      return card(state.advise.card, advice, state, in: rect, note: "\(state.advise.card + 1) of 3", on: &canvas)
    }
    for (index, place) in places(rect).enumerated() {
      card(index, advice, state, in: place, note: nil, on: &canvas)
    }
  }

  /// The card at a column of the screen; nil where the chosen one is alone.
  static func card(at x: Int, in rect: Rect) -> Int? {
    rect.width < leastForThree ? nil : places(rect).firstIndex { x >= $0.x && x < $0.right }
  }

  private static func places(_ rect: Rect) -> [Rect] {
    let width = rect.width / 3
    return (0..<3).map { index in
      let x = rect.x + index * width
      return Rect(x: x, y: rect.y, width: index == 2 ? rect.right - x : width, height: rect.height)
    }
  }

  private static func card(
    _ index: Int, _ advice: Advice, _ state: DashboardState, in rect: Rect, note: String?, on canvas: inout Canvas
  ) {
    guard advice.cards.indices.contains(index) else { return }
    let card = advice.cards[index]
    let isChosen = index == state.advise.card
    let isPublished = card.origin == .published
    let focused = state.focusedPane == .adviseCards && state.help == nil
    let title = card.kind.title.prefix(1).uppercased() + card.kind.title.dropFirst()
    canvas.frame(
      rect, title: (index == 0 || note != nil ? "\(Pane.adviseCards.number) " : "") + title,
      titleRight: isPublished ? "published" : note, heavy: focused && isChosen, glyphs: state.glyphs,
      titleStyle: isChosen ? .title : Style(.title), noteStyle: isPublished ? Style(.published) : .dim)
    let inner = rect.inset(2, 1)
    var y = inner.y
    for line in head(card, state, width: inner.width) where y < inner.bottom {
      canvas.put(line, x: inner.x, y: y, maxWidth: inner.width)
      y += 1
    }
    guard y < inner.bottom else { return }
    canvas.rule(inner, y: y, glyphs: state.glyphs)
    let foot = foot(card, advice, index, state, width: inner.width)
    let room = max(1, inner.bottom - y - 1)
    let body = Wrap.lines(card.reason, columns: inner.width)
    // Why nothing was picked is what such a card is read for.
    let shown = min(foot.count, max(0, room - 2, card.figures == nil ? room - body.count : 0))
    let bodyRows = room - shown
    for (offset, line) in body.prefix(bodyRows).enumerated() {
      let isCut = offset == bodyRows - 1 && body.count > bodyRows
      let text = isCut ? cut(line, inner.width, state) : line
      canvas.put(text, x: inner.x, y: y + 1 + offset)
    }
    for (offset, line) in foot.prefix(shown).enumerated() {
      let isCut = offset == shown - 1 && shown < foot.count && card.figures == nil
      let end = isCut ? [Span(cut(line.map(\.text).joined(), inner.width, state), .dim)] : line
      canvas.put(end, x: inner.x, y: inner.bottom - shown + offset, maxWidth: inner.width)
    }
  }

  private static func cut(_ line: String, _ width: Int, _ state: DashboardState) -> String {
    line.continued(state.glyphs.ellipsis).truncated(toColumns: width, ellipsis: state.glyphs.ellipsis)
  }

  /// The pick and its figures.
  private static func head(_ card: Recommendation, _ state: DashboardState, width: Int) -> [[Span]] {
    guard let targets = card.targets, let figures = card.figures else {
      return [[Span("no pick", Style(.warn, bold: true))]]
    }
    let glyphs = state.glyphs
    var lines = [[Span(state.name(targets, columns: width), Style(.title, bold: true))]]
    func line(_ label: String, _ text: String) {
      lines.append([Span(label.padded(toColumns: width < narrow ? 9 : 11), .dim), Span(text)])
    }
    line("score", "\(Figure.interval(figures.score, space: " ", glyphs: glyphs)) %")
    switch figures.cost.unit {
    case .overheadPercent:
      let cost = figures.cost.interval.map { Figure.interval($0, signed: true, space: " ", glyphs: glyphs) }
      line("overhead", "\(cost ?? NumberFormat.fixed(figures.cost.value, 1, signed: true)) %")
    case .p95Milliseconds: line("TPOT p95", Figure.time(figures.cost.value))
    }
    if let parameters = figures.parameters {
      line(width < narrow ? "params" : "parameters", NumberFormat.count(parameters))
    }
    return lines
  }

  /// What it rests on, and what the published study picks.
  private static func foot(
    _ card: Recommendation, _ advice: Advice, _ index: Int, _ state: DashboardState, width: Int
  ) -> [[Span]] {
    let isNarrow = width < narrow
    var lines: [[Span]] = []
    if card.origin == .measured, advice.published.indices.contains(index),
      let published = advice.published[index].targets
    {
      let text =
        published == card.targets
        ? "same pick" : "\(isNarrow ? "" : "picks ")\(state.name(published, columns: width - (isNarrow ? 11 : 17)))"
      lines.append([Span("published: \(text)", Style(.published))])
    }
    guard let figures = card.figures else {
      return lines
        + card.missing.prefix(1).flatMap { Wrap.lines("missing: \($0)", columns: width) }.map { [Span($0, .dim)] }
    }
    if figures.seeds > 0 {
      let seeds = Counted.text(figures.seeds, "seed")
      let text =
        isNarrow
        ? "\(seeds), n = \(figures.examples)"
        : "\(seeds) \(state.glyphs.times) \(Counted.text(figures.examples, "example"))"
      // The spread between seeds is what one seed cannot show.
      let style = figures.seeds > 1 ? Style.plain : Style(.warn)
      lines.append(isNarrow ? [Span(text, style)] : [Span("evidence   ", .dim), Span(text, style)])
      if figures.seeds == 1 {
        lines.append([Span(isNarrow ? "! too few: n adds" : "! one seed is a guess: n adds more", style)])
      }
    } else {
      lines.append([Span("evidence   ", .dim), Span(isNarrow ? "published" : "published figures")])
    }
    if let probability = figures.frontProbability {
      let text = NumberFormat.percent(probability)
      lines.append([
        Span(isNarrow ? "on front " : "on front   ", .dim), Span(isNarrow ? text : "in \(text) of resamples"),
      ])
    }
    return lines
  }
}

/// How the recommendations were decided, and what would make them surer.
package enum AdviseRulesPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let lines = lines(state, columns: rect.width - 4)
    let rows = max(1, rect.height - 2)
    let top = min(state.advise.rulesTop, max(0, lines.count - rows))
    let inner = canvas.pane(
      .adviseRules, state, in: rect, note: note(state),
      footerNote: lines.count > rows ? "\(top + 1)-\(min(lines.count, top + rows))/\(lines.count)" : nil)
    for (offset, line) in lines.dropFirst(top).prefix(inner.height).enumerated() {
      canvas.put(line, x: inner.x, y: inner.y + offset)
    }
  }

  static func lineCount(_ state: DashboardState) -> Int {
    lines(state, columns: (state.layout.rect(of: .adviseRules)?.width ?? 80) - 4).count
  }

  private static func lines(_ state: DashboardState, columns: Int) -> [String] {
    guard let advice = state.advise.advice else { return [] }
    return advice.rules.flatMap { Wrap.lines($0, columns: columns) }
  }

  private static func note(_ state: DashboardState) -> String? {
    guard let advice = state.advise.advice else { return nil }
    let budget =
      switch state.advise.options.budget {
      case .cheapestThird: "budget: cheapest third"
      case .overheadPercent(let percent): "budget \(NumberFormat.fixed(percent, 0, signed: true)) %"
      case .milliseconds(let time): "budget \(NumberFormat.fixed(time, 1)) ms"
      }
    let fleet = state.advise.options.fleet.map { " for a fleet of \($0)" } ?? ""
    return "\(advice.scope) · \(budget)\(fleet)"
  }
}
