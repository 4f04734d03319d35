/// A rectangle of cells; `x` and `y` are the column and row of its upper left cell, counted from 0.
public struct Rect: Equatable, Hashable, Sendable {
  public var x: Int
  public var y: Int
  public var width: Int
  public var height: Int

  /// Negative sizes become 0.
  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = max(0, width)
    self.height = max(0, height)
  }

  public static let zero = Rect(x: 0, y: 0, width: 0, height: 0)

  /// One past the last column.
  public var right: Int { x + width }
  /// One past the last row.
  public var bottom: Int { y + height }
  public var isEmpty: Bool { width <= 0 || height <= 0 }

  public func contains(x: Int, y: Int) -> Bool { x >= self.x && x < right && y >= self.y && y < bottom }

  public func intersection(_ other: Rect) -> Rect {
    let left = max(x, other.x)
    let top = max(y, other.y)
    return Rect(x: left, y: top, width: min(right, other.right) - left, height: min(bottom, other.bottom) - top)
  }

  /// The same rectangle without `dx` columns at both sides and `dy` rows above and below.
  public func inset(_ dx: Int = 1, _ dy: Int = 1) -> Rect { inset(left: dx, top: dy, right: dx, bottom: dy) }

  public func inset(left: Int = 0, top: Int = 0, right: Int = 0, bottom: Int = 0) -> Rect {
    Rect(x: x + left, y: y + top, width: width - left - right, height: height - top - bottom)
  }

  /// The first `rows` rows and the rest.
  public func split(top rows: Int) -> (top: Rect, bottom: Rect) {
    let height = clamped(rows, to: self.height)
    return (
      Rect(x: x, y: y, width: width, height: height),
      Rect(x: x, y: y + height, width: width, height: self.height - height)
    )
  }

  /// All but the last `rows` rows, and those.
  public func split(bottom rows: Int) -> (top: Rect, bottom: Rect) { split(top: height - clamped(rows, to: height)) }

  /// The first `columns` columns and the rest.
  public func split(left columns: Int) -> (left: Rect, right: Rect) {
    let width = clamped(columns, to: self.width)
    return (
      Rect(x: x, y: y, width: width, height: height),
      Rect(x: x + width, y: y, width: self.width - width, height: height)
    )
  }

  /// All but the last `columns` columns, and those.
  public func split(right columns: Int) -> (left: Rect, right: Rect) {
    split(left: width - clamped(columns, to: width))
  }

  /// One row of the rectangle, `index` counted from its top.
  public func row(_ index: Int) -> Rect { Rect(x: x, y: y + index, width: width, height: 1).intersection(self) }

  private func clamped(_ value: Int, to limit: Int) -> Int { min(max(0, value), limit) }
}
