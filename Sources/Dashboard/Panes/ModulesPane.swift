import Messages
import Recipe
import Terminal

/// The checklist of target modules, and what the checked set costs.
package enum ModulesPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let isCompact = state.layout.sizeClass != .wide && !state.isZoomed
    let hasVision = state.checklist.hasVision
    let count = state.checklist.groups.count + (hasVision ? 1 : 0)
    let on = state.setup.targets.groups.count + (state.setup.targets.contains(.vision) ? 1 : 0)
    let note =
      state.snapshot.model == nil
      ? "no model"
      : isCompact
        ? (state.setup.targets.isEmpty ? "none on" : state.name(state.setup.targets, columns: rect.width - 17))
        : "\(on)/\(count) on"
    let inner = canvas.pane(.modules, state, in: rect, note: note)
    var facts = isCompact ? compactFacts(state, width: inner.width) : facts(state, width: inner.width)
    // Rules go before a line does.
    while facts.count > inner.height - min(count, inner.height), let rule = facts.lastIndex(where: { $0 == nil }) {
      facts.remove(at: rule)
    }
    // The groups come before what is said about them, single projections after it: these scroll.
    let groups = min(count, inner.height)
    let listRows = min(state.checklist.rows.count, max(groups, inner.height - facts.count))
    drawList(state, in: inner.split(top: listRows).top, on: &canvas)
    let y = inner.y + listRows
    for (index, fact) in facts.prefix(max(0, inner.bottom - y)).enumerated() {
      guard let fact else {
        canvas.rule(inner, y: y + index, glyphs: state.glyphs)
        continue
      }
      canvas.put(fact, x: inner.x, y: y + index, maxWidth: inner.width)
    }
  }

  private static func drawList(_ state: DashboardState, in area: Rect, on canvas: inout Canvas) {
    let rows = state.checklist.rows
    let top = scrollTop(selected: state.checklist.index, rows: area.height, count: rows.count)
    let focused = state.focusedPane == .modules
    for (offset, row) in rows.dropFirst(top).prefix(area.height).enumerated() {
      let y = area.y + offset
      let isCursor = row == state.checklist.cursor
      let isOn = state.setup.targets.contains(row.set)
      let isPartial = !isOn && !state.setup.targets.isDisjoint(with: row.set)
      let style = isOn || isPartial ? Style.plain : .dim
      if isCursor && focused {
        canvas.fill(Rect(x: area.x, y: y, width: area.width, height: 1), " ", Style.plain.selected)
      }
      func shade(_ style: Style) -> Style { isCursor && focused ? style.selected : style }
      if isCursor {
        canvas.put(String(state.glyphs.pointer), x: area.x, y: y, style: shade(Style(focused ? .focus : .dim)))
      }
      let box = isOn ? "[x]" : isPartial ? "[~]" : "[ ]"
      switch row {
      case .group(let group):
        let arrow = state.checklist.unfolded.contains(group) ? String(state.glyphs.dropDown) : " "
        canvas.put(box, x: area.x + 2, y: y, style: shade(isOn ? Style(.ok) : isPartial ? Style(.warn) : .dim))
        canvas.put(String(group.cell), x: area.x + 6, y: y, style: shade(style.with(bold: isOn)))
        canvas.put(name(group), x: area.x + 8, y: y, style: shade(style))
        if let layers = state.setup.layersText(of: row.set) {
          canvas.put(
            "@\(layers)".truncated(toColumns: 12, ellipsis: state.glyphs.ellipsis), x: area.x + 14, y: y,
            style: shade(Style(.warn)))
        }
        if area.width >= 31 {
          if state.setup.layersText(of: row.set) == nil {
            canvas.put(parts(group), x: area.x + 14, y: y, style: shade(.dim))
          }
          canvas.put(arrow, x: area.x + 12, y: y, style: shade(.dim))
        }
      case .vision:
        canvas.put(box, x: area.x + 2, y: y, style: shade(isOn ? Style(.ok) : isPartial ? Style(.warn) : .dim))
        let used = canvas.put("V vision", x: area.x + 6, y: y, style: shade(style.with(bold: isOn)))
        if let layers = state.setup.layersText(of: row.set) {
          canvas.put(
            "@\(layers)".truncated(toColumns: 12, ellipsis: state.glyphs.ellipsis), x: area.x + 7 + used, y: y,
            style: shade(Style(.warn)))
        }
      case .module(let module):
        canvas.put(box, x: area.x + 5, y: y, style: shade(isOn ? Style(.ok) : isPartial ? Style(.warn) : .dim))
        // Under its group the end of a long name says which one it is.
        let isLong = module.rawValue.count > 16
        let name = isLong ? module.rawValue.split(separator: ".").last.map(String.init) : nil
        let used = canvas.put(name ?? module.rawValue, x: area.x + 9, y: y, style: shade(style))
        if let layers = state.setup.layersText(of: row.set) {
          canvas.put(
            "@\(layers)".truncated(toColumns: 16 - used, ellipsis: state.glyphs.ellipsis), x: area.x + 10 + used, y: y,
            style: shade(Style(.warn)))
        }
      }
      // A row that is partly on counts what is on, the others what the whole row has.
      let counted = isPartial ? state.setup.targets.intersection(row.set) : row.set
      let count = state.adapterParameters(counted).map { NumberFormat.count($0) }
      canvas.put(
        (count ?? "?").padded(toColumns: 6, right: true), x: min(area.right - 6, area.x + 26), y: y, style: shade(style)
      )
    }
  }

  private static func name(_ group: TargetGroup) -> String { group == .oProj ? "o" : group.rawValue }

  private static func parts(_ group: TargetGroup) -> String {
    switch group {
    case .qkv: "q k v_proj"
    case .oProj: "o_proj"
    case .fc1: "gate up_proj"
    case .fc2: "down_proj"
    case .conv: "in out_proj"
    case .linear: "qkv z ba out"
    }
  }

  /// nil is a rule.
  private static func facts(_ state: DashboardState, width: Int) -> [[Span]?] {
    guard let model = state.snapshot.model else {
      return [nil, [Span("parameters are counted when a", .dim)], [Span("base model is chosen: 1 Setup", .dim)]]
    }
    let targets = state.setup.targets
    let count = state.adapterParameters(targets) ?? 0
    var lines: [[Span]?] = [nil]
    lines.append(size(targets, count, Figure.share(count, of: model.parameterCount), state, width: width))
    lines.append(measured(state))
    lines.append([targets.isEmpty ? Span("no module is on: Space toggles", Style(.warn)) : Span(seeds(state), .dim)])
    return lines
  }

  /// The checked set with its parameters, in the fullest wording that fits: figures are whole, and said what they are of. The checklist
  /// above has the names.
  private static func size(
    _ targets: Targets, _ count: Int, _ share: String, _ state: DashboardState, width: Int
  ) -> [Span] {
    let parameters = NumberFormat.count(count)
    let name = targets.isEmpty ? "none" : targets.label
    let cells = targets.isEmpty ? "none" : targets.cells(off: state.glyphs.off)
    let wordings = [
      (name, "  \(parameters)", " = \(share) of base"), (cells, "  \(parameters)", " = \(share) of base"),
      (name, "  \(parameters)", " = \(share)"), (cells, " \(parameters)", " \(share)"),
    ]
    let fitting =
      wordings.first { CharacterWidth.columns($0.0 + $0.1 + $0.2) <= width } ?? (cells, " \(parameters)", "")
    return [Span(fitting.0, Style(.title, bold: true)), Span(fitting.1), Span(fitting.2, .dim)]
  }

  /// Which seeds of the setup have their run: "left" would read as what remains to be chosen from.
  private static func seeds(_ state: DashboardState) -> String {
    let left = state.seedsLeft
    func list(_ seeds: [UInt64]) -> String {
      (seeds.count == 1 ? "seed " : "seeds ") + seeds.prefix(6).map(String.init).joined(separator: " ")
        + (seeds.count > 6 ? " \(state.glyphs.ellipsis)" : "")
    }
    return left.isEmpty ? "queued or done: \(list(state.setup.seeds))" : "no run yet: \(list(left))"
  }

  /// What runs of the checked set have measured: overhead and score, and which runs they are.
  private static func measured(_ state: DashboardState) -> [Span] {
    guard let newest = state.newestOfSet else { return [Span("no run of this set yet", .dim)] }
    var spans: [Span] = []
    if let latency = state.measuredOfSet?.latency {
      let (text, style) = Figure.overhead(latency, glyphs: state.glyphs)
      spans.append(Span("\(text) % TPOT ", style))
    }
    let word = StateWord.of(newest)
    spans.append(Span(spans.isEmpty ? "newest run: " : "· ", .dim))
    spans.append(Span("#\(newest.id) ", .plain))
    spans.append(Span("\(word.glyph(state.glyphs)) \(word.word)", Style(word.key)))
    return spans
  }

  private static func compactFacts(_ state: DashboardState, width: Int) -> [[Span]?] {
    let settings = state.setup.settings
    var figures = "no model is chosen"
    if let model = state.snapshot.model {
      let count = state.adapterParameters(state.setup.targets) ?? 0
      let share = Figure.share(count, of: model.parameterCount)
      let whole = "\(NumberFormat.count(count)) = \(share) of base"
      figures = CharacterWidth.columns(whole) <= width ? whole : "\(NumberFormat.count(count))  \(share)"
    }
    // In place of the rule before the keys.
    let overhead = state.measuredOfSet?.latency.map { latency -> [Span] in
      let (text, style) = Figure.overhead(latency, glyphs: state.glyphs)
      return [Span("\(text) % TPOT", style)]
    }
    let seeds = SetupField.seeds.text(state.setup)
    let steps = SetupField.steps.text(state.setup)
    let epochs = steps.hasSuffix(" ep") ? steps.dropLast(3) : nil
    let length = epochs.map { "\($0) epoch\($0 == "1" ? "" : "s")" } ?? "\(steps) steps"
    let time = state.estimate.item(state.setup.targets)?.secondsPerRun.map { ", est. \(NumberFormat.duration($0))/run" }
    let rank = "rank \(settings.rankText(of: state.setup.targets))"
    let alpha = "alpha \(settings.alphaText(of: state.setup.targets, NumberFormat.setting))"
    let type =
      (settings.useDoRA ? ", DoRA" : "") + (settings.promptOnly ? ", in prompts" : "")
      + (settings.useBF16 ? ", bf16" : "")
    let words = [
      "\(rank), \(alpha)\(type)",
      "lr \(SetupField.learningRate.shown(state.setup)), "
        + (SetupField.ratio.shown(state.setup) == "1" ? "" : "B/A \(SetupField.ratio.shown(state.setup)), ")
        + "\(Counted.plural("seed", state.setup.seeds.count)) \(seeds)",
    ]
    var lines: [[Span]?] = [nil, [Span(figures, .plain)]]
    if let overhead { lines.append(overhead) }
    lines += words.map { [Span($0.truncated(toColumns: width, ellipsis: state.glyphs.ellipsis), .dim)] }
    lines.append([Span(length + (time ?? ""), .dim)])
    if overhead == nil { lines.append(nil) }
    lines.append([Span("1", Style(.key)), Span(" Setup   ", .dim), Span("3", Style(.key)), Span(" Parameters", .dim)])
    return lines
  }
}
