/// How far a name is from those that are known, for "did you mean".
package enum SpellingDistance {
  /// The one or two closest names, if they are as close as a typing error is: a third of the name at most.
  package static func nearest(to name: String, among candidates: [String]) -> [String] {
    let typed = Array(name.lowercased().unicodeScalars.prefix(64))
    let close = candidates.enumerated().map { (distance(typed, Array($1.unicodeScalars)), $0, $1) }
      .filter { $0.0 <= max(1, typed.count / 3) }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
    guard let best = close.first else { return [] }
    return close.prefix(2).filter { $0.0 == best.0 }.map(\.2)
  }

  /// Levenshtein's: insertions, deletions and replacements.
  private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var row = Array(0...right.count)
    for (i, scalar) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in right.enumerated() {
        let replaced = diagonal + (scalar == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }
}
