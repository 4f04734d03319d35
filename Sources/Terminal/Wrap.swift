/// Breaks text into lines at blanks; words that are wider than a line are cut.
package enum Wrap {
  /// Columns of a line's end in which it is worth to begin such a word.
  private static let worthFilling = 8

  package static func lines(_ text: String, columns: Int) -> [String] {
    guard columns > 0 else { return [] }
    return text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { paragraph($0, columns) }
  }

  private static func paragraph(_ text: Substring, _ columns: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    var used = 0
    for word in text.split(separator: " ") {
      var word = word
      var width = CharacterWidth.columns(word)
      if used > 0, used + 1 + width <= columns {
        line += " " + word
        used += 1 + width
        continue
      }
      if used > 0 {
        // JSON has a blank here and there only: its lines would be a third full.
        if width > columns, columns - used - 1 >= worthFilling {
          let head = head(word, columns: columns - used - 1)
          line += " " + head
          word = word.dropFirst(head.count)
          width = CharacterWidth.columns(word)
        }
        lines.append(line)
      }
      while width > columns {
        let head = head(word, columns: columns)
        lines.append(String(head))
        word = word.dropFirst(head.count)
        width = CharacterWidth.columns(word)
      }
      line = String(word)
      used = width
    }
    if used > 0 || lines.isEmpty { lines.append(line) }
    return lines
  }

  /// As many characters as fit, and one in any case.
  private static func head(_ word: Substring, columns: Int) -> Substring {
    var used = 0
    var count = 0
    for character in word {
      used += CharacterWidth.columns(String(character))
      if used > columns, count > 0 { break }
      count += 1
    }
    return word.prefix(count)
  }
}

extension Canvas {
  /// A text in as many lines as the rectangle has.
  package mutating func paragraph(_ text: String, in rect: Rect, style: Style = .plain) {
    for (index, line) in Wrap.lines(text, columns: rect.width).prefix(rect.height).enumerated() {
      put(line, x: rect.x, y: rect.y + index, style: style)
    }
  }

  /// Why there is nothing in a plot, at its top.
  mutating func note(_ message: String, in area: Rect) {
    paragraph(message, in: Rect(x: area.x + 1, y: area.y, width: area.width - 1, height: area.height))
  }
}
