/// Lines of keys in a theme file, for error messages: the parser keeps no positions of what it accepted.
enum ThemeLines {
  /// The line (from 1) on which a top-level key or its table begins.
  static func line(of key: String, in text: String) -> Int? {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      var rest = line.drop(while: { $0 == " " || $0 == "\t" })
      if rest.first == "[" { rest = rest.dropFirst().drop(while: { $0 == " " }) }
      if let quote = rest.first, quote == "\"" || quote == "'" { rest = rest.dropFirst() }
      guard rest.hasPrefix(key) else { continue }
      // The key must end here: `ok` is not `okay`.
      guard let next = rest.dropFirst(key.count).first else { continue }
      if " \t=.]\"'".contains(next) { return index + 1 }
    }
    return nil
  }

  /// `; did you mean x?` for a key that is at most two edits away from a known one.
  static func suggestion(_ name: String) -> String {
    let known = ThemeKey.allCases.map(\.rawValue) + ["name", "colorblind_safe"]
    let near = known.map { ($0, distance(name, $0)) }.min { $0.1 < $1.1 }
    guard let near, near.1 <= 2 else { return "; the keys are \(known.joined(separator: ", "))" }
    return "; did you mean `\(near.0)`?"
  }

  /// Levenshtein's edit distance.
  private static func distance(_ a: String, _ b: String) -> Int {
    let b = Array(b)
    var row = Array(0...b.count)
    for (i, character) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for j in b.indices {
        let substitution = diagonal + (character == b[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[b.count]
  }
}
