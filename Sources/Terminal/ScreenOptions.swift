/// What a person asked of the screen on the command line.
public struct ScreenOptions: Sendable {
  /// A lower colour depth than the terminal's (`--color`); nil: the terminal's, or mono with `NO_COLOR`.
  public var color: ColorDepth?
  /// `--charset`; nil: chosen by locale and widths.
  public var characterSet: CharacterSet?
  public var mouse: Bool

  public init(color: ColorDepth? = nil, characterSet: CharacterSet? = nil, mouse: Bool = true) {
    self.color = color
    self.characterSet = characterSet
    self.mouse = mouse
  }
}

extension ColorDepth {
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
