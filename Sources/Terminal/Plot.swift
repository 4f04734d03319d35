import Foundation

/// All that `Plot.draw` needs.
public struct PlotModel: Sendable, Equatable {
  public var series: [PlotSeries]
  /// What the x axis spans: 0 to the largest planned step, or the zoomed part.
  public var xRange: ClosedRange<Double>
  public var yScale: AxisScale
  public var xScale: AxisScale
  /// nil: from the smoothed values and points in view, and the newest raw value where raw ones are drawn; widened by 5 %.
  public var yRange: ClosedRange<Double>?
  /// EMA factor, in the space of the y axis; 0 draws raw values as the curve.
  public var smoothing: Double
  /// Unit of the x labels, such as `tokens`; the last one carries it.
  public var xUnit: String
  /// What y values are labelled in: values times this.
  public var yFactor: Double
  /// In the first row, when no series has a finite value to draw.
  public var message: String?
  /// x of the crosshair.
  public var crosshair: Double?

  public init(
    series: [PlotSeries] = [], xRange: ClosedRange<Double> = 0...1, yScale: AxisScale = .linear,
    xScale: AxisScale = .linear, yRange: ClosedRange<Double>? = nil, smoothing: Double = 0.9, xUnit: String = "",
    yFactor: Double = 1, message: String? = nil, crosshair: Double? = nil
  ) {
    self.series = series
    self.xRange = xRange
    self.yScale = yScale
    self.xScale = xScale
    self.yRange = yRange
    self.smoothing = smoothing
    self.xUnit = xUnit
    self.yFactor = yFactor
    self.message = message
    self.crosshair = crosshair
  }
}

/// One curve of a plot. Value `i` of `values` lies at x = 1 + i, the first step being step 1, or where `positions` say.
public struct PlotSeries: Sendable, Equatable {
  /// Raw values; the plot smooths them with the model's β.
  public var values: SeriesView
  public var style: Style
  /// Drawn at the newest point and at a free cell near 80 % of the width.
  public var marker: Character
  /// Drawn last, over all others.
  public var isFocused: Bool
  /// Raw values as dots under the smoothed curve.
  public var showsRaw: Bool
  /// Values without smoothing, drawn as markers (evaluation points).
  public var points: [PlotPoint]
  /// Name in the legend, such as `#13 F`; the last smoothed value is added to it.
  public var label: String
  /// Where each value lies on the x axis, once multiplied by `positionFactor`: rising, such as seconds since the start; nil for steps.
  public var positions: SeriesView?
  public var positionFactor: Double
  /// EMA factor of this curve; nil: the model's.
  public var smoothing: Double?

  public init(
    values: SeriesView, style: Style = Style(.series1),
    marker: Character = "●", isFocused: Bool = false, showsRaw: Bool = false, points: [PlotPoint] = [],
    label: String = "", positions: SeriesView? = nil, positionFactor: Double = 1,
    smoothing: Double? = nil
  ) {
    self.values = values
    self.style = style
    self.marker = marker
    self.isFocused = isFocused
    self.showsRaw = showsRaw
    self.points = points
    self.label = label
    self.positions = positions
    self.positionFactor = positionFactor
    self.smoothing = smoothing
  }

  /// Its values as the plot draws them.
  func smoothed(_ model: PlotModel) -> SeriesView {
    values.smoothed(beta: smoothing ?? model.smoothing, scale: model.yScale)
  }

  func x(of index: Int) -> Double {
    guard let positions else { return 1 + Double(index) }
    return Double(positions[index]) * positionFactor
  }

  /// The first index whose x is at least each of these.
  func indices(reaching xs: [Double]) -> [Int] {
    if let positions {
      let bounds = xs.map { Float($0 / positionFactor * (1 - 1e-7)) }
      return positions.firstIndices(reaching: bounds).map { min($0, values.count) }
    }
    return xs.map { clamped(($0 - 1 - 1e-9).rounded(.up)) }
  }

  /// How many values have an x of at most this.
  func count(upTo x: Double) -> Int {
    if let positions {
      return min(positions.firstIndices(beyond: [Float(x / positionFactor * (1 + 1e-7))]).first ?? 0, values.count)
    }
    return clamped((x - 1 + 1e-9).rounded(.down) + 1)
  }

  private func clamped(_ index: Double) -> Int {
    index.isFinite ? Int(min(max(index, 0), Double(values.count))) : 0
  }
}

/// A single value of its own on a plot.
public struct PlotPoint: Sendable, Equatable {
  public var x: Double
  public var y: Double
  public var marker: Character?

  public init(x: Double, y: Double, marker: Character? = nil) {
    self.x = x
    self.y = y
    self.marker = marker
  }
}

/// What a drawn plot tells its pane: for titles, for the crosshair's box and for the mouse.
public struct PlotReport: Sendable, Equatable {
  /// The cells inside the axes.
  public var area: Rect
  public var xRange: ClosedRange<Double>
  public var yRange: ClosedRange<Double>
  /// NaN and infinite values in view, over all series.
  public var nonFinite: Int
  /// Values ≤ 0 in view on a log axis, drawn as gaps.
  public var nonPositive: Int
  /// Column (canvas coordinates) of the crosshair.
  public var crosshairColumn: Int?
  public var drewNothing: Bool
  public var xScale: AxisScale

