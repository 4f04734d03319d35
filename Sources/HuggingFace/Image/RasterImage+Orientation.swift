import Text

extension RasterImage {
  /// The picture as it should be seen, by the orientation of EXIF; what is no orientation changes nothing.
  func upright(from orientation: Int) -> RasterImage {
    guard (2...8).contains(orientation) else { return self }
    let swaps = orientation >= 5
    let (newWidth, newHeight) = swaps ? (height, width) : (width, height)
    let isFlippedX = [2, 3, 7, 8].contains(orientation)
    let isFlippedY = [3, 4, 6, 7].contains(orientation)
    var turned = [UInt8](repeating: 0, count: pixels.count)
    for y in 0..<newHeight {
      for x in 0..<newWidth {
        var (fromX, fromY) = swaps ? (y, x) : (x, y)
        if isFlippedX { fromX = width - 1 - fromX }
        if isFlippedY { fromY = height - 1 - fromY }
        let from = 3 * (fromY * width + fromX)
        let to = 3 * (y * newWidth + x)
        for channel in 0..<3 { turned[to + channel] = pixels[from + channel] }
      }
    }
    return RasterImage(width: newWidth, height: newHeight, pixels: turned)
  }
}
