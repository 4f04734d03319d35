import Messages
import Recipe
import Terminal

/// How a heatmap is looked at.
package struct HeatmapView: Sendable, Equatable {
  /// The probe's gradient energy in place of the adapter's.
  package var showsGradient = false
  /// The cell that is read; nil: none.
  package var cursor: HeatmapModel.Place?

  package init() {}
}

/// How much the adapter changes each layer, live while it trains; or what the probe's gradients say of each layer.
package enum EnergyPane {
  package static func draw(_ pane: Pane, _ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let gradient = state.heatmap.showsGradient ? state.probe?.answer.value : nil
    let run = run(pane, state)
    let inner = canvas.pane(
      pane, state, in: rect, title: gradient == nil ? nil : "Gradient energy",
      note: gradient == nil ? note(pane, run, state) : "at B = 0, of the probe",
      footerNote: state.focusedPane == pane ? footer(state) : nil)
    guard let model = model(pane, state) else {
      return canvas.paragraph(WhyEmpty.noEnergy(run, state), in: inner, style: .dim)
    }
    let report = Heatmap.draw(model, in: inner, on: &canvas, glyphs: state.glyphs)
    guard report.joined > 1 else { return }
    canvas.note(
      [gradient == nil ? note(pane, run, state) : "at B = 0, of the probe", "\(report.joined) layers a column"]
        .compactMap { $0 }, of: pane, state, in: rect)
  }

  /// What the pane shows now; nil where there is nothing to show yet.
  package static func model(_ pane: Pane, _ state: DashboardState) -> HeatmapModel? {
    if state.heatmap.showsGradient, let result = state.probe?.answer.value {
      return HeatmapModel(result, cursor: state.heatmap.cursor)
    }
    guard let run = run(pane, state), let energy = run.energy, !energy.rows.isEmpty else { return nil }
    let names = state.snapshot.model.flatMap { $0.reference == run.plan.model ? $0.linears.decoder.names : nil }
    return HeatmapModel(energy, names: names ?? .llama, cursor: state.heatmap.cursor)
  }

  /// On Main the selected run, or the one that trains while the selected one has no energy.
  static func run(_ pane: Pane, _ state: DashboardState) -> RunSummary? {
    guard pane == .energy else { return state.shownRun }
    let selected = state.selectedRun
    if selected?.energy != nil { return selected }
    return state.activeRuns.first { $0.energy != nil } ?? selected
  }

  private static func note(_ pane: Pane, _ run: RunSummary?, _ state: DashboardState) -> String? {
    guard let run, let energy = run.energy else { return nil }
    return (pane == .energy ? "#\(run.id) " : "squared norm of BA, ") + "step \(energy.step)"
  }

  private static func footer(_ state: DashboardState) -> String {
    state.heatmap.cursor == nil ? "h j k l read a cell" : "Esc ends"
  }
}

extension HeatmapModel {
  /// A training's: squared norms of what its adapter adds to each weight.
  init(_ energy: AdapterEnergy, names: ModuleNames, cursor: Place?) {
    let texts = Self.texts(
      energy.rows.map { (row: AdapterEnergy.Row) in
        row.isVision ? "vision." + ModuleNames.siglip.name(of: row.module) : names.name(of: row.module)
      })
    self.init(
      rows: zip(energy.rows, texts).map { row, text in
        Row(name: text, values: (0..<row.layers).map { row[$0] })
      }, cursor: cursor)
  }

  /// A probe's: squared norms of the gradients in B at B = 0, means over batches and starts.
  init(_ probe: ProbeResult, cursor: Place? = nil) {
    let cells = Dictionary(probe.cells.map { ($0.path, $0.energy) }) { first, _ in first }
    let layers = probe.linears.decoder.count
    let modules = Set(probe.cells.lazy.filter { !$0.path.isVision }.map(\.path.module))
    let present = LinearModule.allCases.filter(modules.contains)
    let texts = Self.texts(present.map { probe.linears.decoder.names.name(of: $0) })
    self.init(
      rows: zip(present, texts).map { module, text in
        Row(name: text, values: (0..<layers).map { cells[ModulePath(layer: $0, module: module)].map { Float($0) } })
      }, cursor: cursor, absent: nil)
  }

  /// `q_proj` of `self_attn.q_proj`, where no two of them end alike.
  private static func texts(_ names: [String]) -> [String] {
    let ends = names.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
    return Set(ends).count == ends.count ? ends : names
  }
}
