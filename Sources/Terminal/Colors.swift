/// A colour in sRGB, 8 bits a channel.
public struct RGB: Sendable, Equatable, Hashable {
  public var red: UInt8
  public var green: UInt8
  public var blue: UInt8

  public init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// `RGB(0xff8800)`
  public init(_ value: UInt32) {
    self.init(
      red: UInt8(truncatingIfNeeded: value >> 16), green: UInt8(truncatingIfNeeded: value >> 8),
      blue: UInt8(truncatingIfNeeded: value))
  }

  /// `#rrggbb`, as theme files write it; nil for anything else.
  public init?(hex text: String) {
    guard text.utf8.count == 7, text.first == "#", text.dropFirst().allSatisfy(\.isHexDigit),
      let value = UInt32(text.dropFirst(), radix: 16)
    else { return nil }
    self.init(value)
  }

  public var value: UInt32 { UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue) }

  /// Linear in sRGB between two colours; `fraction` 0 is this one.
  public func mixed(with other: RGB, _ fraction: Double) -> RGB {
    func channel(_ a: UInt8, _ b: UInt8) -> UInt8 {
      UInt8((Double(a) + (Double(b) - Double(a)) * min(max(fraction, 0), 1)).rounded())
    }
    return RGB(
      red: channel(red, other.red), green: channel(green, other.green), blue: channel(blue, other.blue))
  }
}

/// A colour as a terminal is told it.
public enum TerminalColor: Equatable, Hashable, Sendable {
  /// The terminal's own foreground or background.
  case `default`
  /// Entry of the 16 or 256-colour palette.
  case indexed(Int)
  case rgb(RGB)
}

/// How many colours a terminal can show; each level is drawn with what it has, and meaning never rests on colour alone.
public enum ColorDepth: String, CaseIterable, Sendable, Comparable {
  case mono = "mono"
  case palette16 = "16"
  case palette256 = "256"
  case truecolor = "truecolor"

  public static func < (left: ColorDepth, right: ColorDepth) -> Bool { left.order < right.order }

  private var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// `auto` (nil inside the optional), `never`, `mono`, `16`, `256`, `truecolor`, `24bit`; nil for another word.
  public static func parse(_ word: String) -> ColorDepth?? {
    switch word.lowercased() {
    case "auto": .some(nil)
    case "never", "mono", "none": .mono
    case "16": .palette16
    case "256": .palette256
    case "truecolor", "24bit", "always": .truecolor
    default: .none
    }
  }
}

/// The 16 colours that every colour terminal names; the user's palette says what they look like.
public enum Palette16: String, CaseIterable, Sendable {
  case black, red, green, yellow, blue, magenta, cyan, white
  case brightBlack = "bright-black"
  case brightRed = "bright-red"
  case brightGreen = "bright-green"
  case brightYellow = "bright-yellow"
  case brightBlue = "bright-blue"
  case brightMagenta = "bright-magenta"
  case brightCyan = "bright-cyan"
  case brightWhite = "bright-white"

  public var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

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
