/// Where a point of a scatter plot comes from; decides its glyph and the order in which labels are placed.
public enum ScatterKind: Int, Sendable, Equatable, Comparable {
  case front, maybeFront, mine, provisional, published, base

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

public struct ScatterModel: Sendable, Equatable {
  public enum Uncertainty: String, Sendable, Equatable { case bars, ellipses, off }

  public var points: [ScatterPoint]
  /// Corners of the front from left to right, drawn as a staircase (better is up and left).
  public var front: [PlotPoint]
  public var xRange: ClosedRange<Double>?
  public var yRange: ClosedRange<Double>?
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
    yRange: ClosedRange<Double>? = nil, uncertainty: Uncertainty = .bars, yTitle: String = "", xSuffix: String = "",
    xSigned: Bool = false, message: String? = nil, axisStyle: Style = .dim, frontStyle: Style = .plain,
    intervalStyle: Style = .dim
  ) {
    self.points = points
    self.front = front
    self.xRange = xRange
    self.yRange = yRange
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
