/// Finds added tokens in a text: leftmost first, the longest of those that start at one place.
struct AddedTokenMatcher: Sendable {
  private let tokens: [AddedToken]
  private var trie = ByteTrie()

  /// - Parameter form: what is looked for instead of the token's own content.
  init(_ tokens: [AddedToken], form: (AddedToken) -> [UInt8]) {
    self.tokens = tokens
    for (index, token) in tokens.enumerated() { trie.insert(form(token), value: Int32(index)) }
  }

  /// Calls `body` with the pieces of the text in order, each a range and the added token that it is, or nil.
  func split(_ text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>, Int32?) -> Void) {
    var done = 0
    var position = 0
    while !trie.isEmpty, position < text.count {
      guard trie.begins(with: text[position]), let (token, matchEnd) = longest(text, at: position) else {
        position += 1
        continue
      }
      var start = position
      var end = matchEnd
      position = matchEnd
      if token.isSingleWord {
        let touchesLeft = Self.scalar(before: start, text).map(Self.isWord) ?? false
        let touchesRight = Self.scalar(at: end, text).map(Self.isWord) ?? false
        if touchesLeft || touchesRight { continue }
      }
      if token.stripsLeft {
        while let space = Self.scalar(before: start, text), space.properties.isWhitespace { start -= UTF8.width(space) }
        start = max(start, done)
      }
      if token.stripsRight {
        while let space = Self.scalar(at: end, text), space.properties.isWhitespace { end += UTF8.width(space) }
      }
      if done < start { body(done..<start, nil) }
      body(start..<end, token.id)
      done = end
    }
    if done < text.count { body(done..<text.count, nil) }
  }

  private func longest(_ text: UnsafeBufferPointer<UInt8>, at start: Int) -> (AddedToken, Int)? {
    var found: (AddedToken, Int)?
    trie.forEachMatch(in: text, at: start) { found = (tokens[Int($1)], $0) }
    return found
  }

  private static func scalar(at place: Int, _ text: UnsafeBufferPointer<UInt8>) -> Unicode.Scalar? {
    var end = place + 1
    while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
    guard end <= text.count else { return nil }
    return String(decoding: UnsafeBufferPointer(rebasing: text[place..<end]), as: UTF8.self).unicodeScalars.first
  }

  private static func scalar(before place: Int, _ text: UnsafeBufferPointer<UInt8>) -> Unicode.Scalar? {
    var start = place - 1
    while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
    return start >= 0 ? scalar(at: start, text) : nil
  }

  /// Rust's `\w`: alphabetic, marks, decimal digits, connector punctuation, the two joiners.
  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isAlphabetic || scalar.value == 0x200C || scalar.value == 0x200D { return true }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
    default: return false
    }
  }
}
