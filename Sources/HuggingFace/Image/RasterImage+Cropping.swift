import Text

extension RasterImage {
  /// A square part, which lies within the image.
  func square(x: Int, y: Int, side: Int) -> RasterImage {
    var part: [UInt8] = []
    part.reserveCapacity(3 * side * side)
    for row in y..<(y + side) {
      let start = 3 * (row * width + x)
      part += pixels[start..<(start + 3 * side)]
    }
    return RasterImage(width: side, height: side, pixels: part)
  }
}
