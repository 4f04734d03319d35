/// Dots finer than a cell: 2 × 4 a cell in Braille, 2 × 2 in blocks, one in ASCII. Every curve owns one, so that colours never mix.
struct BitGrid: Sendable, Equatable {
  let columns: Int
  let rows: Int
  let set: CharacterSet
  private var bits: [UInt8]

  init(columns: Int, rows: Int, set: CharacterSet) {
    self.columns = max(0, columns)
    self.rows = max(0, rows)
    self.set = set
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

  var dotWidth: Int { columns * Self.dotsX(set) }
  var dotHeight: Int { rows * Self.dotsY(set) }

  /// Outside does nothing.
  mutating func setDot(_ x: Int, _ y: Int) {
    guard x >= 0, y >= 0, x < dotWidth, y < dotHeight else { return }
    let perX = Self.dotsX(set)
    let perY = Self.dotsY(set)
    bits[y / perY * columns + x / perX] |= Self.bit(x % perX, y % perY, set)
  }

  /// A straight line (Bresenham) between two dots that may lie outside; it is clipped first, so far ends cost nothing.
  mutating func line(_ x0: Int, _ y0: Int, _ x1: Int, _ y1: Int) {
    guard let (a, b) = clipped((Double(x0), Double(y0)), (Double(x1), Double(y1))) else { return }
    var x = Int(a.0.rounded())
    var y = Int(a.1.rounded())
    let endX = Int(b.0.rounded())
    let endY = Int(b.1.rounded())
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

  func isEmpty(column: Int, row: Int) -> Bool { bits[row * columns + column] == 0 }

  /// The character of a cell, or nil where no dot is set. ASCII has none of its own: the caller takes the curve's letter.
  func scalar(column: Int, row: Int) -> Unicode.Scalar? {
    let bits = bits[row * columns + column]
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
