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
