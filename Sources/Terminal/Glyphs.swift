/// Every symbol that the screen uses, for one character set; all are one column wide.
public struct Glyphs: Equatable, Sendable {
  public let set: CharacterSet
  /// The curves' markers by slot: `● ▲ ■ ◆ ▼ ○ □ △` or `a`–`h`.
  public let markers: [Character]
  /// Frames of panes, light and heavy (focused).
  public let light: FrameGlyphs
  public let heavy: FrameGlyphs

  // States.
  public let running: Character
  public let done: Character
  public let failed: Character
  public let paused: Character
  public let waiting: Character
  public let marked: Character
  /// The cursor in lists.
  public let pointer: Character
  /// Off cell in a set of modules, and separators inside texts.
  public let off: Character
  public let more: Character

  // Arrows.
  public let up: Character
  public let down: Character
  public let left: Character
  public let right: Character
  public let dropDown: Character
  public let sortUp: Character
  public let sortDown: Character
  public let better: Character
  public let worse: Character
  /// Values beyond a chart's edge.
  public let above: Character
  public let below: Character
  public let gap: Character
  public let crosshair: Character

  // Signs in texts.
  public let dash: Character
  public let plusMinus: Character
  public let times: Character
  public let about: Character
  public let alpha: Character
  public let ellipsis: Character

  // Scatter: the sources of points.
  public let front: Character
  public let maybeFront: Character
  public let mine: Character
  public let published: Character
  public let provisional: Character
  public let busy: Character
  public let base: Character

  // Axes of charts.
  public let axisVertical: Character
  public let axisTick: Character
  public let axisCorner: Character
  public let axisBottomTick: Character
  public let axisHorizontal: Character

  // Bars.
  /// Empty part of a progress bar, full cell, and the partial cells from 1/8 to 7/8 (empty in ASCII).
  public let barEmpty: Character
  public let barFull: Character
  public let barPartial: [Character]
  /// Shades of a heat cell from least to most.
  public let shades: [Character]
  /// Confidence: filled and empty box.
  public let boxFilled: Character
  public let boxEmpty: Character
  /// Radio button, chosen (the other is a space).
  public let radio: Character

  public static func glyphs(for set: CharacterSet) -> Glyphs {
    switch set {
    case .braille: braille
    case .blocks: blocks
    case .ascii: ascii
    }
  }

  public func marker(_ slot: Int) -> Character { markers[((slot % 8) + 8) % 8] }
  public func frame(heavy isHeavy: Bool) -> FrameGlyphs { isHeavy ? heavy : light }

  private static let braille = unicode(.braille)
  private static let blocks = unicode(.blocks)

  private static func unicode(_ set: CharacterSet) -> Glyphs {
    Glyphs(
      set: set, markers: ["●", "▲", "■", "◆", "▼", "○", "□", "△"],
      light: FrameGlyphs("╭─╮│╯╰", "├┤"), heavy: FrameGlyphs("┏━┓┃┛┗", "┠┨"),
      running: "▸", done: "✓", failed: "✗", paused: "‖", waiting: "·", marked: "*", pointer: "▸", off: "·", more: "…",
      up: "↑", down: "↓", left: "←", right: "→", dropDown: "▾", sortUp: "▴", sortDown: "▾", better: "↑", worse: "↓",
      above: "▴", below: "▾", gap: "✗", crosshair: "┊", dash: "–", plusMinus: "±", times: "×", about: "≈",
      alpha: "α", ellipsis: "…", front: "◆", maybeFront: "◇", mine: "●", published: "○", provisional: "◐", busy: "◌",
      base: "□",
      axisVertical: "│", axisTick: "┤", axisCorner: "└", axisBottomTick: "┬", axisHorizontal: "─", barEmpty: "░",
      barFull: "█", barPartial: ["▏", "▎", "▍", "▌", "▋", "▊", "▉"], shades: [" ", "░", "▒", "▓", "█"],
      boxFilled: "■", boxEmpty: "□", radio: "•")
  }

  private static let ascii = Glyphs(
    set: .ascii, markers: ["a", "b", "c", "d", "e", "f", "g", "h"],
    light: FrameGlyphs("+-+|++", "++"), heavy: FrameGlyphs("#=####", "##"),
    running: ">", done: "+", failed: "!", paused: "=", waiting: ".", marked: "*", pointer: ">", off: "-", more: "~",
    up: "^", down: "v", left: "<", right: ">", dropDown: "v", sortUp: "^", sortDown: "v", better: "^", worse: "v",
    above: "^", below: "v", gap: "!", crosshair: ":", dash: "-", plusMinus: "~", times: "x", about: "~", alpha: "a",
    ellipsis: "~", front: "#", maybeFront: "%", mine: "o", published: ".", provisional: "?", busy: "0", base: "B",
    axisVertical: "|", axisTick: "+", axisCorner: "+", axisBottomTick: "-", axisHorizontal: "-", barEmpty: ".",
    barFull: "#", barPartial: [], shades: [" ", ".", ":", "-", "=", "+", "*", "#", "@"], boxFilled: "#",
    boxEmpty: ".", radio: "*")
}
