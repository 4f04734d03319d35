import Foundation

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

  /// A cell of a heatmap: `fraction` of the scale as a shade and a colour of the gradient. Not finite: `!`.
  public static func heat(_ fraction: Double, glyphs: Glyphs) -> Cell {
    guard fraction.isFinite else { return Cell(scalar: "!", style: Style(.bad)) }
    let share = min(max(fraction, 0), 1)
    let index = min(glyphs.shades.count - 1, Int(share * Double(glyphs.shades.count)))
    return Cell(
      character: glyphs.shades[index], style: Style(foreground: .blend(.heatLo, .heatHi, share)))
  }
}
