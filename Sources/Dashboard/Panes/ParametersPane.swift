import Messages
import Recipe
import Terminal

/// Adapter parameters of every combination at the present rank, as bars from a common zero.
package enum ParametersPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let sets = ParameterBars.sets(state)
    let (each, rows, top) = window(sets, state, in: rect)
    let focused = state.focusedPane == .parameters
    let checked = sets.firstIndex(of: state.setup.targets)
    let selected = focused ? min(state.parametersRow, sets.count - 1) : checked ?? 0
    let last = min(sets.count, top + rows)
    let inner = canvas.pane(
      .parameters, state, in: rect,
      note:
        "rank \(state.setup.settings.rankText(of: state.setup.targets))\(state.setup.settings.useDoRA ? " · DoRA" : "")",
      footerNote: rows < sets.count ? "\(top + 1)-\(last)/\(sets.count)" : nil)
    let counts = state.adapterParameters(sets)
    let most = Double(max(1, counts?.max() ?? 1))
    let showsShare = inner.width >= 40
    // The digit stays: this list is the key to the scatter plot's.
    let isWide = inner.width >= 44
    let texts = state.remembered.barTexts.value(
      for: ParameterBars.TextsKey(sets: sets, isWide: isWide, set: state.characterSet)
    ) {
      sets.map { isWide && $0.isCombination ? "\($0.code ?? "") \($0.label)" : state.code($0) }
    }
    let known = each > 1 ? ParameterBars.known(sets, state) : []
    let names = max(7, (texts.map { CharacterWidth.columns($0) }.max() ?? 0) + 1)
    let barWidth = max(4, inner.width - names - 7 - (showsShare ? 8 : 0))
    for index in top..<last {
      let y = inner.y + (index - top) * each
      let isCursor = focused && index == selected
      let isChecked = index == checked
      func shade(_ style: Style) -> Style { isCursor ? style.selected : style }
      if isCursor { canvas.fill(Rect(x: inner.x, y: y, width: inner.width, height: 1), " ", Style.plain.selected) }
      if isCursor || (!focused && isChecked) {
        canvas.put(String(state.glyphs.pointer), x: inner.x - 1, y: y, style: Style(focused ? .focus : .fg))
      }
      if each > 1 {
        canvas.put(known[index], x: inner.x + 2, y: y + 1, maxWidth: inner.width - 2)
      }
      canvas.put(
        texts[index], x: inner.x, y: y, style: shade(isChecked ? Style(.title, bold: true) : .plain))
      guard let counts, let model = state.snapshot.model else {
        canvas.put("?", x: inner.x + names, y: y, style: shade(.dim))
        continue
      }
      canvas.put(
        Bar.text(Double(counts[index]) / most, columns: barWidth, glyphs: state.glyphs), x: inner.x + names, y: y,
        style: shade(Style(isChecked ? .focus : .dim)))
      canvas.put(
        NumberFormat.count(counts[index]).padded(toColumns: 6, right: true), x: inner.x + names + barWidth + 1, y: y,
        style: shade(isChecked ? Style(.fg, bold: true) : .plain))
      if showsShare {
        canvas.put(
          Figure.share(counts[index], of: model.parameterCount).padded(toColumns: 7, right: true),
          x: inner.x + names + barWidth + 8, y: y, style: shade(.dim))
      }
    }
  }
}

extension ParametersPane {
  /// Lines of each set, how many sets there is room for, and the first one in view.
  private static func window(_ sets: [Targets], _ state: DashboardState, in rect: Rect) -> (
    each: Int, rows: Int, top: Int
  ) {
    // On high screens each set has a second line, for what is known of it.
    let each = rect.height - 2 >= 2 * sets.count ? 2 : 1
    let rows = max(0, rect.height - 2) / each
    if state.focusedPane == .parameters {
      let selected = min(state.parametersRow, sets.count - 1)
      return (each, rows, scrollTop(selected: selected, rows: rows, count: sets.count))
    }
    // Without the focus the list begins at its beginning, unless the checked set would be out of view.
    let checked = sets.firstIndex(of: state.setup.targets) ?? 0
    return (each, rows, max(0, min(checked, sets.count - 1) - rows + 1))
  }

  /// The set that a line of the screen belongs to; nil for none.
  static func set(atRow y: Int, in rect: Rect, _ state: DashboardState) -> Int? {
    let sets = ParameterBars.sets(state)
    let (each, rows, top) = window(sets, state, in: rect)
    let line = y - rect.y - 1
    guard (0..<rows * each).contains(line), top + line / each < sets.count else { return nil }
    return top + line / each
  }
}

/// The sets that the Parameters pane lists: the combinations by size, and the checked set if it is none of them.
package enum ParameterBars {
  /// What the names of the bars follow from.
  struct TextsKey: Equatable, Sendable {
    var sets: [Targets]
    var isWide: Bool
    var set: CharacterSet
  }

  /// What is known of the sets follows from two answers alone: a frame reads neither of them again.
  struct KnownKey: Equatable, Sendable {
    var sets: [Targets]
    var combinations: UInt64
    var estimate: UInt64
    var set: CharacterSet
  }

  static func known(_ sets: [Targets], _ state: DashboardState) -> [[Span]] {
    let key = KnownKey(
      sets: sets, combinations: state.combinationsSerial, estimate: state.estimateSerial, set: state.characterSet)
    return state.remembered.knownOfSets.value(for: key) { sets.map { known($0, state) } }
  }

  /// What runs of a set have come to, over their seeds; before there is one the time that it will take.
  private static func known(_ set: Targets, _ state: DashboardState) -> [Span] {
    let glyphs = state.glyphs
    let summary = state.combinations.value?.first { $0.targets == set }
    guard let summary, let score = summary.score else {
      let time = state.estimate.item(set)?.secondsPerRun.map { ", est. \(NumberFormat.duration($0))" }
      return [Span("no result yet\(time ?? "")", .dim)]
    }
    var spans = [Span("\(Figure.percent(score, glyphs: glyphs)) %", .dim)]
    if let overhead = summary.overheadPercent {
      let text = Figure.overhead(overhead, glyphs: glyphs)
      spans.append(
        summary.isBusy ? Span("  ~\(text)! % TPOT", Style(.warn)) : Span("  \(text) % TPOT", .dim))
    }
    spans.append(Span("  \(Counted.text(summary.runs.count, "seed"))", .dim))
    if summary.isPartial { spans.append(Span(", in part", .dim)) }
    return spans
  }

  package static func sets(_ state: DashboardState) -> [Targets] {
    var sets = state.sweep.combinations
    let checked = state.setup.targets
    if !checked.isEmpty && !sets.contains(checked) { sets.append(checked) }
    guard let counts = state.adapterParameters(sets) else { return sets }
    return zip(sets, counts).sorted { $0.1 > $1.1 }.map(\.0)
  }
}
