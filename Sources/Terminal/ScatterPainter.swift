import Foundation

/// Draws one scatter plot from back to front: intervals, staircase, points, notes at the edge, labels.
struct ScatterPainter {
  let frame: PlotFrame
  let xMap: AxisMap
  let yMap: AxisMap
  let glyphs: Glyphs
  let model: ScatterModel
  private(set) var hiddenLabels = 0
  private(set) var outside = 0
  private(set) var cells: [Int: ScatterReport.Place] = [:]
  /// Cells that labels must not cover.
  private var taken: Set<Int> = []
  private var outsideIndices: [Int] = []

  init(frame: PlotFrame, xMap: AxisMap, yMap: AxisMap, glyphs: Glyphs, model: ScatterModel) {
    self.frame = frame
    self.xMap = xMap
    self.yMap = yMap
    self.glyphs = glyphs
    self.model = model
    for (index, point) in model.points.enumerated() {
      guard let x = xMap.position(point.x), let y = yMap.position(point.y) else { continue }
      guard x >= 0, x <= 1, y >= 0, y <= 1 else {
        outsideIndices.append(index)
        continue
      }
      cells[index] = ScatterReport.Place(x: frame.column(x), y: frame.row(y))
    }
    outside = outsideIndices.count
  }

  private func key(_ x: Int, _ y: Int) -> Int { y * 4096 + x }

  private func dotX(_ value: Double, _ grid: BitGrid) -> Int {
    let position = min(max(xMap.position(value) ?? 0, -1), 2)
    return min(Int((position * Double(grid.dotWidth)).rounded(.down)), position <= 1 ? grid.dotWidth - 1 : .max)
  }

  private func dotY(_ value: Double, _ grid: BitGrid) -> Int {
    let position = min(max(yMap.position(value) ?? 0, -1), 2)
    return Int(((1 - position) * Double(grid.dotHeight - 1)).rounded())
  }

  private func paint(_ grid: BitGrid, style: Style, ascii: Unicode.Scalar, on canvas: inout Canvas) {
    for row in 0..<grid.rows {
      for column in 0..<grid.columns {
        guard let scalar = grid.scalar(column: column, row: row) else { continue }
        canvas[frame.area.x + column, frame.area.y + row] = Cell(
          scalar: grid.set == .ascii ? ascii : scalar, style: style)
      }
    }
  }

  /// Bars or ellipses. A bar that its point's glyph would hide is not drawn.
  mutating func intervals(on canvas: inout Canvas) {
    guard model.uncertainty != .off else { return }
    var upright = BitGrid(columns: frame.area.width, rows: frame.area.height, set: glyphs.set)
    var level = upright
    let perX = BitGrid.dotsX(glyphs.set)
    let perY = BitGrid.dotsY(glyphs.set)
    for index in model.points.indices where cells[index] != nil {
      let point = model.points[index]
      let x = dotX(point.x, upright)
      let y = dotY(point.y, upright)
      if model.uncertainty == .ellipses, let xs = point.xInterval, let ys = point.yInterval {
        ellipse(point, xs, ys, on: &upright)
        continue
      }
      if let interval = point.yInterval {
        let top = dotY(interval.upperBound, upright)
        let bottom = dotY(interval.lowerBound, upright)
        if bottom - top >= perY { upright.line(x, top, x, bottom) }
      }
      if let interval = point.xInterval {
        let left = dotX(interval.lowerBound, level)
        let right = dotX(interval.upperBound, level)
        if right - left >= perX { level.line(left, y, right, y) }
      }
    }
    paint(level, style: .dim, ascii: "-", on: &canvas)
    paint(upright, style: .dim, ascii: "|", on: &canvas)
  }

  private func ellipse(
    _ point: ScatterPoint, _ xs: ClosedRange<Double>, _ ys: ClosedRange<Double>, on grid: inout BitGrid
  ) {
    let steps = 72
    var previous: (Int, Int)?
    for step in 0...steps {
      let angle = 2 * Double.pi * Double(step) / Double(steps)
      let right = cos(angle) >= 0 ? xs.upperBound - point.x : point.x - xs.lowerBound
      let up = sin(angle) >= 0 ? ys.upperBound - point.y : point.y - ys.lowerBound
      let place = (dotX(point.x + right * cos(angle), grid), dotY(point.y + up * sin(angle), grid))
      if let previous { grid.line(previous.0, previous.1, place.0, place.1) }
      previous = place
    }
  }

