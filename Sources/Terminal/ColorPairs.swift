import CNcurses

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
