import Foundation

public struct ScatterModel: Sendable, Equatable {
  public enum Uncertainty: String, Sendable, Equatable { case bars, ellipses, off }

  public var points: [ScatterPoint]
  /// Corners of the front from left to right, drawn as a staircase (better is up and left).
  public var front: [PlotPoint]
  public var xRange: ClosedRange<Double>?
  public var yRange: ClosedRange<Double>?
  /// What y can be at all, such as 0 to 100 for percent: neither the axis nor a tick leaves it. Without a point it is what the axis
  /// spans.
  public var yLimits: ClosedRange<Double>?
  public var uncertainty: Uncertainty
  /// Drawn at the left of the first row.
  public var yTitle: String
  /// Unit of the x labels, such as `%`; the last one carries it.
  public var xUnit: String
  /// `+5` instead of `5`.
  public var xSigned: Bool
  public var message: String?

  public init(
    points: [ScatterPoint] = [], front: [PlotPoint] = [], xRange: ClosedRange<Double>? = nil,
    yRange: ClosedRange<Double>? = nil, yLimits: ClosedRange<Double>? = nil, uncertainty: Uncertainty = .bars,
    yTitle: String = "", xUnit: String = "",
    xSigned: Bool = false, message: String? = nil
  ) {
    self.points = points
    self.front = front
    self.xRange = xRange
    self.yRange = yRange
    self.yLimits = yLimits
    self.uncertainty = uncertainty
    self.yTitle = yTitle
    self.xUnit = xUnit
    self.xSigned = xSigned
    self.message = message
  }
}

/// Where a point of a scatter plot comes from; decides its glyph and the order in which labels are placed.
public enum ScatterKind: Int, Sendable, Equatable, Comparable {
  case front, maybeFront, mine
  /// Its x was measured on a busy machine: hollow.
  case busy
  /// An adapter that was made smaller, and one that acts on prompts alone.
  case pruned, promptOnly
  /// Its x was not measured.
  case predicted
  case provisional, published, base

  public static func < (left: ScatterKind, right: ScatterKind) -> Bool { left.rawValue < right.rawValue }
}

/// One point of a scatter plot. Intervals are absolute bounds, not half-widths.
public struct ScatterPoint: Sendable, Equatable {
  public var x: Double
  public var y: Double
  public var label: String
  public var kind: ScatterKind
  public var xInterval: ClosedRange<Double>?
  public var yInterval: ClosedRange<Double>?
  public var isSelected: Bool
  /// nil: by kind (`front` fg, `mine` live, `published` published, `base` dim).
  public var style: Style?

  public init(
    x: Double, y: Double, label: String, kind: ScatterKind = .mine, xInterval: ClosedRange<Double>? = nil,
    yInterval: ClosedRange<Double>? = nil, isSelected: Bool = false, style: Style? = nil
  ) {
    self.x = x
    self.y = y
    self.label = label
    self.kind = kind
    self.xInterval = xInterval
    self.yInterval = yInterval
    self.isSelected = isSelected
    self.style = style
  }
}

/// What a drawn scatter plot tells its pane.
public struct ScatterReport: Sendable, Equatable {
  public var area: Rect
  /// Labels that found no room.
  public var hiddenLabels: Int
  /// Points outside the range, noted at the edge.
  public var outside: Int
  /// The cell of each point, by index in the model; nil outside.
  public var cells: [Int: Place]

  /// A column and a row of the canvas.
  public struct Place: Sendable, Equatable {
    public var x: Int
    public var y: Int

    public init(x: Int, y: Int) {
      self.x = x
      self.y = y
    }
  }
}