  /// Level from each corner to the next one's x, then up to it; the last goes on to the right edge.
  mutating func staircase(on canvas: inout Canvas) {
    let corners = model.front.filter { $0.x.isFinite && $0.y.isFinite }.sorted { $0.x < $1.x }
    guard !corners.isEmpty else { return }
    var grid = BitGrid(columns: frame.area.width, rows: frame.area.height, set: glyphs.set)
    for (index, corner) in corners.enumerated() {
      let x = dotX(corner.x, grid)
      let y = dotY(corner.y, grid)
      if index + 1 < corners.count {
        let next = dotX(corners[index + 1].x, grid)
        grid.line(x, y, next, y)
        grid.line(next, y, next, dotY(corners[index + 1].y, grid))
      } else {
        grid.line(x, y, grid.dotWidth - 1, y)
      }
    }
    paint(grid, style: .plain, ascii: "~", on: &canvas)
  }

  private func glyph(_ kind: ScatterKind) -> Character {
    switch kind {
    case .front: glyphs.front
    case .maybeFront: glyphs.maybeFront
    case .mine: glyphs.mine
    case .busy: glyphs.busy
    case .pruned: glyphs.pruned
    case .promptOnly: glyphs.promptOnly
    case .predicted: glyphs.predicted
    case .provisional: glyphs.provisional
    case .published: glyphs.published
    case .base: glyphs.base
    }
  }

  private func style(_ point: ScatterPoint) -> Style {
    var style: Style
    if let own = point.style {
      style = own
    } else {
      switch point.kind {
      case .front, .maybeFront: style = Style(.fg, bold: true)
      case .mine, .pruned, .promptOnly, .predicted: style = Style(.live)
      case .provisional, .busy: style = Style(.warn)
      case .published: style = Style(.published)
      case .base: style = .dim
      }
    }
    if point.isSelected { style.reverse = true }
    return style
  }

  /// Points sharing a cell show `+`, in the style of the first of them in drawing order.
  mutating func points(on canvas: inout Canvas) {
    var held: [Int: Int] = [:]
    for index in order.reversed() {
      guard let cell = cells[index] else { continue }
      held[key(cell.x, cell.y), default: 0] += 1
      let shared = held[key(cell.x, cell.y)] ?? 0
      let point = model.points[index]
      canvas[cell.x, cell.y] = Cell(character: shared > 1 ? "+" : glyph(point.kind), style: style(point))
      taken.insert(key(cell.x, cell.y))
    }
  }

  /// Points outside: an arrow at the edge, with the name and value of the base.
  mutating func edgeNotes(on canvas: inout Canvas) {
    let area = frame.area
    var next: [Int: Int] = [:]
    for index in outsideIndices {
      let point = model.points[index]
      guard let x = xMap.position(point.x), let y = yMap.position(point.y) else { continue }
      let row = y < 0 ? area.bottom - 1 : y > 1 ? area.y : frame.row(y)
      let arrow = y < 0 ? glyphs.below : y > 1 ? glyphs.above : x < 0 ? glyphs.left : glyphs.right
      let name = point.kind == .base ? "base" : point.label
      let text = "\(arrow) \(name) \(NumberFormat.fixed(point.y, 1))"
      let width = CharacterWidth.columns(text)
      var column = min(max(area.x, frame.column(min(max(x, 0), 1))), max(area.x, area.right - width))
      column = max(column, next[row] ?? column)
      guard column + width <= area.right else { continue }
      canvas.put(text, x: column, y: row, style: style(point))
      for taken in column..<column + width { self.taken.insert(key(taken, row)) }
      next[row] = column + width + 1
    }
  }

  /// Selected first, then front, mine, published.
  private var order: [Int] {
    model.points.indices.sorted { left, right in
      let a = model.points[left]
      let b = model.points[right]
      if a.isSelected != b.isSelected { return a.isSelected }
      return a.kind != b.kind ? a.kind < b.kind : left < right
    }
  }

  /// Right, left, above, below, then the diagonals; a label with no room is counted.
  mutating func labels(on canvas: inout Canvas) {
    for index in order {
      let point = model.points[index]
      guard let cell = cells[index], !point.label.isEmpty else { continue }
      let width = CharacterWidth.columns(point.label)
      let places = [
        (cell.x + 1, cell.y), (cell.x - width, cell.y), (cell.x, cell.y - 1), (cell.x, cell.y + 1),
        (cell.x + 1, cell.y - 1), (cell.x + 1, cell.y + 1), (cell.x - width, cell.y - 1), (cell.x - width, cell.y + 1),
      ]
      guard let place = places.first(where: { fits($0.0, $0.1, width) }) else {
        hiddenLabels += 1
        continue
      }
      canvas.put(point.label, x: place.0, y: place.1, style: style(point))
      for column in place.0..<place.0 + width { taken.insert(key(column, place.1)) }
    }
  }

  private func fits(_ x: Int, _ y: Int, _ width: Int) -> Bool {
    let area = frame.area
    guard x >= area.x, x + width <= area.right, y >= area.y, y < area.bottom else { return false }
    return (x..<x + width).allSatisfy { !taken.contains(key($0, y)) }
  }
}
