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
