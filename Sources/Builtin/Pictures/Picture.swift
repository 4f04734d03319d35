import Recipe
import Text
import Training

/// The sheet that pictures of the corpus and of the tasks are drawn on: square, of `cells` × `cells` cells, each of which becomes one
/// image token of the embedded base (two patches each way, joined by pixel shuffle).
package struct Picture: Sendable {
  /// Cells along a side.
  package static let cells = 12
  /// Pixels along a cell's side.
  package static let cell = 8
  package static let size = cells * cell

  private var pixels: [UInt8]

  init(paper: Color) {
    pixels = []
    pixels.reserveCapacity(3 * Self.size * Self.size)
    for _ in 0..<Self.size * Self.size {
      pixels += [Self.byte(paper.red), Self.byte(paper.green), Self.byte(paper.blue)]
    }
  }

  /// Colours one pixel; what lies beside the sheet is not drawn.
  mutating func set(x: Int, y: Int, _ color: Color) {
    guard (0..<Self.size).contains(x), (0..<Self.size).contains(y) else { return }
    let place = 3 * (y * Self.size + x)
    pixels[place] = Self.byte(color.red)
    pixels[place + 1] = Self.byte(color.green)
    pixels[place + 2] = Self.byte(color.blue)
  }

  /// Moves every channel of every pixel by up to `strength` levels, as a camera's or scanner's noise does.
  mutating func addNoise(_ strength: Int, _ generator: inout SplitMix64) {
    guard strength > 0 else { return }
    let span = UInt64(2 * strength + 1)
    var bits: UInt64 = 0
    var left = 0
    for index in pixels.indices {
      if left == 0 {
        bits = generator.next()
        left = 4
      }
      pixels[index] = Self.byte(Int(pixels[index]) + Int((bits & 0xFFFF) * span >> 16) - strength)
      bits >>= 16
      left -= 1
    }
  }

  var image: RasterImage { RasterImage(width: Self.size, height: Self.size, pixels: pixels) }

  private static func byte(_ value: Int) -> UInt8 { UInt8(min(255, max(0, value))) }
}
