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
      // In a plot that is too narrow for it a label would stand over what is beside the plot.
      guard CharacterWidth.columns(tick.label) <= axis - rect.x else { continue }
      canvas.put(tick.label, endingAt: axis, y: y, style: style)
    }
    guard area.bottom + 1 < rect.bottom + 1, rect.bottom - area.bottom >= 2 else { return }
    canvas[axis, area.bottom] = Cell(character: glyphs.axisCorner, style: style)
    for x in area.x..<area.right { canvas[x, area.bottom] = Cell(character: glyphs.axisHorizontal, style: style) }
    // The last label carries the unit and has its place before the others.
    var last: (start: Int, label: String)?
    if let tick = xTicks.last {
      let label = unit.isEmpty ? tick.label : "\(unit) \(tick.label)"
      last = (start(of: label, at: column(tick.position)), label)
    }
    var free = rect.x
    for (index, tick) in xTicks.enumerated() {
      let x = column(tick.position)
      canvas[x, area.bottom] = Cell(character: glyphs.axisBottomTick, style: style)
      if index == xTicks.count - 1 { break }
      let start = start(of: tick.label, at: x)
      let end = start + CharacterWidth.columns(tick.label)
      guard start >= free, end < last?.start ?? rect.right else { continue }
      canvas.put(tick.label, x: start, y: area.bottom + 1, style: style)
      free = end + 1
    }
    if let last, last.start >= rect.x { canvas.put(last.label, x: last.start, y: area.bottom + 1, style: style) }
  }

  /// Centred under its tick, inside the rectangle.
  private func start(of label: String, at column: Int) -> Int {
    let width = CharacterWidth.columns(label)
    return max(rect.x, min(column - width / 2, rect.right - 1 - width))
  }
}