  /// The x value in the middle of a canvas column; nil outside the plot's area.
  public func x(atColumn column: Int) -> Double? {
    guard area.width > 0, column >= area.x, column < area.right else { return nil }
    return AxisMap(xRange, scale: xScale).value((Double(column - area.x) + 0.5) / Double(area.width))
  }
}

/// Curves over steps: EMA over dim raw dots, M4 decimation, 1-2-5 axes. Costs O(columns · log steps), not O(steps).
public enum Plot {
  /// Draws axes and curves into `rect` (the inside of a pane; the legend is a row of its own).
  @discardableResult
  public static func draw(_ model: PlotModel, in rect: Rect, on canvas: inout Canvas, glyphs: Glyphs) -> PlotReport {
    let clip = rect.intersection(canvas.bounds)
    var report = PlotReport(
      area: .zero, xRange: model.xRange, yRange: 0...1, nonFinite: 0, nonPositive: 0, crosshairColumn: nil,
      drewNothing: true, xScale: model.xScale)
    let hasAxis = clip.height >= 4
    guard let sketch = PlotFrame(clip, labelWidth: 4, set: glyphs.set, xAxis: hasAxis) else { return report }

    let curves = model.series.map { PlotCurve($0, model: model, area: sketch.area, set: glyphs.set) }
    let range = model.yRange ?? fitted(curves, scale: model.yScale)
    let yMap = AxisMap(range, scale: model.yScale)
    let labelled = model.yFactor == 1 ? range : range.lowerBound * model.yFactor...range.upperBound * model.yFactor
    let yTicks = Self.yTicks(
      labelled, scale: model.yScale, height: sketch.area.height, map: AxisMap(labelled, scale: model.yScale))
    let longest = yTicks.map { $0.label.count }.max() ?? 0
    let frame = longest > 4 ? PlotFrame(clip, labelWidth: longest, set: glyphs.set, xAxis: hasAxis) ?? sketch : sketch
    // A wider label column narrows the area: buckets follow.
    let drawn =
      frame.area == sketch.area
      ? curves : model.series.map { PlotCurve($0, model: model, area: frame.area, set: glyphs.set) }

    let xMap = AxisMap(model.xRange, scale: model.xScale)
    frame.draw(
      xTicks: xTicks(model.xRange, scale: model.xScale, width: frame.area.width, map: xMap), yTicks: yTicks,
      unit: model.xUnit, on: &canvas, glyphs: glyphs, style: .dim)

    var painter = PlotPainter(frame: frame, yMap: yMap, glyphs: glyphs, model: model)
    for curve in drawn {
      report.nonFinite += curve.nonFinite
      if model.yScale == .log { report.nonPositive += curve.nonPositive }
    }
    for curve in drawn where curve.series.showsRaw { painter.raw(curve, on: &canvas) }
    let order = drawn.filter { !$0.series.isFocused } + drawn.filter(\.series.isFocused)
    for (index, curve) in order.enumerated() { painter.curve(curve, index: index, on: &canvas) }
    for (index, curve) in order.enumerated() { painter.markers(curve, index: index, on: &canvas) }
    for curve in drawn { painter.gaps(curve, on: &canvas) }

    if let x = model.crosshair, let position = xMap.position(x), position >= 0, position <= 1 {
      let column = frame.column(position)
      for y in frame.area.y..<frame.area.bottom {
        canvas[column, y] = Cell(character: glyphs.crosshair, style: .dim)
      }
      report.crosshairColumn = column
    }
    report.area = frame.area
    report.yRange = range
    report.drewNothing = !painter.drewSomething
    if report.drewNothing, let message = model.message { canvas.note(message, in: frame.area) }
    return report
  }

  /// What a legend says of a curve: its newest value; nil of one without.
  public static func value(of series: PlotSeries, _ model: PlotModel) -> String? {
    series.smoothed(model).lastFinite.map { NumberFormat.short(Double($0.value)) }
  }

  /// Marker, name and last smoothed value of each curve, in the given order, in as few rows as they take and at most so many; what does not
  /// fit becomes `+3`.
  public static func legend(_ model: PlotModel, columns: Int, rows: Int = 1, glyphs: Glyphs) -> [[Span]] {
    var lines: [[Span]] = [[]]
    var used = 0
    for (index, series) in model.series.enumerated() {
      let text = " \(series.label) \(value(of: series, model) ?? glyphs.dash.description)"
      let width = CharacterWidth.columns(text) + 1
      if used > 0, lines.count < rows, used + 2 + width > columns {
        lines.append([])
        used = 0
      }
      let gap = used > 0 ? "  " : ""
      let left = model.series.count - index
      let reserve = left > 1 && lines.count >= rows ? 2 + "+\(left - 1)".count : 0
      guard used + gap.count + width + reserve <= columns else {
        let rest = gap + "+\(left)"
        if used + rest.count <= columns { lines[lines.count - 1].append(Span(rest, .dim)) }
        return lines
      }
      if !gap.isEmpty { lines[lines.count - 1].append(Span(gap)) }
      lines[lines.count - 1] += [
        Span(String(series.marker), series.style), Span(text, series.isFocused ? Style(.fg, bold: true) : .plain),
      ]
      used += gap.count + width
    }
    return lines
  }

