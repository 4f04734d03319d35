import Foundation

/// A series cut into one bucket a dot column of the area, with what leads in from both sides.
struct PlotCurve {
  let series: PlotSeries
  /// Buckets of the smoothed values, one a dot column.
  let buckets: [SeriesBucket]
  /// Buckets of the raw values; empty when no raw dots are drawn and nothing is smoothed.
  let rawBuckets: [SeriesBucket]
  let nonFinite: Int
  let nonPositive: Int
  let pointsInView: [PlotPoint]
  /// The nearest values outside the view as (position along x, value), where the line enters and leaves.
  let before: (position: Double, value: Double)?
  let after: (position: Double, value: Double)?
  /// Whether the newest value lies in view, and its position.
  let newest: (position: Double, value: Double)?
  /// The newest raw value where it lies in view.
  let newestRaw: Double?
  let xMap: AxisMap

  init(_ series: PlotSeries, model: PlotModel, area: Rect, set: CharacterSet) {
    self.series = series
    let xMap = AxisMap(model.xRange, scale: model.xScale)
    self.xMap = xMap
    let smoothed = series.smoothed(model)
    let columns = area.width * BitGrid.dotsX(set)

    var bounds = series.indices(reaching: (0..<columns).map { xMap.value(Double($0) / Double(columns)) })
    // The last bucket takes the right end itself.
    bounds.append(series.count(upTo: model.xRange.upperBound))
    buckets = smoothed.buckets(bounds)
    let raw = series.smoothing ?? model.smoothing > 0 ? series.values.buckets(bounds) : buckets
    rawBuckets = raw
    nonFinite = raw.reduce(0) { $0 + $1.nonFinite }
    nonPositive = raw.reduce(0) { $0 + $1.nonPositive }
    pointsInView = series.points.filter { point in
      guard let position = xMap.position(point.x) else { return false }
      return position >= 0 && position <= 1
    }

    func place(_ index: Int) -> (position: Double, value: Double)? {
      guard index >= 0, index < smoothed.count, smoothed[index].isFinite,
        let position = xMap.position(series.x(of: index))
      else { return nil }
      return (position, Double(smoothed[index]))
    }
    let first = bounds.first ?? 0
    let last = bounds.last ?? 0
    before = first > 0 ? place(first - 1) : nil
    after = last < smoothed.count ? place(last) : nil
    newest = smoothed.lastFinite.flatMap { place($0.index) }.flatMap { $0.position >= 0 && $0.position <= 1 ? $0 : nil }
    newestRaw = series.values.lastFinite.flatMap { last in
      xMap.position(series.x(of: last.index)).flatMap { $0 >= 0 && $0 <= 1 ? Double(last.value) : nil }
    }
  }
}

/// Draws curves of one plot; later ones replace the cells of earlier ones.
struct PlotPainter {
  let frame: PlotFrame
  let yMap: AxisMap
  let glyphs: Glyphs
  let model: PlotModel
  private(set) var drewSomething = false
  /// Which curve's cell it is, by position in drawing order; for places where a marker stands free.
  private var owners: [Int]
  private var hasMarker: [Bool]

  init(frame: PlotFrame, yMap: AxisMap, glyphs: Glyphs, model: PlotModel) {
    self.frame = frame
    self.yMap = yMap
    self.glyphs = glyphs
    self.model = model
    owners = Array(repeating: -1, count: frame.area.width * frame.area.height)
    hasMarker = Array(repeating: false, count: owners.count)
  }

  private func newGrid() -> BitGrid {
    BitGrid(columns: frame.area.width, rows: frame.area.height, set: glyphs.set)
  }

  /// Dots above the grid have negative rows, dots below lie past its height.
  private func dotRow(_ value: Double, _ grid: BitGrid) -> Int? {
    guard let position = yMap.position(value) else { return nil }
    let row = ((1 - position) * Double(grid.dotHeight - 1)).rounded()
    return Int(min(max(row, -1e6), 1e6))
  }

  private func dotColumn(_ position: Double, _ grid: BitGrid) -> Int {
    let column = (position * Double(grid.dotWidth)).rounded(.down)
    return Int(min(max(position == 1 ? column - 1 : column, -1e6), 1e6))
  }

  /// Raw values as dim dots; those outside the y range are noted at the edge.
  mutating func raw(_ curve: PlotCurve, on canvas: inout Canvas) {
    var grid = newGrid()
    let dots = BitGrid.dotsX(glyphs.set)
    var above: Set<Int> = []
    var below: Set<Int> = []
    for (column, bucket) in curve.rawBuckets.enumerated() where bucket.finite > 0 {
      for value in [bucket.first, bucket.minimum, bucket.maximum, bucket.last] {
        guard let row = dotRow(Double(value), grid) else { continue }
        if row < 0 { above.insert(column / dots) }
        if row >= grid.dotHeight { below.insert(column / dots) }
        grid.setDot(column, row)
      }
      drewSomething = true
    }
    paint(grid, style: .dim, ascii: ".", on: &canvas)
    for column in above {
      canvas[frame.area.x + column, frame.area.y] = Cell(character: glyphs.above, style: .dim)
    }
    for column in below {
      canvas[frame.area.x + column, frame.area.bottom - 1] = Cell(character: glyphs.below, style: .dim)
    }
  }

