/// How well a few typed letters fit a text that has them all in this order.
enum FuzzyMatch {
  private static let letter = 1
  /// A letter that begins a word was meant more often than one inside,
  private static let wordStart = 8
  /// and so was one that follows the letter before it.
  private static let adjacent = 10
  private static let gap = -2
  /// Of a typed letter, on average: less are letters that a long text has anyway.
  private static let least = 3

  /// The best of all ways to find the letters, by dynamic programming over the ends of what was found so far.
  ///
  /// - Parameter query: its case and its blanks do not matter.
  /// - Returns: nil where a letter is missing; a larger number is a better fit.
  static func score(_ query: String, in text: String) -> Int? {
    let wanted = query.lowercased().filter { $0 != " " }.map { $0 }
    let letters = text.lowercased().map { $0 }
    if wanted.isEmpty { return 0 }
    guard wanted.count <= letters.count else { return nil }
    // Of the letters found so far, the best score with the last one at this place.
    var ends = [Int?](repeating: nil, count: letters.count)
    for (index, character) in wanted.enumerated() {
      var next = [Int?](repeating: nil, count: letters.count)
      // The best end before the neighbouring place.
      var earlier: Int?
      for place in letters.indices {
        let neighbour = place > 0 ? ends[place - 1] : nil
        if letters[place] == character {
          var from: Int? = index == 0 ? 0 : nil
          if index > 0 { from = better(neighbour.map { $0 + adjacent }, earlier.map { $0 + gap }) }
          next[place] = from.map { $0 + letter + (startsWord(place, letters) ? wordStart : 0) }
        }
        earlier = better(earlier, neighbour)
      }
      ends = next
    }
    let best = ends.reduce(nil, better)
    return wanted.count < 3 ? best : best.flatMap { $0 >= least * wanted.count ? $0 : nil }
  }

  private static func better(_ a: Int?, _ b: Int?) -> Int? {
    guard let a else { return b }
    guard let b else { return a }
    return max(a, b)
  }

  private static func startsWord(_ place: Int, _ letters: [Character]) -> Bool {
    place == 0 || !(letters[place - 1].isLetter || letters[place - 1].isNumber)
  }
}
