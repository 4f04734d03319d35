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

  /// What the colours stand on: the theme's background, or the near-black that themes with `default` are made for.
  public var backdrop: RGB { self[.bg].color.rgb ?? RGB(0x121212) }
}
