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
  /// Appended to the last x label, such as `%`.
  public var xSuffix: String
  /// `+5` instead of `5`.
  public var xSigned: Bool
  public var message: String?
  public var axisStyle: Style
  public var frontStyle: Style
  public var intervalStyle: Style

  public init(
    points: [ScatterPoint] = [], front: [PlotPoint] = [], xRange: ClosedRange<Double>? = nil,
    yRange: ClosedRange<Double>? = nil, yLimits: ClosedRange<Double>? = nil, uncertainty: Uncertainty = .bars,
    yTitle: String = "", xSuffix: String = "",
    xSigned: Bool = false, message: String? = nil, axisStyle: Style = .dim, frontStyle: Style = .plain,
    intervalStyle: Style = .dim
  ) {
    self.points = points
    self.front = front
    self.xRange = xRange
    self.yRange = yRange
    self.yLimits = yLimits
    self.uncertainty = uncertainty
    self.yTitle = yTitle
    self.xSuffix = xSuffix
    self.xSigned = xSigned
    self.message = message
    self.axisStyle = axisStyle
    self.frontStyle = frontStyle
    self.intervalStyle = intervalStyle
  }
}
