/// The fixed part of the 256-colour palette (a 6 × 6 × 6 cube and 24 greys) and usual values of the first 16.
public enum Palette {
  private static let levels = [0, 95, 135, 175, 215, 255]

  /// The nearest cube or grey entry (16…255) by distance in sRGB; the cube wins ties.
  public static func nearest256(_ color: RGB) -> Int {
    func nearestLevel(_ value: UInt8) -> Int {
      levels.indices.min { abs(levels[$0] - Int(value)) < abs(levels[$1] - Int(value)) } ?? 0
    }
    let r = nearestLevel(color.red)
    let g = nearestLevel(color.green)
    let b = nearestLevel(color.blue)
    let cube = 16 + 36 * r + 6 * g + b
    let mean = (Int(color.red) + Int(color.green) + Int(color.blue)) / 3
    let grey = 232 + min(23, max(0, (mean - 3) / 10))
    return distance(rgb(grey), color) < distance(rgb(cube), color) ? grey : cube
  }

  /// The nearest of the first 16 entries, judged by xterm's values; a person's palette may differ.
  public static func nearest16(_ color: RGB) -> Palette16 {
    Palette16.allCases.min { distance(xterm16[$0.index], color) < distance(xterm16[$1.index], color) } ?? .white
  }

  /// The colour of an entry; for the first 16 xterm's default.
  public static func rgb(_ entry: Int) -> RGB {
    if entry < 16 { return xterm16[max(0, entry)] }
    if entry >= 232 {
      let level = UInt8(min(255, 8 + 10 * (entry - 232)))
      return RGB(red: level, green: level, blue: level)
    }
    let index = entry - 16
    return RGB(
      red: UInt8(levels[index / 36]), green: UInt8(levels[index / 6 % 6]), blue: UInt8(levels[index % 6]))
  }

  private static func distance(_ a: RGB, _ b: RGB) -> Int {
    let red = Int(a.red) - Int(b.red)
    let green = Int(a.green) - Int(b.green)
    let blue = Int(a.blue) - Int(b.blue)
    return red * red + green * green + blue * blue
  }

  private static let xterm16: [RGB] = [
    0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00,
    0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
  ].map { RGB($0) }
}
