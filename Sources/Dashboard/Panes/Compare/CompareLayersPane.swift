import Messages
import Recipe
import Terminal

/// What each run's adapter has in its layers: modules above each other, layers side by side, on one scale for all runs.
package enum CompareLayersPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let comparison = state.compare.comparison
    let measure = state.compare.shownLayers
    let glyphs = state.glyphs
    let inner = canvas.pane(
      .compareLayers, state, in: rect, title: measure.title)
    if comparison != nil { canvas.note([measure.note], of: .compareLayers, state, in: rect, title: measure.title) }
    guard let comparison else { return CompareEmpty.draw(.compareLayers, state, in: inner, on: &canvas) }
    let runs = comparison.rows.map(\.run)
    let known = maps(runs, state)
    guard known.most > 0 else {
      let text =
        measure == .parameters
        ? "The shapes of these runs' model are not known here: choose it in Setup (M 1)."
        : "Of none of these runs the adapter's energy is stored: an earlier version trained them. w shows parameters."
      return canvas.paragraph(text, in: inner, style: .dim)
    }
    let nameWidth = (known.modules.map(\.rawValue.count).max() ?? 0) + 1
    // A map takes a column for each layer, or at least sixteen, in which neighbours share one.
    let least = min(known.layers, 16)
    let fitting = max(1, min(runs.count, (inner.width - nameWidth) / (max(least, 12) + 2)))
    let room = (inner.width - nameWidth) / fitting - 2
    let width = max(1, min(known.layers, room))
    let first = min(state.compare.firstColumn, max(0, runs.count - fitting))
    for (row, module) in known.modules.enumerated() where row + 1 < inner.height {
      canvas.put(module.rawValue, x: inner.x, y: inner.y + 1 + row, style: .dim, maxWidth: nameWidth - 1)
    }
    for column in 0..<fitting where first + column < runs.count {
      let x = inner.x + nameWidth + column * (room + 2)
      let run = runs[first + column]
      canvas.put(
        [
          Span(String(state.marker(run.id)), state.seriesStyle(run.id)),
          Span(" #\(run.id) ", Style(.title)), Span(total(run, measure), .dim),
        ], x: x, y: inner.y, maxWidth: room)
      guard let grid = known.values[first + column] else {
        let why =
          measure == .energy ? "not stored" : run.plan.pruning?.way == .rank ? "ranks of its own" : "another model"
        canvas.put(why, x: x, y: inner.y + 1, style: .dim, maxWidth: room)
        continue
      }
      for (row, layers) in grid.enumerated() where row + 1 < inner.height {
        for place in 0..<width {
          let from = place * known.layers / width
          let to = max(from + 1, (place + 1) * known.layers / width)
          canvas[x + place, inner.y + 1 + row] = known.cell(layers[from..<min(to, layers.count)], glyphs)
        }
      }
    }
    footer(known, width, first, fitting, runs.count, state, in: rect, on: &canvas)
  }

  private static func total(_ run: RunSummary, _ measure: LayerMeasure) -> String {
    switch measure {
    case .parameters: run.prepared.map { NumberFormat.count($0.trainableParameters) } ?? ""
    case .energy: run.energy.map { NumberFormat.short($0.total) } ?? ""
    }
  }

  private static func maps(_ runs: [RunSummary], _ state: DashboardState) -> LayerMaps {
    let model = state.snapshot.model
    let measure = state.compare.shownLayers
    let key = LayerMaps.Key(serial: state.compare.serial, model: model?.fingerprint ?? "", measure: measure)
    return state.remembered.layerMaps.value(for: key) { LayerMaps(measure, runs, model) }
  }

  private static func footer(
    _ known: LayerMaps, _ width: Int, _ first: Int, _ fitting: Int, _ runs: Int, _ state: DashboardState,
    in rect: Rect, on canvas: inout Canvas
  ) {
    var text = known.legend(state.glyphs)
    if width < known.layers { text += ", the largest of those that share a column" }
    if known.hasVision { text += " · vision tower not shown" }
    let more = fitting < runs ? " h l: runs \(first + 1)-\(first + fitting) of \(runs) " : ""
    let room = rect.width - 4 - CharacterWidth.columns(more)
    // Parts that have room, the signs first.
    let parts = text.components(separatedBy: " · ")
    text = parts.dropFirst().reduce(parts[0]) {
      let longer = "\($0) · \($1)"
      return CharacterWidth.columns(longer) < room ? longer : $0
    }
    canvas.put(text + " ", x: rect.x + 2, y: rect.bottom - 1, style: .dim, maxWidth: room)
    if !more.isEmpty { canvas.put(more, endingAt: rect.right - 2, y: rect.bottom - 1, style: .dim) }
  }

  /// All runs' maps below each other: a row a run and module, a column a layer.
  static func table(_ state: DashboardState) -> ExportTable? {
    guard let comparison = state.compare.comparison else { return nil }
    let runs = comparison.rows.map(\.run)
    let known = maps(runs, state)
    guard known.most > 0 else { return nil }
    var rows: [[ExportTable.Value]] = []
    for (run, grid) in zip(runs, known.values) {
      guard let grid else { continue }
      for (module, values) in zip(known.modules, grid) {
        rows.append(
          [.whole(Int(run.id)), .text(module.rawValue)]
            + values.map { value in
              known.measure == .parameters ? .counted(value.map { Int($0) }) : .measured(value.map(Double.init), 6)
            })
      }
    }
    return ExportTable(
      title: "\(known.measure.title): \(known.measure.note)",
      columns: ["run", "module"] + (0..<known.layers).map { "layer \($0)" }, rows: rows)
  }
}
