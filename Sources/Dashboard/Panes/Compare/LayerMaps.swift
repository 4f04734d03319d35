import Messages
import Recipe
import Terminal

/// What the maps of the compared adapters show of each module and layer.
package enum LayerMeasure: String, Hashable, Sendable, CaseIterable {
  case parameters
  /// The squared norm of what the adapter adds to the weight, as it was looked at last.
  case energy

  package var title: String { self == .parameters ? "Parameters by layer" : "Energy by layer" }
  var note: String {
    self == .parameters ? "adapter parameters by module and layer" : "squared norm of BA by module and layer"
  }
}

/// A value for each run, module and layer of one decoder: worked out once for an answer.
struct LayerMaps: Sendable {
  struct Key: Equatable, Sendable {
    /// Of the answer.
    var serial: UInt64
    var model: String
    var measure: LayerMeasure
  }

  let measure: LayerMeasure
  /// Modules that some run adapts, in the order in which a block has them.
  private(set) var modules: [LinearModule] = []
  private(set) var layers = 0
  /// By run, module and layer; a layer without an adapter is nil, and so is a run of which it is not known.
  private(set) var values: [[[Float?]]?] = []
  /// The largest finite one of all runs: where the scale ends.
  private(set) var most = 0.0
  /// Some run adapts the vision tower, which is not shown.
  private(set) var hasVision = false

  init(_ measure: LayerMeasure, _ runs: [RunSummary], _ model: ModelSummary?) {
    self.measure = measure
    switch measure {
    case .parameters: count(runs, model)
    case .energy: energies(runs)
    }
    for value in values.lazy.compactMap({ $0 }).joined().joined() {
      if let value, value.isFinite { most = max(most, Double(value)) }
    }
  }

  /// Runs of another model than the present one have shapes that are not known here, and truncated adapters ranks of each layer's own.
  private mutating func count(_ runs: [RunSummary], _ model: ModelSummary?) {
    guard let model else {
      values = runs.map { _ in nil }
      return
    }
    layers = model.linears.decoder.count
    let paths = runs.map { run in
      run.plan.model == model.reference && run.plan.pruning?.way != .rank
        ? run.adaptedTargets.present(in: model.linears) : nil
    }
    let present = Set(paths.flatMap { $0 ?? [] }.filter { !$0.isVision }.map(\.module))
    modules = LinearModule.allCases.filter { present.contains($0) }
    hasVision = paths.contains { $0?.contains(where: \.isVision) == true }
    let places = places
    values = zip(runs, paths).map { [layers, modules] run, paths in
      guard let paths else { return nil }
      let settings = run.plan.settings
      var grid = [[Float?]](repeating: [Float?](repeating: nil, count: layers), count: modules.count)
      for path in paths where !path.isVision && path.layer < layers {
        guard let row = places[path.module] else { continue }
        grid[row][path.layer] = Float(
          model.linears.adapterParameters([path], useDoRA: settings.useDoRA) { settings.rank(of: $0.group) })
      }
      return grid
    }
  }

  private mutating func energies(_ runs: [RunSummary]) {
    let rows = runs.map { run in run.energy?.rows.filter { !$0.isVision } }
    let present = Set(rows.flatMap { $0 ?? [] }.map(\.module))
    modules = LinearModule.allCases.filter { present.contains($0) }
    layers = rows.lazy.compactMap { $0 }.joined().map(\.layers).max() ?? 0
    hasVision = runs.contains { $0.energy?.rows.contains(where: \.isVision) == true }
    let places = places
    values = rows.map { [layers, modules] rows in
      guard let rows, !rows.isEmpty else { return nil }
      var grid = [[Float?]](repeating: [Float?](repeating: nil, count: layers), count: modules.count)
      for row in rows {
        guard let place = places[row.module] else { continue }
        for layer in 0..<min(layers, row.layers) { grid[place][layer] = row[layer] }
      }
      return grid
    }
  }

  private var places: [LinearModule: Int] {
    Dictionary(modules.enumerated().map { ($1, $0) }) { first, _ in first }
  }

  // MARK: Cells

  static func levels(_ glyphs: Glyphs) -> [Character] {
    glyphs.set == .ascii ? [".", "-", "+", "*", "#"] : ["·", "░", "▒", "▓", "█"]
  }

  /// The sign says how much without the colour: a dot for no adapter, then quarters of the largest count, or for energies, which differ by
  /// orders of magnitude, the shades of a heatmap.
  func cell(_ values: ArraySlice<Float?>, _ glyphs: Glyphs) -> Cell {
    let signs = Self.levels(glyphs)
    guard let value = values.lazy.compactMap({ $0 }).max() else { return Cell(character: signs[0], style: .dim) }
    guard value.isFinite else { return Cell(character: "!", style: Style(.bad, bold: true)) }
    let share: Double
    let level: Int
    switch measure {
    case .parameters:
      share = most > 0 ? Double(value) / most : 0
      level = value > 0 ? min(signs.count - 1, 1 + Int(share * Double(signs.count - 1) - 1e-9)) : 0
    case .energy:
      let scale = HeatScale(top: most)
      share = scale.position(Double(value))
      level = scale.shade(Double(value))
      // Weaker than every shade: there is an adapter, and no dot.
      if level == 0 { return Cell(character: " ", style: .plain) }
    }
    guard level > 0 else { return Cell(character: signs[0], style: .dim) }
    return Cell(character: signs[level], style: Style(foreground: .blend(.heatLo, .heatHi, share)))
  }

  func legend(_ glyphs: Glyphs) -> String {
    let signs = Self.levels(glyphs)
    let shades = String(signs[1...])
    switch measure {
    case .parameters:
      return " \(signs[0]) none  \(shades) up to \(NumberFormat.count(Int(most))) in a layer · layers 0-\(layers - 1)"
    case .energy:
      return
        " \(signs[0]) no adapter  \(shades) each begins at a quarter of the next, up to \(NumberFormat.short(most)) · layers 0-\(layers - 1)"
    }
  }
}
