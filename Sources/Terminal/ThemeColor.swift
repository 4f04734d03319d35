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
