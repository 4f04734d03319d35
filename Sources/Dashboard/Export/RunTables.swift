import Messages
import Recipe
import Terminal

/// What the panes about one run hold, as tables for a file.
enum RunTables {
  /// Tokens by how long they took; what lies outside of the bins has rows without an end.
  static func latency(_ state: DashboardState) -> ExportTable? {
    guard let run = state.shownRun, let histogram = state.run.latency.value, !histogram.isEmpty else { return nil }
    let (adapter, base) = (histogram.adapter, histogram.base)
    let bins = adapter.counts.count
    let low = adapter.range.lowerBound
    let width = (adapter.range.upperBound - low) / Double(max(1, bins))
    let edges = (0...bins).map { ExportTable.Value.measured(low + Double($0) * width, 6) }
    var rows: [[ExportTable.Value]] = [[.none, edges[0], .whole(adapter.below), .whole(base.below)]]
    for bin in 0..<bins {
      rows.append([edges[bin], edges[bin + 1], .whole(adapter.counts[bin]), .whole(base.counts[bin])])
    }
    rows.append([edges[bins], .none, .whole(adapter.above), .whole(base.above)])
    return ExportTable(
      title: "Token latency of #\(run.id)", columns: ["from_ms", "to_ms", "adapter_tokens", "base_tokens"], rows: rows)
  }

  /// A row a module, a column a layer, of what the focused heatmap shows.
  static func energy(_ state: DashboardState) -> ExportTable? {
    guard let model = EnergyPane.model(state.focusedPane, state) else { return nil }
    let isGradient = state.heatmap.showsGradient && state.probe?.answer.value != nil
    let run = isGradient ? nil : EnergyPane.run(state.focusedPane, state)
    let title =
      run.map { "Adapter energy of #\($0.id) at step \($0.energy?.step ?? 0), squared norm of BA" }
      ?? "Gradient energy at B = 0, of the probe"
    return ExportTable(
      title: title, columns: ["module"] + (0..<model.columns).map { "layer \($0)" },
      rows: model.rows.map { row in
        [.text(row.name)]
          + (0..<model.columns).map { layer in
            .measured(row.values.indices.contains(layer) ? row.values[layer].map(Double.init) : nil, 6)
          }
      })
  }

  /// Every example of the run's evaluation with its prompt, whatever is in view.
  static func samples(_ state: DashboardState) -> ExportTable? {
    let examples = state.run.examples
    guard let run = state.shownRun, !examples.isEmpty else { return nil }
    return ExportTable(
      title: "Samples of #\(run.id)",
      columns: ["example", "prompt", "expected", "output", "score", "parsed", "output_tokens"],
      rows: examples.map { example in
        [
          .whole(example.index), .text(example.prompt), .text(example.expected), .text(example.output),
          .measured(example.score, 2), .text(example.parsed ? "yes" : "no"), .whole(example.outputTokens),
        ]
      })
  }
}
