import Messages
import Terminal

/// The form of the next run.
package enum SetupPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let inner = canvas.pane(.setup, state, in: rect, note: state.setup.origin.map { "from #\($0)" })
    let rows = SetupField.rows
    let formRows = min(rows.count, max(1, inner.height - 2))
    let selectedRow = rows.firstIndex { $0.contains(state.setupField) } ?? 0
    let top = scrollTop(selected: selectedRow, rows: formRows, count: rows.count)
    for index in 0..<formRows where top + index < rows.count {
      draw(rows[top + index], state, y: inner.y + index, in: inner, on: &canvas)
    }
    guard inner.height >= formRows + 2 else { return }
    canvas.rule(inner, y: inner.y + formRows, glyphs: state.glyphs)
    canvas.put(
      EstimateLine.text(state).truncated(toColumns: inner.width, ellipsis: state.glyphs.ellipsis), x: inner.x,
      y: inner.y + formRows + 1, style: .dim)
  }

  private static func draw(
    _ fields: [SetupField], _ state: DashboardState, y: Int, in inner: Rect, on canvas: inout Canvas
  ) {
    for (column, field) in fields.enumerated() {
      let isWide = fields.count == 1
      let x = inner.x + (column == 0 ? 0 : inner.width * 15 / 32)
      let labelWidth = isWide ? 9 : column == 0 ? 6 : 10
      let end = isWide || column == 1 ? inner.right : inner.x + inner.width * 15 / 32 - 1
      canvas.put(field.label, x: x, y: y, style: .dim)
      let width = max(1, end - x - labelWidth)
      if let edit = state.field, edit.purpose == .setup(field) {
        canvas.field(edit.field, x: x + labelWidth, y: y, columns: width)
        continue
      }
      let isSelected = state.focusedPane == .setup && state.setupField == field
      let value = value(field, state)
      var style = value.isMissing ? Style(.warn) : state.setup.touched.contains(field) ? Style(.fg, bold: true) : .plain
      if isSelected {
        style = style.selected
        canvas.fill(Rect(x: x + labelWidth, y: y, width: width, height: 1), " ", style)
        canvas.put(String(state.glyphs.pointer), x: x - 1 - (column == 0 ? 0 : 0), y: y, style: Style(.focus))
      }
      let room = field.isChoice && isWide ? width - 2 : width
      canvas.put(
        value.text.truncated(toColumns: room, ellipsis: state.glyphs.ellipsis), x: x + labelWidth, y: y, style: style)
      if field.isChoice && isWide {
        canvas.put(String(state.glyphs.dropDown), x: inner.right - 1, y: y, style: isSelected ? style : .dim)
      }
    }
  }

  private static func value(_ field: SetupField, _ state: DashboardState) -> (text: String, isMissing: Bool) {
    switch field {
    case .model: return state.snapshot.model.map { ($0.name, false) } ?? ("none: Enter chooses", true)
    case .data:
      guard let data = state.snapshot.data else { return ("none: Enter chooses", true) }
      return ("\(data.name) (\(NumberFormat.count(data.trainingExamples)))", false)
    case .engine where state.setup.settings.engine == .peft: return PEFTLine.value(state)
    default:
      let texts = state.remembered.setupTexts.value(for: state.setup) {
        Dictionary(SetupField.rows.joined().map { ($0, $0.shown(state.setup)) }) { first, _ in first }
      }
      return (texts[field] ?? field.shown(state.setup), false)
    }
  }
}

/// What is known of the Python that the engine peft would compute with.
enum PEFTLine {
  /// In the form, short.
  static func value(_ state: DashboardState) -> (text: String, isMissing: Bool) {
    if state.peft.refusal != nil { return ("peft cannot begin", true) }
    guard let facts = state.peft.value else { return ("peft, asks Python\(state.glyphs.ellipsis)", false) }
    return ("peft \(facts.packages["peft"] ?? "") on \(facts.device.rawValue)", false)
  }

  /// In the status row, while a field of it has the cursor: why not, or with what.
  static func about(_ state: DashboardState) -> Span? {
    guard state.setup.settings.engine == .peft,
      state.setupField == .engine || SetupField.ofPEFT.contains(state.setupField)
    else { return nil }
    if let refusal = state.peft.refusal { return Span(refusal, Style(.warn)) }
    guard state.setupField == .engine, let facts = state.peft.value else { return nil }
    let versions = ["torch", "transformers", "peft"].compactMap { name in facts.packages[name].map { "\(name) \($0)" } }
    return Span(
      "PEFT computes: \(versions.joined(separator: ", ")); runs go to \(facts.gpu ?? facts.device.rawValue)", .dim)
  }
}

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
