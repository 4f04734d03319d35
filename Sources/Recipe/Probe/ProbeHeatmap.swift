import Foundation

/// Energies by module and layer, in a given room: rows are modules, columns are layers.
public struct ProbeHeatmap: Hashable, Sendable {
  public struct Row: Hashable, Sendable {
    public var module: LinearModule
    /// Mean energy of each column; of neighbours that share one, the largest.
    public var energies: [Double]
  }

  public var rows: [Row]
  /// The layers of each column.
  public var columns: [Range<Int>]
  /// Of single layers; the largest is where the scale ends.
  public var largest: ProbeResult.Cell?

  /// - Parameter width: columns that there is room for.
  public init(_ probe: ProbeResult, width: Int) {
    let layers = probe.linears.decoder.count
    let each = max(1, (layers + max(1, width) - 1) / max(1, width))
    columns = stride(from: 0, to: layers, by: each).map { $0..<min(layers, $0 + each) }
    let byModule = Dictionary(grouping: probe.cells.filter { !$0.path.isVision }, by: \.path.module)
    rows = LinearModule.allCases.compactMap { [columns] module in
      guard let cells = byModule[module] else { return nil }
      return Row(
        module: module,
        energies: columns.map { range in
          cells.filter { range.contains($0.path.layer) }.map(\.energy).max() ?? 0
        })
    }
    largest = probe.cells.max { $0.energy < $1.energy }
  }

  /// Layers that share a column.
  public var layersOfColumn: Int { columns.first?.count ?? 1 }

  /// 0 for the weakest to `levels` − 1: half of the largest energy and more is the top level, and each one below begins at half of the one
  /// above it. Energies of modules differ by orders of magnitude.
  public func level(_ energy: Double, of levels: Int) -> Int {
    guard let top = largest?.energy, top > 0, energy > 0, levels > 1 else { return 0 }
    let halvings = log2(top / energy)
    // The largest itself is no halving below itself, whatever rounding says.
    return max(0, levels - 1 - max(0, Int(min(halvings, 1e6))))
  }
}
