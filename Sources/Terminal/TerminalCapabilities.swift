/// What decides how much a terminal is given: pure rules over what terminfo, the locale and the environment say.
public struct TerminalCapabilities: Equatable, Sendable {
  /// `TERM`.
  public var name: String
  /// `max_colors`; 0 or less: none.
  public var colors: Int
  /// Whether terminfo has `RGB`.
  public var hasRGB: Bool
  /// Whether curses was built with extended colours and pairs.
  public var hasExtendedPairs: Bool
  /// Character encoding of the locale, such as `UTF-8`.
  public var codeset: String

  public init(name: String, colors: Int, hasRGB: Bool, hasExtendedPairs: Bool, codeset: String) {
    self.name = name
    self.colors = colors
    self.hasRGB = hasRGB
    self.hasExtendedPairs = hasExtendedPairs
    self.codeset = codeset
  }

  /// The terminal's own depth: truecolor only with `RGB` or a `-direct` entry and extended pairs.
  public var colorDepth: ColorDepth {
    if (hasRGB || name.hasSuffix("-direct")) && hasExtendedPairs && colors > 256 { return .truecolor }
    if colors >= 256 { return .palette256 }
    return colors >= 8 ? .palette16 : .mono
  }

  /// The depth that is used: the wish chooses a lower level, never a higher one; `NO_COLOR`, when not empty, means mono
  /// unless a wish is given (https://no-color.org).
  public func colorDepth(wish: ColorDepth?, noColor: String?) -> ColorDepth {
    if let wish { return min(wish, colorDepth) }
    if let noColor, !noColor.isEmpty { return .mono }
    return colorDepth
  }

  public var isUTF8: Bool {
    let folded = codeset.lowercased().filter { $0 != "-" && $0 != "_" }
    return folded == "utf8"
  }

  /// The best character set whose every glyph is one column wide here. `columns` is the locale's `wcwidth`.
  /// The Linux console's fonts hold neither Braille nor heavy frames.
  public func characterSet(wish: CharacterSet?, columns: (Unicode.Scalar) -> Int) -> CharacterSet {
    if let wish { return wish }
    guard isUTF8, name != "linux", !name.hasPrefix("vt") else { return .ascii }
    guard Glyphs.glyphs(for: .blocks).allScalars.allSatisfy({ columns($0) == 1 }) else { return .ascii }
    let braille: [Unicode.Scalar] = ["\u{2801}", "\u{2847}", "\u{28ff}"]
    return braille.allSatisfy({ columns($0) == 1 }) ? .braille : .blocks
  }
}

extension Glyphs {
  /// Every scalar of the set.
  var allScalars: [Unicode.Scalar] {
    var characters: [Character] = []
    for child in Mirror(reflecting: self).children {
      switch child.value {
      case let character as Character: characters.append(character)
      case let list as [Character]: characters += list
      case let frame as FrameGlyphs:
        characters += Mirror(reflecting: frame).children.compactMap { $0.value as? Character }
      default: break
      }
    }
    return characters.flatMap(\.unicodeScalars)
  }
}