  /// The smoothed curve: each bucket from its least to its greatest value, joined from last to first.
  mutating func curve(_ curve: PlotCurve, index: Int, on canvas: inout Canvas) {
    var grid = newGrid()
    var pen: (x: Int, y: Int)?
    if let before = curve.before, let row = dotRow(before.value, grid) {
      pen = (dotColumn(before.position, grid), row)
    }
    for (column, bucket) in curve.buckets.enumerated() where bucket.count > 0 {
      let first = bucket.first.isFinite ? dotRow(Double(bucket.first), grid) : nil
      if let from = pen, let first { grid.line(from.x, from.y, column, first) }
      if let top = dotRow(Double(bucket.maximum), grid) {
        // On a log axis the least may be ≤ 0: then only what is positive is drawn.
        grid.line(column, top, column, dotRow(Double(bucket.minimum), grid) ?? top)
        drewSomething = true
      }
      let last = bucket.last.isFinite ? dotRow(Double(bucket.last), grid) : nil
      pen = last.map { (column, $0) }
    }
    if let from = pen, let after = curve.after, let row = dotRow(after.value, grid) {
      grid.line(from.x, from.y, dotColumn(after.position, grid), row)
    }
    paint(grid, style: curve.series.style, ascii: curve.series.marker, on: &canvas, owner: index)
  }

  /// Evaluation points, the newest value, and a free cell of the curve near 80 % of the width.
  mutating func markers(_ curve: PlotCurve, index: Int, on canvas: inout Canvas) {
    let area = frame.area
    for point in curve.pointsInView {
      guard let x = curve.xMap.position(point.x), let y = yMap.position(point.y), y >= 0, y <= 1 else { continue }
      mark(
        frame.column(x) - area.x, frame.row(y) - area.y, point.marker ?? curve.series.marker, curve.series.style,
        on: &canvas)
      drewSomething = true
    }
    let goal = area.width * 4 / 5
    var newestColumn: Int?
    if let newest = curve.newest, let y = yMap.position(newest.value), y >= 0, y <= 1 {
      let column = frame.column(newest.position) - area.x
      newestColumn = column
      // A finished curve ends at the right edge: its marker near 80 % says enough.
      if column < area.width - 1 || curve.buckets.filter({ $0.count > 0 }).count < 2 {
        mark(column, frame.row(y) - area.y, curve.series.marker, curve.series.style, on: &canvas)
        if column < goal + 4 { return }
      }
    }
    for offset in 0..<max(1, area.width / 3) {
      for column in offset == 0 ? [goal] : [goal - offset, goal + offset]
      where column >= 0 && column < area.width {
        for row in 0..<area.height {
          let cell = row * area.width + column
          guard owners[cell] == index, !hasMarker[cell] else { continue }
          mark(column, row, curve.series.marker, curve.series.style, on: &canvas)
          return
        }
      }
    }
    // No cell of its own near there: the end of the curve, if it has one.
    if let column = newestColumn, let newest = curve.newest, let y = yMap.position(newest.value) {
      mark(column, frame.row(y) - area.y, curve.series.marker, curve.series.style, on: &canvas)
    }
  }

  /// A cross on the bottom row of columns with values that are not finite.
  mutating func gaps(_ curve: PlotCurve, on canvas: inout Canvas) {
    let dots = BitGrid.dotsX(glyphs.set)
    for (column, bucket) in curve.rawBuckets.enumerated() where bucket.nonFinite > 0 {
      canvas[frame.area.x + column / dots, frame.area.bottom - 1] = Cell(
        character: glyphs.gap, style: Style(.bad))
    }
  }

  private mutating func mark(_ column: Int, _ row: Int, _ marker: Character, _ style: Style, on canvas: inout Canvas) {
    canvas[frame.area.x + column, frame.area.y + row] = Cell(character: marker, style: style)
    hasMarker[row * frame.area.width + column] = true
  }

  private mutating func paint(
    _ grid: BitGrid, style: Style, ascii: Character, on canvas: inout Canvas, owner: Int = -1
  ) {
    let plain = ascii.unicodeScalars.first ?? "*"
    let isPlain = grid.set == .ascii
    grid.forEachScalar { column, row, scalar in
      canvas[frame.area.x + column, frame.area.y + row] = Cell(scalar: isPlain ? plain : scalar, style: style)
      if owner >= 0 { owners[row * grid.columns + column] = owner }
    }
  }
}
