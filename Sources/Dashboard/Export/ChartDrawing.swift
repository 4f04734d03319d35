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
    /// Where each value lies, rising; nil where that is its step.
    package var positions: SeriesView?
    /// From positions to what the axis is labelled with.
    package var positionFactor: Double
    /// Weight of the moving average; 0: raw values.
    package var smoothing: Double

    package init(
      name: String, values: SeriesView, slot: Int, positions: SeriesView? = nil, positionFactor: Double = 1,
      smoothing: Double = 0
    ) {
      self.name = name
      self.values = values
      self.slot = slot
      self.positions = positions
      self.positionFactor = positionFactor
      self.smoothing = smoothing
    }

    /// Of a value; not-a-number where it has none yet.
    func x(_ index: Int) -> Double {
      guard let positions else { return Double(index + 1) }
      return index < positions.count ? Double(positions[index]) * positionFactor : .nan
    }

    /// The values that lie in a range of the axis.
    func indices(in range: ClosedRange<Double>) -> Range<Int> {
      if let positions {
        let first = positions.firstIndices(reaching: [Float(range.lowerBound / positionFactor * (1 - 1e-7))]).first ?? 0
        let end = positions.firstIndices(beyond: [Float(range.upperBound / positionFactor * (1 + 1e-7))]).first ?? 0
        return min(first, values.count)..<max(min(first, values.count), min(end, values.count))
      }
      func index(_ value: Double) -> Int { Int(min(max(value, 0), Double(values.count))) }
      let first = index((range.lowerBound - 1).rounded(.up))
      return first..<max(first, index(range.upperBound.rounded(.down)))
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
    let raw = curves.map { $0.values.values(0..<$0.values.count) }
    let averages = curves.map { curve -> [Float]? in
      guard curve.smoothing > 0 else { return nil }
      let smoothed = curve.values.smoothed(beta: curve.smoothing, scale: yScale)
      return smoothed.values(0..<smoothed.count)
    }
    let longest = raw.map(\.count).max() ?? 0
    let rows: [[ExportTable.Value]] = (0..<longest).map { step in
      var row: [ExportTable.Value] = [.whole(step + 1)]
      for index in curves.indices {
        if curves[index].positions != nil { row.append(.measured(curves[index].x(step), 1)) }
        row.append(Self.value(raw[index], step))
        if let average = averages[index] { row.append(Self.value(average, step)) }
      }
      return row
    }
    let columns = curves.flatMap { curve in
      (curve.positions == nil ? [] : ["\(curve.name) \(xTitle)"]) + [curve.name]
        + (curve.smoothing > 0 ? ["\(curve.name) smoothed"] : [])
    }
    return ExportTable(title: title, columns: ["step"] + columns, rows: rows)
  }

  /// A float as the shortest decimal that reads back as it.
  private static func value(_ values: [Float], _ index: Int) -> ExportTable.Value {
    guard index < values.count, values[index].isFinite else { return .none }
    return .number(Double("\(values[index])") ?? Double(values[index]), decimals: 4)
  }
}
