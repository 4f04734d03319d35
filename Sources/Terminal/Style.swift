/// How a cell looks, in the theme's words; the screen turns it into colour pairs and attributes.
public struct Style: Equatable, Hashable, Sendable {
  public var foreground: Ink
  public var background: Ink
  var attributes: Attributes

  public init(foreground: Ink = .key(.fg), background: Ink = .key(.bg), bold: Bool = false) {
    self.foreground = foreground
    self.background = background
    attributes = bold ? .bold : []
  }

  /// `Style(.dim)`: one theme colour on the theme's background.
  public init(_ key: ThemeKey, bold: Bool = false) { self.init(foreground: .key(key), bold: bold) }

  public static let plain = Style()
  public static let dim = Style(.dim)
  public static let title = Style(.title, bold: true)
  /// The selected row.
  public static let selection = Style(foreground: .key(.selFg), background: .key(.selBg))

  public var bold: Bool {
    get { attributes.contains(.bold) }
    set { attributes.set(.bold, newValue) }
  }
  public var dim: Bool {
    get { attributes.contains(.dim) }
    set { attributes.set(.dim, newValue) }
  }
  public var underline: Bool {
    get { attributes.contains(.underline) }
    set { attributes.set(.underline, newValue) }
  }
  public var reverse: Bool {
    get { attributes.contains(.reverse) }
    set { attributes.set(.reverse, newValue) }
  }
  public var italic: Bool {
    get { attributes.contains(.italic) }
    set { attributes.set(.italic, newValue) }
  }

  /// The same style on the selected row's background; plain text takes the selection's foreground too.
  public var selected: Style {
    var style = self
    style.background = .key(.selBg)
    if foreground == .key(.fg) { style.foreground = .key(.selFg) }
    return style
  }

  public func with(foreground: Ink? = nil, background: Ink? = nil, bold: Bool? = nil) -> Style {
    var style = self
    if let foreground { style.foreground = foreground }
    if let background { style.background = background }
    if let bold { style.bold = bold }
    return style
  }

  /// One letter for tests: the foreground's key (upper case when bold), `i` for a picture's pixel, `s` or `S` on the selected background, `r` reversed.
  public var letter: Character {
    var letter: Character = foreground.rgb != nil ? "i" : foreground.isBlend ? "h" : foreground.from.letter
    if background == .key(.selBg) { letter = "s" }
    if reverse { letter = "r" }
    return bold ? (letter == "." ? "B" : Character(letter.uppercased())) : letter
  }

  struct Attributes: OptionSet, Hashable, Sendable {
    let rawValue: UInt8
    static let bold = Attributes(rawValue: 1)
    static let dim = Attributes(rawValue: 2)
    static let underline = Attributes(rawValue: 4)
    static let reverse = Attributes(rawValue: 8)
    static let italic = Attributes(rawValue: 16)

    mutating func set(_ member: Attributes, _ on: Bool) {
      if on { insert(member) } else { remove(member) }
    }
  }
}

extension ThemeKey {
  fileprivate var letter: Character {
    switch self {
    case .bg: " "
    case .fg: "."
    case .dim: "d"
    case .border: "b"
    case .focus: "f"
    case .title: "t"
    case .key: "k"
    case .selFg, .selBg: "s"
    case .ok: "o"
    case .warn: "w"
    case .bad: "x"
    case .live: "l"
    case .published: "p"
    case .heatLo, .heatHi: "h"
    case .series1: "1"
    case .series2: "2"
    case .series3: "3"
    case .series4: "4"
    case .series5: "5"
    case .series6: "6"
    case .series7: "7"
    case .series8: "8"
    }
  }
}

/// What a cell is coloured with: a theme's colour, a mixture of two of them, or a picture's. Packed into four bytes so that cells compare fast.
public struct Ink: Equatable, Hashable, Sendable {
  let packed: UInt32

  private init(_ from: ThemeKey, _ to: ThemeKey, _ weight: UInt8) {
    packed = UInt32(from.index) | UInt32(to.index) << 8 | UInt32(weight) << 16
  }

  public static func key(_ key: ThemeKey) -> Ink { Ink(key, key, 0) }

  /// `from` at 0, `to` at 1, linear in sRGB between them (in 256 steps); for heat gradients.
  public static func blend(_ from: ThemeKey, _ to: ThemeKey, _ fraction: Double) -> Ink {
    guard fraction.isFinite else { return key(from) }
    return Ink(from, to, UInt8((min(max(fraction, 0), 1) * 255).rounded()))
  }

  /// A colour that no theme has: a pixel of a picture.
  public static func rgb(_ color: RGB) -> Ink { Ink(packed: direct | color.value) }

  private static let direct: UInt32 = 1 << 31

  private init(packed: UInt32) { self.packed = packed }

  /// Nil for a theme's colours.
  public var rgb: RGB? { packed & Self.direct == 0 ? nil : RGB(packed & 0xff_ffff) }

  /// Where the theme's words are all that counts, a picture's colour is the text's.
  public var from: ThemeKey { rgb == nil ? ThemeKey.allCases[Int(packed & 0xff)] : .fg }
  public var to: ThemeKey { rgb == nil ? ThemeKey.allCases[Int(packed >> 8 & 0xff)] : .fg }
  /// 0 for a plain colour.
  public var fraction: Double { rgb == nil ? Double(packed >> 16 & 0xff) / 255 : 0 }
  public var isBlend: Bool { rgb == nil && packed & 0xff != packed >> 8 & 0xff }

  /// The nearer of the two colours, for depths without gradients.
  public var dominant: ThemeKey { fraction < 0.5 ? from : to }
}
