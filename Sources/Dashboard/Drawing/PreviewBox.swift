import Messages
import Recipe
import Terminal

/// Examples as the model will see them: the trained tokens bold, coloured and underlined, the others plain.
package enum PreviewBox {
  package static func draw(_ preview: PreviewView, _ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let box = box(in: rect)
    let glyphs = state.glyphs
    canvas.fill(box)
    let samples = preview.examples?.samples ?? []
    let keys = preview.isCandidate ? "Enter use it  Esc back" : "Esc close"
    canvas.frame(
      box, title: "Examples of \(preview.request.data.displayName)",
      titleRight: samples.isEmpty ? nil : "\(preview.sample + 1) of \(samples.count)",
      footer: "t tokens  . next  , previous" + (preview.isCandidate && preview.share != nil ? "  + - held out" : ""),
      footerRight: keys, heavy: true, glyphs: glyphs)
    let inner = box.inset(2, 1)
    if let refusal = preview.answer.refusal {
      for (index, line) in Wrap.lines(refusal, columns: inner.width).prefix(inner.height).enumerated() {
        canvas.put(line, x: inner.x, y: inner.y + index, style: Style(.bad))
      }
      return
    }
    guard let examples = preview.examples else {
      canvas.put("reading and tokenising", x: inner.x, y: inner.y, style: .dim)
      return
    }
    var y = inner.y
    for line in facts(examples, preview, state) where y < inner.bottom {
      canvas.put(line, x: inner.x, y: y, maxWidth: inner.width)
      y += 1
    }
    if y < inner.bottom { canvas.rule(inner, y: y, glyphs: glyphs) }
    y += 1
    guard samples.indices.contains(preview.sample) else {
      canvas.put("there is no example", x: inner.x, y: y, style: Style(.warn))
      return
    }
    let lines = lines(samples[preview.sample], preview, state, columns: inner.width)
    for (offset, line) in lines.dropFirst(preview.top).prefix(max(0, inner.bottom - y)).enumerated() {
      canvas.put(line, x: inner.x, y: y + offset, maxWidth: inner.width)
    }
  }

  package static func textRows(_ preview: PreviewView, _ state: DashboardState) -> Int {
    guard let samples = preview.examples?.samples, samples.indices.contains(preview.sample) else { return 0 }
    let rect = Rect(x: 0, y: 0, width: state.size.columns, height: state.size.rows)
    return lines(samples[preview.sample], preview, state, columns: box(in: rect).width - 4).count
  }

  private static func box(in rect: Rect) -> Rect {
    let width = min(rect.width - 4, 110)
    let height = rect.height - 4
    return Rect(x: rect.x + (rect.width - width) / 2, y: rect.y + 2, width: width, height: height)
  }

  private static func facts(_ examples: DataPreview, _ preview: PreviewView, _ state: DashboardState) -> [[Span]] {
    func row(_ name: String, _ text: String, _ style: Style = .plain) -> [Span] {
      [Span(name.padded(toColumns: 12), .dim), Span(text, style)]
    }
    let evaluation: String =
      if let share = preview.share {
        share > 0
          ? "\(NumberFormat.grouped(examples.evaluationExamples)) (\(NumberFormat.percent(share)) held out)"
          : "none: a run has no score"
      } else {
        NumberFormat.grouped(examples.evaluationExamples)
      }
    let share = examples.tokens > 0 ? Double(examples.trainedTokens) / Double(examples.tokens) : 0
    var rows = [
      row("found", examples.detected), row("shown as", examples.rendering),
      row("training", "\(NumberFormat.grouped(examples.trainingExamples)) examples, evaluation \(evaluation)"),
      row(
        "tokens",
        "\(NumberFormat.grouped(examples.tokens)), \(NumberFormat.percent(share)) of them trained; longest example "
          + "\(NumberFormat.grouped(examples.longest))"),
    ]
    rows += examples.facts.enumerated().map { row($0.offset == 0 ? "told" : "", $0.element) }
    let length = preview.request.settings.sequenceLength
    if examples.truncated > 0 {
      rows.append(
        row("max len", "\(NumberFormat.grouped(examples.truncated)) cut at \(length) tokens", Style(.warn)))
    } else {
      rows.append(row("max len", "\(length): nothing is cut"))
    }
    if !examples.leftOut.isEmpty {
      let places = examples.leftOut.prefix(6).map(String.init).joined(separator: " ")
      let more = examples.leftOut.count > 6 ? " \(state.glyphs.ellipsis)" : ""
      rows.append(
        row(
          "left out", "\(NumberFormat.grouped(examples.leftOut.count)) with nothing to train: \(places)\(more)",
          Style(.warn)))
    }
    var trained = Style(.ok, bold: true)
    trained.underline = true
    rows.append([
      Span("marked".padded(toColumns: 12), .dim), Span("trained", trained), Span("  given", .plain),
    ])
    return rows
  }

  /// The example's text in rows; a line break shows as `↵` and begins a new one.
  private static func lines(
    _ sample: DataPreview.Sample, _ preview: PreviewView, _ state: DashboardState, columns: Int
  ) -> [[Span]] {
    let isASCII = state.characterSet == .ascii
    var lines: [[Span]] = [[]]
    var used = 0
    func put(_ text: String, _ style: Style) {
      let width = CharacterWidth.columns(text)
      if used + width > columns {
        lines.append([])
        used = 0
      }
      if var last = lines[lines.count - 1].last, last.style == style {
        last.text += text
        lines[lines.count - 1][lines[lines.count - 1].count - 1] = last
      } else {
        lines[lines.count - 1].append(Span(text, style))
      }
      used += width
    }
    for (index, piece) in sample.pieces.enumerated() {
      var style = piece.isTrained ? Style(.ok, bold: true) : Style.plain
      style.underline = piece.isTrained
      if preview.showsTokens, index > 0 { put(String(state.glyphs.light.vertical), Style(.border)) }
      for character in piece.text {
        if character.isNewline {
          put(isASCII ? "\\" : "↵", style)
          lines.append([])
          used = 0
        } else if character == "\t" {
          put(isASCII ? ">" : "→", style)
        } else {
          put(String(character), style)
        }
      }
    }
    if sample.isTruncated { put(" \(state.glyphs.ellipsis) cut here", Style(.warn)) }
    return lines
  }
}
