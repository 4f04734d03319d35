/// The words of GPT-2's pattern, most of them without the pattern: letters or digits of ASCII, with a space before them or none, end
/// where the next byte is of ASCII and none of them. What begins otherwise is left to the pattern.
enum GPT2Words {
  /// Calls `body` with the pattern's matches in order; together they are the text.
  static func forEach(
    of text: UnsafeBufferPointer<UInt8>, pattern: Pattern, _ matcher: PatternMatcher, _ body: (Range<Int>) -> Void
  ) {
    var place = 0
    while place < text.count {
      if let end = plainEnd(text, place) {
        body(place..<end)
        place = end
        continue
      }
      // The pattern matches every text at once, so that there is nothing between two matches.
      guard let match = matcher.firstMatch(of: pattern, in: text, from: place), !match.isEmpty else {
        return body(place..<text.count)
      }
      if place < match.lowerBound { body(place..<match.lowerBound) }
      body(match)
      place = match.upperBound
    }
  }

  /// Where a word that begins at `place` ends, if ASCII alone tells.
  @inline(__always)
  private static func plainEnd(_ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> Int? {
    var end = place
    if text[end] == 0x20 { end += 1 }
    guard end < text.count else { return nil }
    let isWord: Bool
    if isLetter(text[end]) {
      repeat { end += 1 } while end < text.count && isLetter(text[end])
      isWord = true
    } else if isDigit(text[end]) {
      repeat { end += 1 } while end < text.count && isDigit(text[end])
      isWord = true
    } else {
      isWord = false
    }
    return isWord && (end == text.count || text[end] < 0x80) ? end : nil
  }

  @inline(__always)
  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

  @inline(__always)
  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
