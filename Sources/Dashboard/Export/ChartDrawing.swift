import Foundation
import Terminal

/// A chart of curves or points as it is written to a file: as an SVG picture, or as a table of all of its values.
package struct ChartDrawing: Sendable {
  package struct Curve: Sendable {
    package var name: String
    /// Raw values; value `i` lies at step `i + 1`.
    package var values: SeriesView
    /// The slot of colour and marker.
    package var slot: Int

    package init(name: String, values: SeriesView, slot: Int) {
      self.name = name
      self.values = values
      self.slot = slot
    }
  }

  package struct Point: Sendable {
    package var name: String
    package var x: Double
    package var y: Double
    package var xInterval: ClosedRange<Double>?
    package var yInterval: ClosedRange<Double>?
    package var isOnFront: Bool
    /// Measured on a busy machine, or stopped early: drawn hollow.
    package var isProvisional: Bool
  }

  package var title: String
  /// Under the title: what is shown of what.
  package var subtitle = ""
  package var xTitle: String
  package var yTitle: String
  package var curves: [Curve] = []
  package var points: [Point] = []
  package var xRange: ClosedRange<Double>?
  package var yLimits: ClosedRange<Double>?
  package var xScale = AxisScale.linear
  package var yScale = AxisScale.linear
  /// Weight of the moving average of curves; 0: raw values.
  package var smoothing = 0.0

  package init(title: String, xTitle: String, yTitle: String) {
    self.title = title
    self.xTitle = xTitle
    self.yTitle = yTitle
  }

  /// Every step of every curve, raw and smoothed, or every point with its intervals.
  package var table: ExportTable {
    guard curves.isEmpty else { return curveTable }
    let rows: [[ExportTable.Value]] = points.map { point in
      [
        .text(point.name), .measured(point.x, 3), .measured(point.xInterval?.lowerBound, 3),
        .measured(point.xInterval?.upperBound, 3), .measured(point.y, 2), .measured(point.yInterval?.lowerBound, 2),
        .measured(point.yInterval?.upperBound, 2),
        .text(point.isOnFront ? "front" : point.isProvisional ? "provisional" : ""),
      ]
    }
    return ExportTable(
      title: title,
      columns: ["name", xTitle, "\(xTitle) low", "\(xTitle) high", yTitle, "\(yTitle) low", "\(yTitle) high", "place"],
      rows: rows)
  }

  private var curveTable: ExportTable {
    let smoothed = curves.map { $0.values.smoothed(beta: smoothing, scale: yScale) }
    let raw = curves.map { $0.values.values(0..<$0.values.count) }
    let averages = smoothing > 0 ? smoothed.map { $0.values(0..<$0.count) } : []
    let longest = raw.map(\.count).max() ?? 0
    let rows: [[ExportTable.Value]] = (0..<longest).map { step in
      var row: [ExportTable.Value] = [.whole(step + 1)]
      for index in curves.indices {
        row.append(Self.value(raw[index], step))
        if smoothing > 0 { row.append(Self.value(averages[index], step)) }
      }
      return row
    }
    let columns = curves.flatMap { smoothing > 0 ? [$0.name, "\($0.name) smoothed"] : [$0.name] }
    return ExportTable(title: title, columns: ["step"] + columns, rows: rows)
  }

  /// A float as the shortest decimal that reads back as it.
  private static func value(_ values: [Float], _ index: Int) -> ExportTable.Value {
    guard index < values.count, values[index].isFinite else { return .none }
    return .number(Double("\(values[index])") ?? Double(values[index]), decimals: 4)
  }
}
