/// A picture of few pixels in cells of a terminal: two pixels in each, one above the other, as `▀` in the colour of the upper on that of
/// the lower. A cell is about twice as high as it is wide, so that its pixels are nearly square.
public enum HalfBlocks {
  /// Rows of cells that so many rows of pixels take.
  public static func rows(_ pixels: Int) -> Int { (pixels + 1) / 2 }

  /// - Parameters:
  ///   - pixels: `[height, width]` from the top, red, green and blue of 8 bits each, red highest.
  ///   - rect: what lies outside is not drawn.
  public static func draw(_ pixels: [UInt32], width: Int, in rect: Rect, on canvas: inout Canvas) {
    guard width > 0 else { return }
    let height = pixels.count / width
    for row in 0..<min(rect.height, rows(height)) {
      for column in 0..<min(rect.width, width) {
        let upper = Ink.rgb(RGB(pixels[2 * row * width + column]))
        let lower = 2 * row + 1 < height ? Ink.rgb(RGB(pixels[(2 * row + 1) * width + column])) : .key(.bg)
        canvas[rect.x + column, rect.y + row] = Cell(scalar: "▀", style: Style(foreground: upper, background: lower))
      }
    }
  }
}
