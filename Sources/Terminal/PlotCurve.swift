import Foundation

/// A series cut into one bucket a dot column of the area, with what leads in from both sides.
struct PlotCurve {
  let series: PlotSeries
  /// Of the smoothed values, one a dot column.
  let buckets: [SeriesBucket]
  /// Of the raw values; empty when no raw dots are drawn and nothing is smoothed.
  let rawBuckets: [SeriesBucket]
  let nonFinite: Int
  let nonPositive: Int
  let pointsInView: [PlotPoint]
  /// The nearest values outside the view as (position along x, value), where the line enters and leaves.
  let before: (position: Double, value: Double)?
  let after: (position: Double, value: Double)?
  /// Whether the newest value lies in view, and its position.
  let newest: (position: Double, value: Double)?
  let xMap: AxisMap

  init(_ series: PlotSeries, model: PlotModel, area: Rect, set: CharacterSet) {
    self.series = series
    let xMap = AxisMap(model.xRange, scale: model.xScale)
    self.xMap = xMap
    let smoothed = series.values.smoothed(beta: model.smoothing)
    let columns = area.width * BitGrid.dotsX(set)

    func index(atPosition position: Double) -> Int {
      let x = xMap.value(position)
      let index = ((x - series.xStart) / series.xStride - 1e-9).rounded(.up)
      return index.isFinite ? Int(min(max(index, 0), Double(series.values.count))) : 0
    }
    var bounds = (0..<columns).map { index(atPosition: Double($0) / Double(columns)) }
    // The last bucket takes the right end itself.
    let end = ((model.xRange.upperBound - series.xStart) / series.xStride + 1e-9).rounded(.down) + 1
    bounds.append(end.isFinite ? Int(min(max(end, 0), Double(series.values.count))) : 0)
    buckets = smoothed.buckets(bounds)
    let raw = model.smoothing > 0 ? series.values.buckets(bounds) : buckets
    rawBuckets = raw
    nonFinite = raw.reduce(0) { $0 + $1.nonFinite }
    nonPositive = raw.reduce(0) { $0 + $1.nonPositive }
    pointsInView = series.points.filter { point in
      guard let position = xMap.position(point.x) else { return false }
      return position >= 0 && position <= 1
    }

    func place(_ index: Int) -> (position: Double, value: Double)? {
      guard index >= 0, index < smoothed.count, smoothed[index].isFinite,
        let position = xMap.position(series.xStart + series.xStride * Double(index))
      else { return nil }
      return (position, Double(smoothed[index]))
    }
    let first = bounds.first ?? 0
    let last = bounds.last ?? 0
    before = first > 0 ? place(first - 1) : nil
    after = last < smoothed.count ? place(last) : nil
    newest = smoothed.lastFinite.flatMap { place($0.index) }.flatMap { $0.position >= 0 && $0.position <= 1 ? $0 : nil }
  }
}
