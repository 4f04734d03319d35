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
