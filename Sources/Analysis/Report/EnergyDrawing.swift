import Foundation
import Messages
import Recipe

/// What each combination changed, layer by layer and module by module: ‖s·B·A‖² as shades, one scale for all combinations of a data set.
enum EnergyDrawing {
  private static let width = 760.0
  private static let mostLabels = 180.0
  private static let rowHeight = 12.0
  private static let titleHeight = 18.0
  private static let gap = 10.0
  /// Steps of the scale; a page with a rectangle of its own for each value of thousands of layers would be megabytes.
  private static let shades = 9

  private struct Panel {
    var run: RunSummary
    var energy: AdapterEnergy
  }

  /// The first run of each combination that has an energy; nil where none has.
  static func svg(_ dataset: StudyDataset, _ runs: [RunSummary]) -> String? {
    let panels = dataset.cells.compactMap { cell -> Panel? in
      runs.first { run in cell.runs.contains(run.id) && run.energy?.rows.isEmpty == false }.flatMap { run in
        run.energy.map { Panel(run: run, energy: $0) }
      }
    }
    let values = panels.flatMap { panel in panel.energy.rows.flatMap(finite) }.filter { $0 > 0 }
    guard let least = values.min(), let most = values.max() else { return nil }
    let scale = log(Double(least))...max(log(Double(most)), log(Double(least)) + 1e-9)
    // Two beside each other where there are several.
    let columns = panels.count > 1 ? 2 : 1
    let labels = PlotFrame.room(for: panels.flatMap { $0.energy.rows.map(name) }, most: mostLabels)
    let panelWidth = (width - gap * Double(columns - 1)) / Double(columns)
    var body = ""
    var y = 0.0
    for line in stride(from: 0, to: panels.count, by: columns) {
      let shown = panels[line..<min(panels.count, line + columns)]
      for (place, panel) in shown.enumerated() {
        body += draw(panel, x: Double(place) * (panelWidth + gap), y: y, width: panelWidth, labels: labels, scale)
      }
      y += titleHeight + rowHeight * Double(shown.map(\.energy.rows.count).max() ?? 0) + gap
    }
    body += legend(x: labels, y: y, least: least, most: most)
    let caption = HTMLReport.escaped("Adapter energy by layer and module on \(dataset.name)")
    return
      "<svg viewBox=\"0 0 \(Int(width)) \(PlotFrame.point(y + 20))\" role=\"img\"><title>\(caption)</title>\(body)</svg>"
  }

  private static func name(_ row: AdapterEnergy.Row) -> String { (row.isVision ? "vision " : "") + row.module.rawValue }

  private static func finite(_ row: AdapterEnergy.Row) -> [Float] {
    (0..<row.layers).compactMap { row[$0] }.filter(\.isFinite)
  }

  private static func draw(
    _ panel: Panel, x: Double, y: Double, width: Double, labels: Double, _ scale: ClosedRange<Double>
  ) -> String {
    let point = PlotFrame.point
    let title = "\(panel.run.plan.targets.label) #\(panel.run.id)"
    var text = "<text x=\"\(point(x))\" y=\"\(point(y + 12))\">\(HTMLReport.escaped(title))</text>"
    for (index, row) in panel.energy.rows.enumerated() {
      let top = y + titleHeight + rowHeight * Double(index)
      let each = (width - labels) / Double(max(1, row.layers))
      text += "<text x=\"\(point(x))\" y=\"\(point(top + 9))\">\(HTMLReport.escaped(name(row)))</text>"
      // Neighbours of one shade are one rectangle.
      var start = 0
      while start < row.layers {
        let shade = shade(row[start], scale)
        var end = start + 1
        while end < row.layers, self.shade(row[end], scale) == shade { end += 1 }
        if let shade {
          text += rectangle(
            shade, x: x + labels + each * Double(start), y: top, width: each * Double(end - start))
        }
        start = end
      }
    }
    return text
  }

  private static func rectangle(_ shade: Int, x: Double, y: Double, width: Double) -> String {
    let point = PlotFrame.point
    return "<rect class=\"energy\" fill-opacity=\"\(opacity(shade))\" x=\"\(point(x))\" y=\"\(point(y))\" "
      + "width=\"\(point(width))\" height=\"11\"/>"
  }

  private static func opacity(_ shade: Int) -> String {
    PlotFrame.label((Double(shade) + 1) / Double(shades))
  }

  /// Nil for a layer without an adapter; zero has the lowest shade, what is no number the highest.
  private static func shade(_ energy: Float?, _ scale: ClosedRange<Double>) -> Int? {
    guard let energy else { return nil }
    guard energy > 0 else { return 0 }
    guard energy.isFinite else { return shades - 1 }
    let share = (log(Double(energy)) - scale.lowerBound) / (scale.upperBound - scale.lowerBound)
    return min(shades - 1, max(0, Int(share * Double(shades))))
  }

  private static func legend(x: Double, y: Double, least: Float, most: Float) -> String {
    var text = "<text x=\"0\" y=\"\(PlotFrame.point(y + 10))\">\(PlotFrame.label(Double(least)))</text>"
    for shade in 0..<shades { text += rectangle(shade, x: x + 14 * Double(shade), y: y, width: 14) }
    return text + "<text x=\"\(PlotFrame.point(x + 14 * Double(shades) + 6))\" y=\"\(PlotFrame.point(y + 10))\">"
      + "\(PlotFrame.label(Double(most))), logarithmic; layers from left to right</text>"
  }
}
