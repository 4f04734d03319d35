/// Where canvases go to and keys come from. All calls are made from one thread.
public protocol Screen: AnyObject {
  /// Columns and rows, now.
  var size: ScreenSize { get }
  var characterSet: CharacterSet { get }
  var colorDepth: ColorDepth { get set }

  /// Of one cell, where the terminal shows pictures itself; nil where cells have to do.
  var cellPixels: CellPixels? { get }

  /// Shows a canvas; only what changed since the last one is written. What lies outside the terminal is cut.
  func present(_ canvas: Canvas, theme: Theme)
  /// The next key, or nil when none came in time. 0 asks without waiting, a negative time waits for ever.
  func nextKey(timeoutMilliseconds: Int) -> Key?
  /// The next `present` writes every cell (Ctrl-L).
  func invalidate()
  /// Mouse reports on or off.
  func setMouse(_ on: Bool)
  /// Copies text to the terminal's clipboard (OSC 52) where that is supported.
  func copy(_ text: String)
  /// The terminal's bell.
  func ring()
  /// A message to the desktop (OSC 9) where the terminal passes it on.
  func notify(_ text: String)
  /// Gives the terminal back and stops the process as Ctrl-Z does; returns when it goes on.
  func suspend()
  /// Takes the terminal again after `suspend`, when that did not do so itself.
  func resume()
  /// Gives the terminal back for good; further calls do nothing.
  func close()
}

extension Screen {
  public var cellPixels: CellPixels? { nil }
  // A screen that is no terminal has neither.
  public func ring() {}
  public func notify(_ text: String) {}
}

/// The terminal's size in cells.
public struct ScreenSize: Equatable, Hashable, Sendable {
  public var columns: Int
  public var rows: Int

  public init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
  }
}

/// What a person asked of the screen on the command line.
public struct ScreenOptions: Sendable {
  /// A lower colour depth than the terminal's (`--color`); nil: the terminal's, or mono with `NO_COLOR`.
  public var color: ColorDepth?
  /// `--charset`; nil: chosen by locale and widths.
  public var characterSet: CharacterSet?
  public var mouse: Bool
  /// Pictures as such, where the terminal speaks Kitty's protocol.
  public var graphics: Bool

  public init(
    color: ColorDepth? = nil, characterSet: CharacterSet? = nil, mouse: Bool = true, graphics: Bool = true
  ) {
    self.color = color
    self.graphics = graphics
    self.characterSet = characterSet
    self.mouse = mouse
  }
}

/// Why the dashboard cannot be shown here; the caller prints progress as plain lines instead.
public enum TerminalError: Error, Equatable, CustomStringConvertible {
  /// Standard input or output is not a terminal.
  case notATerminal(String)
  /// `TERM` is not set, or names no entry of the terminfo database.
  case unknownTerminal(String)
  /// The terminal cannot place the cursor, such as `TERM=dumb`.
  case noCursorAddressing(String)

  public var description: String {
    switch self {
    case .notATerminal(let stream): "\(stream) is not a terminal: use --plain for progress as plain lines"
    case .unknownTerminal(let name):
      name.isEmpty
        ? "TERM is not set: set it to your terminal's name, or use --plain"
        : "TERM=\(name) is not in the terminfo database: set TERM to a known name, or use --plain"
    case .noCursorAddressing(let name): "TERM=\(name) cannot place the cursor: use --plain"
    }
  }
}

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
