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

/// A colour of 8 bits a channel.
package struct Color: Sendable, Equatable {
  package var red: Int
  package var green: Int
  package var blue: Int

  init(_ red: Int, _ green: Int, _ blue: Int) {
    self.red = red
    self.green = green
    self.blue = blue
  }
}

/// Lines of capitals and figures on paper, a sign to a cell. Ink, paper, noise and the sheet's place vary.
package struct TextPicture: Sendable {
  /// At most `Picture.cells` lines of at most `Picture.cells` signs.
  let lines: [String]

  package init(lines: [String]) { self.lines = lines }

  package func draw(_ generator: inout SplitMix64) -> RasterImage {
    let shade = generator.between(215, 255)
    let paper = Color(shade, shade - generator.below(16), shade - generator.below(24))
    let ink = Color(generator.below(70), generator.below(70), generator.between(0, 110))
    var picture = Picture(paper: paper)
    // A sheet may lie a pixel to the side.
    let left = generator.between(1, 2)
    for (row, line) in lines.prefix(Picture.cells).enumerated() {
      for (column, character) in line.prefix(Picture.cells).enumerated() {
        for y in 0..<BitmapFont.height {
          for x in 0..<BitmapFont.width where BitmapFont.isInked(character, x: x, y: y) {
            picture.set(x: column * Picture.cell + left + x, y: row * Picture.cell + y, ink)
          }
        }
      }
    }
    picture.addNoise(generator.below(13), &generator)
    return picture.image
  }
}

/// Capitals, figures and a few signs in the 5 × 7 dots of character displays.
package enum BitmapFont {
  package static let width = 5
  package static let height = 7

  /// Whether the dot at column `x` (from the left) and row `y` (from the top) is inked; a sign that is not in the font is blank.
  package static func isInked(_ character: Character, x: Int, y: Int) -> Bool {
    guard let columns = glyphs[character] else { return false }
    return columns[x] >> UInt8(y) & 1 == 1
  }

  /// The signs that are not blank, in a fixed order.
  package static let characters: [Character] = glyphs.keys.sorted()

  /// Columns from left to right, the lowest bit on top.
  private static let glyphs: [Character: [UInt8]] = [
    "0": [0x3E, 0x51, 0x49, 0x45, 0x3E], "1": [0x00, 0x42, 0x7F, 0x40, 0x00], "2": [0x42, 0x61, 0x51, 0x49, 0x46],
    "3": [0x21, 0x41, 0x45, 0x4B, 0x31], "4": [0x18, 0x14, 0x12, 0x7F, 0x10], "5": [0x27, 0x45, 0x45, 0x45, 0x39],
    "6": [0x3C, 0x4A, 0x49, 0x49, 0x30], "7": [0x01, 0x71, 0x09, 0x05, 0x03], "8": [0x36, 0x49, 0x49, 0x49, 0x36],
    "9": [0x06, 0x49, 0x49, 0x29, 0x1E], "A": [0x7E, 0x11, 0x11, 0x11, 0x7E], "B": [0x7F, 0x49, 0x49, 0x49, 0x36],
    "C": [0x3E, 0x41, 0x41, 0x41, 0x22], "D": [0x7F, 0x41, 0x41, 0x22, 0x1C], "E": [0x7F, 0x49, 0x49, 0x49, 0x41],
    "F": [0x7F, 0x09, 0x09, 0x09, 0x01], "G": [0x3E, 0x41, 0x49, 0x49, 0x7A], "H": [0x7F, 0x08, 0x08, 0x08, 0x7F],
    "I": [0x00, 0x41, 0x7F, 0x41, 0x00], "J": [0x20, 0x40, 0x41, 0x3F, 0x01], "K": [0x7F, 0x08, 0x14, 0x22, 0x41],
    "L": [0x7F, 0x40, 0x40, 0x40, 0x40], "M": [0x7F, 0x02, 0x0C, 0x02, 0x7F], "N": [0x7F, 0x04, 0x08, 0x10, 0x7F],
    "O": [0x3E, 0x41, 0x41, 0x41, 0x3E], "P": [0x7F, 0x09, 0x09, 0x09, 0x06], "Q": [0x3E, 0x41, 0x51, 0x21, 0x5E],
    "R": [0x7F, 0x09, 0x19, 0x29, 0x46], "S": [0x46, 0x49, 0x49, 0x49, 0x31], "T": [0x01, 0x01, 0x7F, 0x01, 0x01],
    "U": [0x3F, 0x40, 0x40, 0x40, 0x3F], "V": [0x1F, 0x20, 0x40, 0x20, 0x1F], "W": [0x3F, 0x40, 0x38, 0x40, 0x3F],
    "X": [0x63, 0x14, 0x08, 0x14, 0x63], "Y": [0x07, 0x08, 0x70, 0x08, 0x07], "Z": [0x61, 0x51, 0x49, 0x45, 0x43],
    "-": [0x08, 0x08, 0x08, 0x08, 0x08], ".": [0x00, 0x60, 0x60, 0x00, 0x00], ":": [0x00, 0x36, 0x36, 0x00, 0x00],
    "/": [0x20, 0x10, 0x08, 0x04, 0x02],
  ]
}

/// What the lines of a sheet are labelled with: printed in capitals, spoken of in small letters.
enum SheetLabel {
  static let words = [
    "invoice", "date", "tax", "total", "sum", "price", "weight", "count", "code", "room", "gate", "hour", "debt",
    "rent", "from", "page",
  ]
}
