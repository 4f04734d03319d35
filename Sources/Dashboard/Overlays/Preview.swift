import Messages
import Recipe
import Terminal

/// The first examples of a data set as the model will see them: an overlay.
package struct PreviewView: Sendable, Equatable {
  /// Shares of a file that may be held out for evaluation.
  package static let shares = [0, 0.05, 0.1, 0.2, 0.3, 0.5]

  package var request: DataPreview.Request
  /// Enter makes it the setup's data; otherwise it is so already.
  package var isCandidate: Bool
  package var answer: Asked<DataPreview.Request, DataPreview>
  package var sample = 0
  package var top = 0
  /// A thin line between two tokens.
  package var showsTokens = false

  package init(_ request: DataPreview.Request, isCandidate: Bool) {
    self.request = request
    self.isCandidate = isCandidate
    answer = Asked(request)
  }

  package var examples: DataPreview? { answer.value }

  /// The share that is held out; nil where the data brings its own evaluation.
  package var share: Double? {
    guard case .file(_, let evaluation) = request.data else { return nil }
    switch evaluation {
    case .none: return 0
    case .share(let share): return share
    case .file: return nil
    }
  }

  /// The same file with the next larger or smaller share held out; nil where there is none.
  package func withShare(_ step: Int) -> DataReference? {
    guard let share, case .file(let path, _) = request.data else { return nil }
    let next = step > 0 ? Self.shares.first { $0 > share + 1e-9 } : Self.shares.last { $0 < share - 1e-9 }
    return next.map { .file(path: path, evaluation: $0 > 0 ? .share($0) : .none) }
  }
}

/// The overlay that shows examples as the model will see them.
extension Update {
  mutating func preview(_ data: DataReference, isCandidate: Bool) {
    guard let model = state.snapshot.model?.reference else {
      return state.say("examples are shown as a model's tokens: choose a base model first", .warning)
    }
    var settings = state.setup.settings
    if data.file != state.setup.recommendedFor?.file {
      // What was said of one file's fields does not hold for another's.
      (settings.dataFormat, settings.promptField, settings.completionField) = (nil, nil, nil)
      (settings.imageField, settings.imageRoot) = (nil, nil)
    }
    let request = DataPreview.Request(model: model, data: data, settings: settings)
    state.preview = PreviewView(request, isCandidate: isCandidate)
    effects.append(.ask(.examplesOfData(request)))
  }

  mutating func pressInPreview(_ key: Key) {
    guard var preview = state.preview else { return }
    let samples = preview.examples?.samples.count ?? 0
    switch key {
    case .escape, .character("q"):
      state.preview = nil
      return
    case .enter:
      state.preview = nil
      guard preview.isCandidate, preview.answer.refusal == nil else { return }
      state.browser = nil
      send(.selectDataUnder(preview.request.data, preview.request.settings.keeping(.reading)))
      return
    case .character("."), .character("l"), .right, .tab:
      preview.sample = samples > 0 ? (preview.sample + 1) % samples : 0
      preview.top = 0
    case .character(","), .character("h"), .left, .backTab:
      preview.sample = samples > 0 ? (preview.sample + samples - 1) % samples : 0
      preview.top = 0
    case .character("j"), .down: preview.top += 1
    case .character("k"), .up: preview.top -= 1
    case .pageDown, .control("f"), .space: preview.top += 10
    case .pageUp, .control("b"): preview.top -= 10
    case .character("g"), .home: preview.top = 0
    case .character("t"): preview.showsTokens.toggle()
    case .character("+"), .character("="), .character("-"):
      guard preview.isCandidate, let data = preview.withShare(key == .character("-") ? -1 : 1) else { return }
      return self.preview(data, isCandidate: true)
    default: return
    }
    preview.top = min(max(0, preview.top), max(0, PreviewBox.textRows(preview, state) - 1))
    state.preview = preview
  }
}

extension DataReference {
  fileprivate var file: String? { if case .file(let path, _) = self { path } else { nil } }
}

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
      canvas.paragraph(refusal, in: inner, style: Style(.bad))
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
