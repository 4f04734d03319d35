import Foundation

/// One ASCII character for each other one, for terminals and locales without Unicode.
public enum AsciiFallback {
  /// The scalar itself when it is ASCII, a likeness where there is one, else `?`.
  public static func scalar(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    if scalar.value < 0x80 { return scalar }
    if let known = table[scalar] { return known }
    // Latin letters lose their accents.
    let base = String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars.first
    if let base, base.value < 0x80 { return base }
    if (0x2500...0x257f).contains(scalar.value) { return "+" }
    if (0x2580...0x259f).contains(scalar.value) { return "#" }
    if (0x2801...0x28ff).contains(scalar.value) { return "*" }
    return "?"
  }

  private static let table: [Unicode.Scalar: Unicode.Scalar] = [
    "\u{a0}": " ", "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "‘": "'", "’": "'", "“": "\"", "”": "\"",
    "…": "~", "·": "-", "•": "*", "×": "x", "÷": "/", "±": "~", "≈": "~", "≤": "<", "≥": ">", "≠": "!", "α": "a",
    "β": "b", "Δ": "D", "μ": "u", "µ": "u", "σ": "s", "°": "o", "²": "2", "³": "3", "ⁿ": "n", "‖": "=", "←": "<",
    "→": ">", "↑": "^", "↓": "v", "⇧": "^", "▸": ">", "▾": "v", "▴": "^", "✓": "+", "✗": "!", "─": "-", "━": "-",
    "│": "|", "┃": "|", "┊": ":", "░": ".", "▒": ":", "▓": "=", "█": "#", "●": "o", "○": "o", "◐": "?", "◆": "#",
    "◇": "%", "■": "#", "□": ".", "▲": "^", "△": "^", "▼": "v", "\u{2800}": " ",
  ]
}
