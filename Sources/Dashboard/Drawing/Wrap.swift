import Terminal

/// Breaks text into lines at blanks; words that are wider than a line are cut.
package enum Wrap {
  package static func lines(_ text: String, columns: Int) -> [String] {
    guard columns > 0 else { return [] }
    return text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { paragraph($0, columns) }
  }

  private static func paragraph(_ text: Substring, _ columns: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    var used = 0
    for word in text.split(separator: " ") {
      var word = String(word)
      var width = CharacterWidth.columns(word)
      if used > 0, used + 1 + width <= columns {
        line += " " + word
        used += 1 + width
        continue
      }
      if used > 0 { lines.append(line) }
      while width > columns {
        let head = String(
          word.prefix(
            max(
              1,
              columns / 2 > 0 && CharacterWidth.columns(String(word.prefix(columns))) > columns ? columns / 2 : columns)
          ))
        lines.append(head)
        word = String(word.dropFirst(head.count))
        width = CharacterWidth.columns(word)
      }
      line = word
      used = width
    }
    if used > 0 || lines.isEmpty { lines.append(line) }
    return lines
  }
}
