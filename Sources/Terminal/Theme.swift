/// A named set of colours, one for each `ThemeKey`.
public struct Theme: Sendable, Equatable {
  public var name: String
  /// Declared in the file with `colorblind_safe = true`; a test holds such themes to it.
  public var isColorblindSafe: Bool
  var colors: [ThemeColor]

  init(name: String, isColorblindSafe: Bool = false, colors: [ThemeKey: ThemeColor]) {
    self.name = name
    self.isColorblindSafe = isColorblindSafe
    self.colors = ThemeKey.allCases.map { colors[$0] ?? ThemeColor(color: .default) }
  }

  public subscript(key: ThemeKey) -> ThemeColor {
    get { colors[Int(key.index)] }
    set { colors[Int(key.index)] = newValue }
  }
}

/// The 24 colours of a theme; the raw values are the keys of a theme file.
public enum ThemeKey: String, CaseIterable, Sendable {
  case bg, fg, dim, border, focus, title, key
  case selFg = "sel_fg"
  case selBg = "sel_bg"
  case ok, warn, bad, live, published
  case heatLo = "heat_lo"
  case heatHi = "heat_hi"
  case series1, series2, series3, series4, series5, series6, series7, series8

  /// The colours of curves, by slot 0–7.
  public static let series: [ThemeKey] = [
    .series1, .series2, .series3, .series4, .series5, .series6, .series7, .series8,
  ]

  /// The colour of a slot; slots past 7 wrap around.
  public static func series(_ slot: Int) -> ThemeKey { series[((slot % 8) + 8) % 8] }

  /// Position in `allCases`, which is the theme's storage order.
  var index: UInt8 { Self.indices[self] ?? 0 }

  private static let indices: [ThemeKey: UInt8] = Dictionary(
    uniqueKeysWithValues: allCases.enumerated().map { ($1, UInt8($0)) })
}

/// A theme's value for one key: a colour, with own values for lower levels where the theme gives them.
public struct ThemeColor: Sendable, Equatable {
  public enum Value: Sendable, Equatable {
    /// The terminal's own foreground or background.
    case `default`
    case rgb(RGB)

    public var rgb: RGB? { if case .rgb(let value) = self { value } else { nil } }
  }

  public var color: Value
  /// Entry of the 16-colour palette; nil: computed.
  public var c16: Palette16?
  /// Attribute without colours; nil: the key's own default.
  public var mono: MonoAttribute?

  public init(color: Value, c16: Palette16? = nil, mono: MonoAttribute? = nil) {
    self.color = color
    self.c16 = c16
    self.mono = mono
  }
}

/// What stands for a colour where there is none.
public enum MonoAttribute: String, CaseIterable, Sendable {
  case normal, bold, dim, underline, reverse, italic
}

extension Theme {
  /// The built-in default, from which themes inherit what they do not set. Contrast is computed against #121212.
  public static let night = Theme(
    name: "Night", isColorblindSafe: true,
    colors: [
      .bg: ThemeColor(color: .default),
      .fg: ThemeColor(color: .rgb(RGB(0xd0d0d0)), c16: .white, mono: .normal),
      .dim: ThemeColor(color: .rgb(RGB(0x8a8a8a)), c16: .brightBlack, mono: .dim),
      .border: ThemeColor(color: .rgb(RGB(0x585858)), c16: .brightBlack, mono: .dim),
      .focus: ThemeColor(color: .rgb(RGB(0x5fd7ff)), c16: .brightCyan, mono: .bold),
      .title: ThemeColor(color: .rgb(RGB(0xeeeeee)), c16: .brightWhite, mono: .bold),
      .key: ThemeColor(color: .rgb(RGB(0xffd75f)), c16: .brightYellow, mono: .bold),
      .selFg: ThemeColor(color: .rgb(RGB(0xffffff)), c16: .brightWhite, mono: .reverse),
      .selBg: ThemeColor(color: .rgb(RGB(0x303030)), mono: .reverse),
      .ok: ThemeColor(color: .rgb(RGB(0x5fd787)), c16: .green, mono: .normal),
      .warn: ThemeColor(color: .rgb(RGB(0xffaf00)), c16: .yellow, mono: .bold),
      .bad: ThemeColor(color: .rgb(RGB(0xff5f5f)), c16: .brightRed, mono: .bold),
      .live: ThemeColor(color: .rgb(RGB(0x5fd7af)), c16: .cyan, mono: .normal),
      .published: ThemeColor(color: .rgb(RGB(0xaf87ff)), c16: .brightMagenta, mono: .italic),
      .heatLo: ThemeColor(color: .rgb(RGB(0x1c3a5f)), c16: .blue, mono: .normal),
      .heatHi: ThemeColor(color: .rgb(RGB(0xffd75f)), c16: .brightYellow, mono: .bold),
      .series1: ThemeColor(color: .rgb(RGB(0xffffff)), c16: .brightWhite),
      .series2: ThemeColor(color: .rgb(RGB(0x5f5fff)), c16: .brightBlue),
      .series3: ThemeColor(color: .rgb(RGB(0x87d700)), c16: .brightGreen),
      .series4: ThemeColor(color: .rgb(RGB(0xd700af)), c16: .magenta),
      .series5: ThemeColor(color: .rgb(RGB(0xffafff)), c16: .brightMagenta),
      .series6: ThemeColor(color: .rgb(RGB(0x5f8700)), c16: .green),
      .series7: ThemeColor(color: .rgb(RGB(0xaf5f5f)), c16: .red),
      .series8: ThemeColor(color: .rgb(RGB(0x00ff87)), c16: .brightCyan),
    ])
}
