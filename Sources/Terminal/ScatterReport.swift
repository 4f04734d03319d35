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
