import Terminal

/// What can be done on a heatmap.
package enum HeatmapAction: Hashable, Sendable {
  case row(Int)
  case column(Int)
  case measure

  var name: String? {
    switch self {
    case .row(let step): step > 0 ? "next-row" : "previous-row"
    case .column(let step): step > 0 ? "next-layer" : "previous-layer"
    case .measure: "measure"
    }
  }
}

extension Update {
  mutating func perform(_ action: HeatmapAction) {
    switch action {
    case .row(let step): moveInHeatmap { $0.row += step }
    case .column(let step): moveInHeatmap { $0.column += step }
    case .measure:
      state.heatmap.showsGradient.toggle()
      state.heatmap.cursor = nil
    }
  }

  /// The first key shows the cursor where the largest value is.
  private mutating func moveInHeatmap(_ change: (inout HeatmapModel.Place) -> Void) {
    guard let model = EnergyPane.model(state.focusedPane, state), !model.rows.isEmpty else { return }
    guard var place = state.heatmap.cursor else {
      state.heatmap.cursor = model.largest?.place ?? HeatmapModel.Place(row: 0, column: 0)
      return
    }
    change(&place)
    place.row = min(max(0, place.row), model.rows.count - 1)
    place.column = min(max(0, place.column), max(0, model.rows[place.row].values.count - 1))
    state.heatmap.cursor = place
  }
}

/// Keys of heatmaps.
enum HeatmapBindings {
  static let all: [KeyBinding] = [
    KeyBinding(
      .heatmap, [.character("l"), .right], "read the next layer's cell", hint: "read", label: "h j k l",
      .heatmap(.column(1)), whyNot: isEmpty),
    KeyBinding(
      .heatmap, [.character("h"), .left], "read the previous layer's cell", .heatmap(.column(-1)), whyNot: isEmpty),
    KeyBinding(.heatmap, [.character("j"), .down], "read the next module's cell", .heatmap(.row(1)), whyNot: isEmpty),
    KeyBinding(
      .heatmap, [.character("k"), .up], "read the previous module's cell", .heatmap(.row(-1)), whyNot: isEmpty),
    KeyBinding(
      .heatmap, [.character("w")], "what is shown: the adapter's energy, or the probe's gradient energy",
      hint: "energy/gradient", .heatmap(.measure)
    ) {
      $0.heatmap.showsGradient || $0.probe?.answer.value != nil
        ? nil : "there is no probe yet: w in Modules on Main looks at the base"
    },
  ]

  @Sendable private static func isEmpty(_ state: DashboardState) -> String? {
    EnergyPane.model(state.focusedPane, state) == nil ? "there is no heatmap yet" : nil
  }
}
