import Terminal

/// The last step for terminals without UTF-8: whatever is left outside ASCII (texts of people and of the engine too)
/// becomes its nearest ASCII sign.
enum ASCIIFold {
  private static let signs: [Unicode.Scalar: Unicode.Scalar] = [
    "·": "-", "…": "~", "–": "-", "—": "-", "±": "~", "×": "x", "≈": "~", "≤": "<", "≥": ">", "α": "a", "β": "b",
    "÷": "/", "‖": "=", "→": ">", "←": "<", "↑": "^", "↓": "v", "⇧": "^", "▸": ">", "▾": "v", "▴": "^", "✓": "+",
    "✗": "!", "’": "'", "‘": "'", "“": "\"", "”": "\"", "•": "*", "│": "|", "─": "-", "░": ".", "█": "#", "°": "o",
    "µ": "u", "◌": "0",
  ]

  static func apply(to canvas: inout Canvas) {
    for y in 0..<canvas.height {
      for x in 0..<canvas.width {
        let cell = canvas[x, y]
        guard cell.scalar.value > 0x7e, cell.scalar != Cell.continuation else { continue }
        canvas[x, y] = Cell(scalar: signs[cell.scalar] ?? "?", style: cell.style)
      }
    }
  }
}
