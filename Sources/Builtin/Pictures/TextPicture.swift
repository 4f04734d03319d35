import Recipe
import Text
import Training

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
