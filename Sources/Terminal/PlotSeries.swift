/// One curve of a plot. Value `i` of `values` lies at x = `xStart` + `xStride` · i.
public struct PlotSeries: Sendable, Equatable {
  /// Raw values; the plot smooths them with the model's β.
  public var values: SeriesView
  public var xStart: Double
  public var xStride: Double
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

  public init(
    values: SeriesView, xStart: Double = 1, xStride: Double = 1, style: Style = Style(.series1),
    marker: Character = "●", isFocused: Bool = false, showsRaw: Bool = false, points: [PlotPoint] = [],
    label: String = ""
  ) {
    self.values = values
    self.xStart = xStart
    self.xStride = xStride > 0 ? xStride : 1
    self.style = style
    self.marker = marker
    self.isFocused = isFocused
    self.showsRaw = showsRaw
    self.points = points
    self.label = label
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
