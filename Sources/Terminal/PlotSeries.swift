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

  /// The value nearest to `x`, within what there is; nil for an empty series. For the crosshair.
  public func index(nearest x: Double) -> Int? {
    guard !values.isEmpty, x.isFinite else { return nil }
    let index = ((x - xStart) / xStride).rounded()
    return Int(min(max(index, 0), Double(values.count - 1)))
  }

  public func x(of index: Int) -> Double { xStart + xStride * Double(index) }
}
