import Text

/// The orientation that a camera noted in a picture: 1 upright, 2 to 8 mirrored or turned, after the EXIF standard.
enum ExifOrientation {
  private static let tag = 0x0112

  /// Of the EXIF segment of a JPEG file.
  static func ofJPEG(_ bytes: [UInt8]) -> Int? {
    let start = Array("Exif\0\0".utf8)
    var place = 2
    while place + 4 <= bytes.count, bytes[place] == 0xFF {
      let marker = bytes[place + 1]
      if marker == 0xFF {
        place += 1
        continue
      }
      // The picture itself begins: nothing more is said of it.
      if marker == 0xDA || marker == 0xD9 { return nil }
      let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
      guard length >= 2, place + 2 + length <= bytes.count else { return nil }
      let content = bytes[(place + 4)..<(place + 2 + length)]
      if marker == 0xE1, content.starts(with: start) { return value(in: Array(content.dropFirst(start.count))) }
      place += 2 + length
    }
    return nil
  }

  /// Of the `eXIf` chunk of a PNG file.
  static func ofPNG(_ bytes: [UInt8]) -> Int? {
    var place = 8
    while place + 12 <= bytes.count {
      let length = bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
      guard place + 12 + length <= bytes.count else { return nil }
      if bytes[(place + 4)..<(place + 8)].elementsEqual("eXIf".utf8) {
        return value(in: Array(bytes[(place + 8)..<(place + 8 + length)]))
      }
      place += 12 + length
    }
    return nil
  }

  /// Looks through the first directory of a TIFF header.
  private static func value(in bytes: [UInt8]) -> Int? {
    guard bytes.count >= 8 else { return nil }
    let isBig = bytes.starts(with: "MM".utf8)
    guard isBig || bytes.starts(with: "II".utf8) else { return nil }
    func number(_ offset: Int, _ count: Int) -> Int? {
      guard offset >= 0, offset + count <= bytes.count else { return nil }
      let part = bytes[offset..<(offset + count)]
      return isBig ? part.reduce(0) { $0 << 8 | Int($1) } : part.reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    guard number(2, 2) == 42, let directory = number(4, 4), let entries = number(directory, 2) else { return nil }
    for entry in 0..<entries {
      let place = directory + 2 + 12 * entry
      guard let found = number(place, 2) else { return nil }
      guard found == tag else { continue }
      // A SHORT as the standard says, or another whole number.
      let size = number(place + 2, 2).flatMap { [1: 1, 3: 2, 4: 4][$0] }
      return size.flatMap { number(place + 8, $0) }
    }
    return nil
  }
}

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