  /// The smoothed values and points in view plus 5 %; equal values are widened by 5 % of their size, zeros by one. An average lags
  /// behind a falling curve: the newest raw value of one that shows raw values is inside too.
  private static func fitted(_ curves: [PlotCurve], scale: AxisScale) -> ClosedRange<Double> {
    var low = Double.infinity
    var high = -Double.infinity
    for curve in curves {
      for bucket in curve.buckets where bucket.finite > 0 {
        for value in [Double(bucket.minimum), Double(bucket.maximum)] where scale == .linear || value > 0 {
          low = min(low, value)
          high = max(high, value)
        }
      }
      if curve.series.showsRaw, let value = curve.newestRaw, scale == .linear || value > 0 {
        low = min(low, value)
        high = max(high, value)
      }
      for point in curve.pointsInView where point.y.isFinite && (scale == .linear || point.y > 0) {
        low = min(low, point.y)
        high = max(high, point.y)
      }
    }
    return padded(low, high, scale: scale)
  }

  static func padded(_ low: Double, _ high: Double, scale: AxisScale) -> ClosedRange<Double> {
    guard low <= high else { return scale == .log ? 0.1...10 : 0...1 }
    if scale == .log {
      let ratio = max(high / low, 1)
      let factor = ratio < 1.000_001 ? 1.05 : pow(ratio, 0.05)
      return low / factor...high * factor
    }
    let span = high - low
    if span <= max(high.magnitude, low.magnitude) * 1e-9 {
      // An axis of millionths about a zero says nothing.
      guard high.magnitude > 0 else { return 0...1 }
      let widening = high.magnitude * 0.05
      return low - widening...high + widening
    }
    // What is never negative keeps its zero line.
    let bottom = low - 0.05 * span
    return (low >= 0 && bottom < 0 ? 0 : bottom)...high + 0.05 * span
  }

  private static func yTicks(
    _ range: ClosedRange<Double>, scale: AxisScale, height: Int, map: AxisMap
  ) -> [(position: Double, label: String)] {
    let apart = PlotFrame.rowsApart(height)
    var ticks: [Tick]
    if scale == .log {
      // Half a cell is lost to rounding.
      ticks = Ticks.log(range, apart: Double(apart) - 0.5) { a, b in
        ((map.position(b) ?? 0) - (map.position(a) ?? 0)) * Double(max(1, height - 1))
      }
    } else {
      ticks = Ticks.linear(range, atMost: max(2, (height - 1) / apart + 1))
      // Few labels on a tall chart: closer ones are better than none.
      if ticks.count < 3 && apart > 2 { ticks = Ticks.linear(range, atMost: (height - 1) / 2 + 1) }
      if ticks.count < 2 { ticks = Ticks.linear(range, atMost: max(2, height)) }
    }
    return ticks.compactMap { tick in
      map.position(tick.value).map { (position: $0, label: shortened(tick.label)) }
    }
  }

  private static func xTicks(
    _ range: ClosedRange<Double>, scale: AxisScale, width: Int, map: AxisMap
  ) -> [(position: Double, label: String)] {
    if scale == .log {
      let low = range.lowerBound > 0 ? range.lowerBound : min(1, range.upperBound / 1e4)
      guard low > 0, low < range.upperBound else { return [] }
      return Ticks.log(low...range.upperBound, apart: 7) { a, b in
        ((map.position(b) ?? 0) - (map.position(a) ?? 0)) * Double(width)
      }.compactMap { tick in map.position(tick.value).map { ($0, tick.label) } }
    }
    // One label plus two cells apart: fewer ticks until that holds.
    for count in stride(from: max(2, width / 5), through: 2, by: -1) {
      let ticks = Ticks.linear(range, atMost: count)
      guard let longest = ticks.map(\.label.count).max(), ticks.count > 1 else { continue }
      let step = (ticks[1].value - ticks[0].value) / (range.upperBound - range.lowerBound) * Double(width)
      if step >= Double(max(longest + 2, 8)) {
        return ticks.compactMap { tick in map.position(tick.value).map { ($0, tick.label) } }
      }
    }
    return Ticks.linear(range, atMost: 1).compactMap { tick in map.position(tick.value).map { ($0, tick.label) } }
  }

  /// `.25` for `0.25`: label columns are narrow.
  static func shortened(_ label: String) -> String {
    if label.hasPrefix("0.") { return String(label.dropFirst()) }
    if label.hasPrefix("-0.") { return "-" + label.dropFirst(2) }
    return label
  }
}
