/// The kinds of objects in a scene.
package enum Shape: String, CaseIterable, Sendable {
  case circle, square, triangle, cross, ring

  /// Side of the square that an object fills, in pixels: two cells.
  package static let side = 2 * Picture.cell

  /// Whether the pixel at `x`, `y` of the object's square belongs to it.
  package func contains(x: Int, y: Int) -> Bool {
    // Distances from the middle in half pixels, so that everything is whole numbers and symmetric.
    let (dx, dy) = (2 * x - Self.side + 1, 2 * y - Self.side + 1)
    let square = dx * dx + dy * dy
    return switch self {
    case .circle: square <= 13 * 13
    case .ring: square <= 14 * 14 && square >= 8 * 8
    case .square: max(abs(dx), abs(dy)) <= 11
    case .triangle: dy <= 13 && 2 * abs(dx) <= dy + 14
    case .cross: min(abs(dx), abs(dy)) <= 4 && max(abs(dx), abs(dy)) <= 13
    }
  }
}
