/// The axes of a chart in a rectangle: where labels, axis lines and the plotted area lie.
struct PlotFrame {
  let rect: Rect
  let area: Rect
  let labelWidth: Int
  /// Dots a cell has above each other: labels and markers stand in the cell that holds their dot.
  private let dots: Int

  /// One column at the right and the two rows of the x axis are kept free; nil when nothing useful fits.
  init?(_ rect: Rect, labelWidth: Int, set: CharacterSet, xAxis: Bool = true) {
    let area = rect.inset(left: labelWidth + 1, top: 0, right: 1, bottom: xAxis ? 2 : 0)
    guard area.width >= 4, area.height >= 1 else { return nil }
    self.rect = rect
    self.area = area
    self.labelWidth = labelWidth
    dots = BitGrid.dotsY(set)
  }

  /// Rows between labels: wide on tall charts, any on tiny ones.
  static func rowsApart(_ height: Int) -> Int { height >= 9 ? 3 : height >= 4 ? 2 : 1 }

  func row(_ position: Double) -> Int {
    let dot = Int(((1 - position) * Double(area.height * dots - 1)).rounded())
    return area.y + min(area.height - 1, max(0, dot / dots))
  }

  func column(_ position: Double) -> Int {
    area.x + min(area.width - 1, max(0, Int(position * Double(area.width))))
  }

  /// Axis lines, ticks and labels. `lastSuffix` goes after the last x label, `unit` before it.
  func draw(
    xTicks: [(position: Double, label: String)], yTicks: [(position: Double, label: String)], unit: String,
    on canvas: inout Canvas, glyphs: Glyphs, style: Style
  ) {
    let axis = area.x - 1
    for y in area.y..<area.bottom { canvas[axis, y] = Cell(character: glyphs.axisVertical, style: style) }
    for tick in yTicks {
      let y = row(tick.position)
      canvas[axis, y] = Cell(character: glyphs.axisTick, style: style)
      canvas.put(tick.label, endingAt: axis, y: y, style: style)
    }
    guard area.bottom + 1 < rect.bottom + 1, rect.bottom - area.bottom >= 2 else { return }
    canvas[axis, area.bottom] = Cell(character: glyphs.axisCorner, style: style)
    for x in area.x..<area.right { canvas[x, area.bottom] = Cell(character: glyphs.axisHorizontal, style: style) }
    var free = rect.x
    for (index, tick) in xTicks.enumerated() {
      let x = column(tick.position)
      canvas[x, area.bottom] = Cell(character: glyphs.axisBottomTick, style: style)
      var label = tick.label
      let isLast = index == xTicks.count - 1
      if isLast && !unit.isEmpty {
        let long = "\(unit) \(label)"
        if rect.right - 1 - CharacterWidth.columns(long) > free { label = long }
      }
      let width = CharacterWidth.columns(label)
      let start = max(rect.x, min(x - width / 2, rect.right - 1 - width))
      if start < free && index > 0 { continue }
      canvas.put(label, x: start, y: area.bottom + 1, style: style)
      free = start + width + 1
    }
  }
}
