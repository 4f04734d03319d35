import Messages
import Recipe
import Terminal

/// How many parameters each run's adapter has in each module and layer, of one decoder: counted once for an answer.
struct LayerCounts: Sendable {
  struct Key: Equatable, Sendable {
    /// Of the answer.
    var serial: UInt64
    var model: String
  }

  /// Modules that some run adapts, in the order in which a block has them.
  var modules: [LinearModule] = []
  var layers = 0
  /// By run, module and layer; nil for a run of another model, whose shapes are not known here.
  var counts: [[[Int]]?] = []
  /// Of one module in one layer, over all runs: where the scale ends.
  var most = 0
  /// Some run adapts the vision tower, which is not shown.
  var hasVision = false

  init(_ runs: [RunSummary], _ model: ModelSummary?) {
    guard let model else {
      counts = runs.map { _ in nil }
      return
    }
    layers = model.linears.decoder.count
    let paths = runs.map { $0.plan.model == model.reference ? $0.plan.targets.present(in: model.linears) : nil }
    let present = Set(paths.flatMap { $0 ?? [] }.filter { !$0.isVision }.map(\.module))
    modules = LinearModule.allCases.filter { present.contains($0) }
    hasVision = paths.contains { $0?.contains(where: \.isVision) == true }
    var places: [LinearModule: Int] = [:]
    for (place, module) in modules.enumerated() { places[module] = place }
    counts = zip(runs, paths).map { [layers, modules] run, paths in
      guard let paths else { return nil }
      let settings = run.plan.settings
      var grid = [[Int]](repeating: [Int](repeating: 0, count: layers), count: modules.count)
      for path in paths where !path.isVision && path.layer < layers {
        guard let row = places[path.module] else { continue }
        grid[row][path.layer] += model.linears.adapterParameters([path], useDoRA: settings.useDoRA) {
          settings.rank(of: $0.group)
        }
      }
      return grid
    }
    most = counts.lazy.compactMap { $0 }.joined().joined().max() ?? 0
  }
}

/// Where each run's adapter has its parameters: modules above each other, layers side by side, on one scale for all runs.
package enum CompareLayersPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let comparison = state.compare.comparison
    let glyphs = state.glyphs
    let inner = canvas.pane(
      .compareLayers, state, in: rect, note: comparison == nil ? nil : "adapter parameters by module and layer")
    guard let comparison else { return CompareEmpty.draw(.compareLayers, state, in: inner, on: &canvas) }
    let runs = comparison.rows.map(\.run)
    let known = counts(runs, state)
    guard known.most > 0 else {
      let text = "The shapes of these runs' model are not known here: choose it in Setup (M 1)."
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
      let total = run.prepared.map { NumberFormat.count($0.trainableParameters) } ?? ""
      canvas.put(
        [
          Span(String(state.marker(run.id)), state.seriesStyle(run.id)),
          Span(" #\(run.id) ", Style(.title)), Span(total, .dim),
        ], x: x, y: inner.y, maxWidth: room)
      guard let grid = known.counts[first + column] else {
        canvas.put("another model", x: x, y: inner.y + 1, style: .dim, maxWidth: room)
        continue
      }
      for (row, layers) in grid.enumerated() where row + 1 < inner.height {
        for place in 0..<width {
          let from = place * known.layers / width
          let to = max(from + 1, (place + 1) * known.layers / width)
          let count = layers[from..<min(to, layers.count)].max() ?? 0
          canvas[x + place, inner.y + 1 + row] = cell(count, of: known.most, glyphs)
        }
      }
    }
    footer(known, width, first, fitting, runs.count, state, in: rect, on: &canvas)
  }

  private static func counts(_ runs: [RunSummary], _ state: DashboardState) -> LayerCounts {
    let model = state.snapshot.model
    let key = LayerCounts.Key(serial: state.compare.serial, model: model?.fingerprint ?? "")
    return state.remembered.layerCounts.value(for: key) { LayerCounts(runs, model) }
  }

  static func levels(_ glyphs: Glyphs) -> [Character] {
    glyphs.set == .ascii ? [".", "-", "+", "*", "#"] : ["·", "░", "▒", "▓", "█"]
  }

  /// The sign says how much without the colour: a dot for nothing, then quarters of the largest.
  private static func cell(_ count: Int, of most: Int, _ glyphs: Glyphs) -> Cell {
    let signs = levels(glyphs)
    guard count > 0, most > 0 else { return Cell(character: signs[0], style: .dim) }
    let share = Double(count) / Double(most)
    let level = min(signs.count - 1, 1 + Int(share * Double(signs.count - 1) - 1e-9))
    return Cell(character: signs[level], style: Style(foreground: .blend(.heatLo, .heatHi, share)))
  }

  private static func footer(
    _ known: LayerCounts, _ width: Int, _ first: Int, _ fitting: Int, _ runs: Int, _ state: DashboardState,
    in rect: Rect, on canvas: inout Canvas
  ) {
    let signs = levels(state.glyphs)
    var text =
      " \(signs[0]) none  \(String(signs[1...])) up to \(NumberFormat.count(known.most)) in a layer · layers 0-\(known.layers - 1)"
    if width < known.layers { text += ", the largest of those that share a column" }
    if known.hasVision { text += " · vision tower not shown" }
    canvas.put(text + " ", x: rect.x + 2, y: rect.bottom - 1, style: .dim, maxWidth: rect.width - 4)
    if fitting < runs {
      let more = " h l: runs \(first + 1)-\(first + fitting) of \(runs) "
      canvas.put(more, endingAt: rect.right - 2, y: rect.bottom - 1, style: .dim)
    }
  }
}
