/// Lines of keys in a text, for error messages: the parser keeps no positions of what it accepted.
package enum TOMLPlaces {
  /// The line (from 1) on which a top-level key or its table begins.
  package static func line(of key: String, in text: String) -> Int? {
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

  /// A text as a basic string of TOML, with its quotes.
  package static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\u{0}"..<" ", "\u{7F}":
        let digits = String(scalar.value, radix: 16, uppercase: true)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// What a misspelt name may have meant.
package enum Spelling {
  /// The known name that is nearest, at most two edits away.
  package static func nearest(_ name: String, among known: [String]) -> String? {
    let near = known.map { ($0, distance(name, $0)) }.min { $0.1 < $1.1 }
    guard let near, near.1 <= 2 else { return nil }
    return near.0
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
