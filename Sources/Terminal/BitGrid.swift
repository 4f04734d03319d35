/// Dots finer than a cell: 2 × 4 a cell in Braille, 2 × 2 in blocks, one in ASCII. Every curve owns one, so that colours never mix.
struct BitGrid: Sendable, Equatable {
  let columns: Int
  let rows: Int
  let set: CharacterSet
  let dotWidth: Int
  let dotHeight: Int
  private var bits: [UInt8]
  // A cell has 1 << shift dots.
  private let shiftX: Int
  private let shiftY: Int

  init(columns: Int, rows: Int, set: CharacterSet) {
    self.columns = max(0, columns)
    self.rows = max(0, rows)
    self.set = set
    dotWidth = self.columns * Self.dotsX(set)
    dotHeight = self.rows * Self.dotsY(set)
    shiftX = Self.dotsX(set).trailingZeroBitCount
    shiftY = Self.dotsY(set).trailingZeroBitCount
    bits = Array(repeating: 0, count: self.columns * self.rows)
  }

  static func dotsX(_ set: CharacterSet) -> Int { set == .ascii ? 1 : 2 }
  static func dotsY(_ set: CharacterSet) -> Int {
    switch set {
    case .braille: 4
    case .blocks: 2
    case .ascii: 1
    }
  }

  private func isInside(_ x: Int, _ y: Int) -> Bool { x >= 0 && y >= 0 && x < dotWidth && y < dotHeight }

  /// Outside does nothing.
  mutating func setDot(_ x: Int, _ y: Int) {
    guard isInside(x, y) else { return }
    let cell = (y >> shiftY) * columns + (x >> shiftX)
    bits[cell] |= Self.bit(x & ((1 << shiftX) - 1), y & ((1 << shiftY) - 1), set)
  }

  /// A straight line (Bresenham) between two dots that may lie outside; it is clipped first, so far ends cost nothing.
  mutating func line(_ x0: Int, _ y0: Int, _ x1: Int, _ y1: Int) {
    if isInside(x0, y0), isInside(x1, y1) { return inside(x0, y0, x1, y1) }
    guard let (a, b) = clipped((Double(x0), Double(y0)), (Double(x1), Double(y1))) else { return }
    inside(Int(a.0.rounded()), Int(a.1.rounded()), Int(b.0.rounded()), Int(b.1.rounded()))
  }

  private mutating func inside(_ x0: Int, _ y0: Int, _ endX: Int, _ endY: Int) {
    var x = x0
    var y = y0
    let dx = abs(endX - x)
    let dy = -abs(endY - y)
    let stepX = x < endX ? 1 : -1
    let stepY = y < endY ? 1 : -1
    var error = dx + dy
    while true {
      setDot(x, y)
      if x == endX && y == endY { break }
      let twice = 2 * error
      if twice >= dy {
        error += dy
        x += stepX
      }
      if twice <= dx {
        error += dx
        y += stepY
      }
    }
  }

  /// Calls `body` with the place and the character of each cell that has a dot, row by row.
  func forEachScalar(_ body: (_ column: Int, _ row: Int, _ scalar: Unicode.Scalar) -> Void) {
    for (index, bits) in bits.enumerated() where bits != 0 {
      guard let scalar = scalar(bits) else { continue }
      body(index % columns, index / columns, scalar)
    }
  }

  /// The character of a cell, or nil where no dot is set. ASCII has none of its own: the caller takes the curve's letter.
  func scalar(column: Int, row: Int) -> Unicode.Scalar? {
    scalar(bits[row * columns + column])
  }

  private func scalar(_ bits: UInt8) -> Unicode.Scalar? {
    guard bits != 0 else { return nil }
    switch set {
    case .braille: return Unicode.Scalar(0x2800 + UInt32(bits))
    case .blocks: return Self.quadrants[Int(bits & 15)]
    case .ascii: return "*"
    }
  }

  // Bits of a quadrant: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
  private static let quadrants: [Unicode.Scalar] = [
    " ", "▘", "▝", "▀", "▖", "▌", "▞", "▛", "▗", "▚", "▐", "▜", "▄", "▙", "▟", "█",
  ]

  private static func bit(_ x: Int, _ y: Int, _ set: CharacterSet) -> UInt8 {
    switch set {
    case .braille:
      // Unicode numbers the dots 1–3 and 7 down the left, 4–6 and 8 down the right.
      if y == 3 { return x == 0 ? 0x40 : 0x80 }
      return 1 << UInt8(y + (x == 0 ? 0 : 3))
    case .blocks: return 1 << UInt8(x + 2 * y)
    case .ascii: return 1
    }
  }

  /// Liang and Barsky's clipping to the grid.
  private func clipped(_ a: (Double, Double), _ b: (Double, Double)) -> ((Double, Double), (Double, Double))? {
    guard dotWidth > 0, dotHeight > 0 else { return nil }
    let dx = b.0 - a.0
    let dy = b.1 - a.1
    var start = 0.0
    var end = 1.0
    for (p, q) in [
      (-dx, a.0), (dx, Double(dotWidth - 1) - a.0), (-dy, a.1), (dy, Double(dotHeight - 1) - a.1),
    ] {
      if p == 0 {
        if q < 0 { return nil }
      } else if p < 0 {
        start = max(start, q / p)
      } else {
        end = min(end, q / p)
      }
    }
    guard start <= end else { return nil }
    return ((a.0 + start * dx, a.1 + start * dy), (a.0 + end * dx, a.1 + end * dy))
  }
}
