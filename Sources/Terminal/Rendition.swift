import CNcurses

/// A style as a terminal of some depth shows it: two colours and attributes.
public struct Rendition: Equatable, Hashable, Sendable {
  public var foreground: TerminalColor
  public var background: TerminalColor
  public var bold = false
  public var dim = false
  public var underline = false
  public var reverse = false
  public var italic = false

  /// What `style` becomes in `theme` at `depth`: truecolor as written, 256 the nearest cube or grey entry, 16 the theme's entry or
  /// the nearest, mono attributes. From 16 down the selected row is reversed.
  public init(_ style: Style, theme: Theme, depth: ColorDepth) {
    bold = style.bold
    dim = style.dim
    underline = style.underline
    reverse = style.reverse
    italic = style.italic
    foreground = .default
    background = .default
    let isSelected = style.background == .key(.selBg)
    switch depth {
    case .truecolor, .palette256:
      foreground = Self.color(style.foreground, theme: theme, depth: depth)
      background = Self.color(style.background, theme: theme, depth: depth)
    case .palette16:
      foreground = Self.color(style.foreground, theme: theme, depth: depth)
      if isSelected {
        // Reverse video on the terminal's own colours is legible whatever the palette.
        foreground = .default
        reverse.toggle()
      } else {
        background = Self.color(style.background, theme: theme, depth: depth)
      }
    case .mono:
      switch theme[style.foreground.dominant].mono ?? style.foreground.dominant.defaultMono {
      case .normal: break
      case .bold: bold = true
      case .dim: dim = true
      case .underline: underline = true
      case .reverse: break
      case .italic: italic = true
      }
      if isSelected { reverse.toggle() }
      if bold { dim = false }
    }
  }

  private static func color(_ ink: Ink, theme: Theme, depth: ColorDepth) -> TerminalColor {
    if let rgb = ink.rgb {
      switch depth {
      case .truecolor: return .rgb(rgb)
      case .palette256: return .indexed(Palette.nearest256(rgb))
      case .palette16: return .indexed(Palette.nearest16(rgb).index)
      case .mono: return .default
      }
    }
    if ink.isBlend, let from = theme[ink.from].color.rgb, let to = theme[ink.to].color.rgb {
      let mixed = from.mixed(with: to, ink.fraction)
      switch depth {
      case .truecolor: return .rgb(mixed)
      case .palette256: return .indexed(Palette.nearest256(mixed))
      // Sixteen colours make no gradient: the shades of the glyphs do.
      default: return color(.key(ink.dominant), theme: theme, depth: depth)
      }
    }
    let value = theme[ink.dominant]
    switch depth {
    case .truecolor:
      return value.color.rgb.map { .rgb($0) } ?? .default
    case .palette256:
      return value.color.rgb.map { .indexed(Palette.nearest256($0)) } ?? .default
    case .palette16, .mono:
      if let entry = value.c16 { return .indexed(entry.index) }
      return value.color.rgb.map { .indexed(Palette.nearest16($0).index) } ?? .default
    }
  }
}

extension ThemeKey {
  /// What stands for a colour without colours when a theme does not say.
  fileprivate var defaultMono: MonoAttribute {
    switch self {
    case .dim, .border: .dim
    case .focus, .title, .key, .warn, .bad, .heatHi: .bold
    case .selFg, .selBg: .reverse
    case .published: .italic
    default: .normal
    }
  }
}

/// Curses' colour pairs, made on demand and kept by (foreground, background).
struct ColorPairs {
  private struct Colors: Hashable {
    var foreground: Int32
    var background: Int32
  }

  private var numbers: [Colors: Int32] = [:]
  private var next: Int32 = 1
  /// Set when all pairs were used up and numbering began anew: what is on the screen must be drawn again.
  private(set) var didWrap = false

  /// The pair for two colours as curses counts them (−1: default).
  mutating func number(_ foreground: Int32, _ background: Int32) -> Int32 {
    if foreground < 0 && background < 0 { return 0 }
    let colors = Colors(foreground: foreground, background: background)
    if let number = numbers[colors] { return number }
    let limit = min(lorascope_color_pairs(), 32_767)
    if next >= limit {
      numbers.removeAll()
      next = 1
      didWrap = true
    }
    guard next < limit, lorascope_init_pair(next, foreground, background) != ERR else { return 0 }
    numbers[colors] = next
    defer { next += 1 }
    return next
  }

  mutating func clearWrap() { didWrap = false }
}