/// Points with intervals, a staircase of the front, and labels that never cover a point.
public enum Scatter {
  @discardableResult
  public static func draw(
    _ model: ScatterModel, in rect: Rect, on canvas: inout Canvas, glyphs: Glyphs
  ) -> ScatterReport {
    var report = ScatterReport(area: .zero, hiddenLabels: 0, outside: 0, cells: [:])
    let clip = rect.intersection(canvas.bounds)
    let hasAxis = clip.height >= 4
    guard let sketch = PlotFrame(clip, labelWidth: 3, set: glyphs.set, xAxis: hasAxis) else { return report }

    let x = axis(xRange(model), count: max(2, sketch.area.width / 8 + 1), snaps: model.xRange == nil)
    let y = axis(
      yRange(model), count: max(2, (sketch.area.height - 1) / PlotFrame.rowsApart(sketch.area.height) + 1),
      snaps: model.yRange == nil, limits: model.yLimits)
    let longest = y.ticks.map { Plot.shortened($0.label).count }.max() ?? 0
    let frame = longest > 3 ? PlotFrame(clip, labelWidth: longest, set: glyphs.set, xAxis: hasAxis) ?? sketch : sketch
    let xMap = AxisMap(x.range, scale: .linear)
    let yMap = AxisMap(y.range, scale: .linear)
    let xTicks = x.ticks.compactMap { tick in
      xMap.position(tick.value).map {
        (position: $0, label: (model.xSigned && tick.value >= 0 ? "+" : "") + Plot.shortened(tick.label))
      }
    }
    frame.draw(
      xTicks: xTicks,
      yTicks: y.ticks.compactMap { tick in
        yMap.position(tick.value).map { (position: $0, label: Plot.shortened(tick.label)) }
      }, unit: model.xUnit, on: &canvas, glyphs: glyphs, style: .dim)

    var painter = ScatterPainter(frame: frame, xMap: xMap, yMap: yMap, glyphs: glyphs, model: model)
    painter.intervals(on: &canvas)
    painter.staircase(on: &canvas)
    painter.points(on: &canvas)
    painter.edgeNotes(on: &canvas)
    painter.labels(on: &canvas)
    if let message = model.message { canvas.note(message, in: frame.area) }
    report.area = frame.area
    report.hiddenLabels = painter.hiddenLabels
    report.outside = painter.outside
    report.cells = painter.cells
    return report
  }

  /// The range widened to whole ticks, and the ticks.
  private static func axis(
    _ range: ClosedRange<Double>, count: Int, snaps: Bool, limits: ClosedRange<Double>? = nil
  ) -> (range: ClosedRange<Double>, ticks: [Tick]) {
    let range = limits.map { range.clamped(to: $0) } ?? range
    var ticks = Ticks.linear(range, atMost: count)
    guard snaps, ticks.count >= 2 else { return (range, ticks) }
    let step = ticks[1].value - ticks[0].value
    let low = (range.lowerBound / step + 1e-9).rounded(.down) * step
    let high = (range.upperBound / step - 1e-9).rounded(.up) * step
    let whole = limits.map { (low...high).clamped(to: $0) } ?? low...high
    ticks = Ticks.linear(whole, atMost: count + 2)
    return (whole, ticks)
  }

  /// 0 to the greatest overhead; 0 to 20 without points.
  private static func xRange(_ model: ScatterModel) -> ClosedRange<Double> {
    if let range = model.xRange { return range }
    var low = 0.0
    var high = -Double.infinity
    for point in model.points where point.x.isFinite && point.kind != .base {
      low = min(low, point.x, model.uncertainty == .off ? point.x : point.xInterval?.lowerBound ?? point.x)
      high = max(high, point.x, model.uncertainty == .off ? point.x : point.xInterval?.upperBound ?? point.x)
    }
    guard high > -.infinity else { return 0...20 }
    if high - low < 1e-6 { high = low + max(abs(low) * 0.1, 1) }
    return low...high + 0.02 * (high - low)
  }

  /// The points' values with their intervals; the base only where it does not squeeze the others together.
  private static func yRange(_ model: ScatterModel) -> ClosedRange<Double> {
    if let range = model.yRange { return range }
    var low = Double.infinity
    var high = -Double.infinity
    for point in model.points where point.y.isFinite && point.kind != .base {
      let interval = model.uncertainty == .off ? nil : point.yInterval
      low = min(low, point.y, interval?.lowerBound ?? point.y)
      high = max(high, point.y, interval?.upperBound ?? point.y)
    }
    guard low <= high else {
      // The base alone is no reason for a narrow axis: the points will lie elsewhere.
      if let limits = model.yLimits { return limits }
      guard let base = model.points.first(where: { $0.kind == .base && $0.y.isFinite }) else { return 0...100 }
      return Plot.padded(base.y, base.y, scale: .linear)
    }
    let unit = Self.unit(model)
    let span = max(high - low, unit / 100)
    for point in model.points where point.kind == .base && point.y.isFinite {
      if max(high, point.y) - min(low, point.y) <= span * 1.5 {
        low = min(low, point.y)
        high = max(high, point.y)
      }
    }
    // Equal values get a span that is worth reading, inside of what y can be.
    if high - low < unit / 100 {
      let least = unit / 10
      let limits = model.yLimits ?? -Double.infinity...Double.infinity
      let bottom = min(max((low + high - least) / 2, limits.lowerBound), limits.upperBound - least)
      return bottom...bottom + least
    }
    return low - 0.02 * span...high + 0.02 * span
  }

  /// All that y can be; without limits the values' size, ten about zero.
  private static func unit(_ model: ScatterModel) -> Double {
    if let limits = model.yLimits { return limits.upperBound - limits.lowerBound }
    let size = model.points.filter { $0.y.isFinite && $0.kind != .base }.map { abs($0.y) }.max() ?? 0
    return size > 0 ? size : 10
  }
}
