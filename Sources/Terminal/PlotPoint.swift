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
