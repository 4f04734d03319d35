/// All that `Plot.draw` needs.
public struct PlotModel: Sendable, Equatable {
  public var series: [PlotSeries]
  /// What the x axis spans: 0 to the largest planned step, or the zoomed part.
  public var xRange: ClosedRange<Double>
  public var yScale: AxisScale
  public var xScale: AxisScale
  /// nil: from the smoothed values and points in view, widened by 5 %.
  public var yRange: ClosedRange<Double>?
  /// EMA factor; 0 draws raw values as the curve.
  public var smoothing: Double
  /// Unit at the right end of the x labels, such as `steps`.
  public var xUnit: String
  /// In the first row, when no series has a finite value to draw.
  public var message: String?
  /// x of the crosshair.
  public var crosshair: Double?
  public var axisStyle: Style
  public var rawStyle: Style
  public var gapStyle: Style
  public var messageStyle: Style

  public init(
    series: [PlotSeries] = [], xRange: ClosedRange<Double> = 0...1, yScale: AxisScale = .linear,
    xScale: AxisScale = .linear, yRange: ClosedRange<Double>? = nil, smoothing: Double = 0.9, xUnit: String = "",
    message: String? = nil, crosshair: Double? = nil, axisStyle: Style = .dim, rawStyle: Style = .dim,
    gapStyle: Style = Style(.bad), messageStyle: Style = .plain
  ) {
    self.series = series
    self.xRange = xRange
    self.yScale = yScale
    self.xScale = xScale
    self.yRange = yRange
    self.smoothing = smoothing
    self.xUnit = xUnit
    self.message = message
    self.crosshair = crosshair
    self.axisStyle = axisStyle
    self.rawStyle = rawStyle
    self.gapStyle = gapStyle
    self.messageStyle = messageStyle
  }
}
