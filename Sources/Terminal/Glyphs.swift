/// The ladder of characters: what a terminal can show decides how plots, bars and frames are drawn.
public enum CharacterSet: String, CaseIterable, Sendable {
  case braille, blocks, ascii
}

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
  /// Before a bound.
  public let atMost: String
  public let atLeast: String
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
  /// An adapter that was made smaller, one that acts on prompts alone, and a cost that nobody measured.
  public let pruned: Character
  public let promptOnly: Character
  public let predicted: Character
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
  /// Cells of heatmaps, the weakest first.
  public let shades: [Character]
  /// Heights of sparklines, the lowest first.
  public let heights: [Character]
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
      above: "▴", below: "▾", gap: "✗", crosshair: "┊", dash: "–", plusMinus: "±", atMost: "≤", atLeast: "≥",
      times: "×", about: "≈",
      alpha: "α", ellipsis: "…", front: "◆", maybeFront: "◇", mine: "●", published: "○", provisional: "◐", busy: "◌",
      pruned: "▽", promptOnly: "◉", predicted: "◔", base: "□",
      axisVertical: "│", axisTick: "┤", axisCorner: "└", axisBottomTick: "┬", axisHorizontal: "─", barEmpty: "░",
      barFull: "█", barPartial: ["▏", "▎", "▍", "▌", "▋", "▊", "▉"],
      shades: ["░", "▒", "▓", "█"], heights: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
      boxFilled: "■", boxEmpty: "□", radio: "•")
  }

  private static let ascii = Glyphs(
    set: .ascii, markers: ["a", "b", "c", "d", "e", "f", "g", "h"],
    light: FrameGlyphs("+-+|++", "++"), heavy: FrameGlyphs("#=####", "##"),
    running: ">", done: "+", failed: "!", paused: "=", waiting: ".", marked: "*", pointer: ">", off: "-", more: "~",
    up: "^", down: "v", left: "<", right: ">", dropDown: "v", sortUp: "^", sortDown: "v", better: "^", worse: "v",
    above: "^", below: "v", gap: "!", crosshair: ":", dash: "-", plusMinus: "~", atMost: "<=", atLeast: ">=",
    times: "x", about: "~",
    alpha: "a",
    ellipsis: ">", front: "#", maybeFront: "%", mine: "o", published: ".", provisional: "?", busy: "0", pruned: "v",
    promptOnly: "@", predicted: "*", base: "B",
    axisVertical: "|", axisTick: "+", axisCorner: "+", axisBottomTick: "-", axisHorizontal: "-", barEmpty: ".",
    barFull: "#", barPartial: [], shades: [".", "+", "#", "@"], heights: ["_", ".", "-", "=", "^"],
    boxFilled: "#", boxEmpty: ".", radio: "*")
}

/// The characters of a frame.
public struct FrameGlyphs: Equatable, Sendable {
  public let topLeft: Character
  public let horizontal: Character
  public let topRight: Character
  public let vertical: Character
  public let bottomRight: Character
  public let bottomLeft: Character
  /// Where a horizontal rule meets the frame's left and right side.
  public let joinLeft: Character
  public let joinRight: Character

  /// - Parameters:
  ///   - ring: top left, horizontal, top right, vertical, bottom right, bottom left.
  ///   - joins: left and right.
  init(_ ring: String, _ joins: String) {
    let ring = Array(ring)
    let joins = Array(joins)
    precondition(ring.count == 6 && joins.count == 2, "a frame has six characters and two joins")
    topLeft = ring[0]
    horizontal = ring[1]
    topRight = ring[2]
    vertical = ring[3]
    bottomRight = ring[4]
    bottomLeft = ring[5]
    joinLeft = joins[0]
    joinRight = joins[1]
  }
}

/// Bars in one row of cells.
public enum Bar {
  /// A bar of eighth-blocks from a common zero (ASCII: whole cells). `fraction` is clamped to 0…1; NaN is empty;
  /// what is not zero shows at least the thinnest bar.
  public static func text(_ fraction: Double, columns: Int, glyphs: Glyphs) -> String {
    guard columns > 0, fraction.isFinite, fraction > 0 else { return "" }
    let steps = glyphs.barPartial.count + 1
    let units = max(1, Int((min(fraction, 1) * Double(columns * steps)).rounded()))
    var text = String(repeating: glyphs.barFull, count: units / steps)
    if units % steps > 0 { text.append(glyphs.barPartial[units % steps - 1]) }
    return text
  }

  /// A progress bar of whole cells, full only when it is done. NaN is empty.
  public static func progress(_ fraction: Double, columns: Int, glyphs: Glyphs) -> String {
    guard columns > 0 else { return "" }
    let share = fraction.isFinite ? min(max(fraction, 0), 1) : 0
    let full = Int((share * Double(columns) + 1e-9).rounded(.down))
    return String(repeating: glyphs.barFull, count: full)
      + String(repeating: glyphs.barEmpty, count: columns - full)
  }
}
