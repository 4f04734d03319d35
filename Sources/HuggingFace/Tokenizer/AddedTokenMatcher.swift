/// Finds added tokens in a text: leftmost first, the longest of those that start at one place.
struct AddedTokenMatcher: Sendable {
  private struct Node: Sendable {
    var children: [UInt32: Int] = [:]
    var token: Int?
  }

  private let tokens: [AddedToken]
  private var nodes: [Node] = [Node()]

  /// - Parameter form: what is looked for instead of the token's own content.
  init(_ tokens: [AddedToken], form: (String) -> [UInt32]) {
    self.tokens = tokens
    for (index, token) in tokens.enumerated() {
      let scalars = form(token.content)
      guard !scalars.isEmpty else { continue }
      var node = 0
      for scalar in scalars {
        if let child = nodes[node].children[scalar] {
          node = child
        } else {
          nodes.append(Node())
          nodes[node].children[scalar] = nodes.count - 1
          node = nodes.count - 1
        }
      }
      if nodes[node].token == nil { nodes[node].token = index }
    }
  }

  var isEmpty: Bool { nodes.count == 1 }

  /// Calls `body` with the pieces of the text in order, each a range and the added token that it is, or nil.
  func split(_ text: [UInt32], _ body: (Range<Int>, Int32?) -> Void) {
    var done = 0
    var position = 0
    while position < text.count {
      guard let (token, matchEnd) = longest(text, at: position) else {
        position += 1
        continue
      }
      var start = position
      var end = matchEnd
      position = matchEnd
      if token.isSingleWord {
        let touchesLeft = start > 0 && Self.isWord(text[start - 1])
        let touchesRight = end < text.count && Self.isWord(text[end])
        if touchesLeft || touchesRight { continue }
      }
      if token.stripsLeft {
        while start > done, Self.isSpace(text[start - 1]) { start -= 1 }
      }
      if token.stripsRight {
        while end < text.count, Self.isSpace(text[end]) { end += 1 }
      }
      if start < done { continue }
      if done < start { body(done..<start, nil) }
      body(start..<end, token.id)
      done = end
      position = max(position, end)
    }
    if done < text.count { body(done..<text.count, nil) }
  }

  private func longest(_ text: [UInt32], at start: Int) -> (AddedToken, Int)? {
    var node = 0
    var position = start
    var found: (AddedToken, Int)?
    while position < text.count, let child = nodes[node].children[text[position]] {
      node = child
      position += 1
      if let index = nodes[node].token { found = (tokens[index], position) }
    }
    return found
  }

  private static func isSpace(_ value: UInt32) -> Bool {
    Unicode.Scalar(value)?.properties.isWhitespace ?? false
  }

  /// Rust's `\w`: alphabetic, marks, decimal digits, connector punctuation, the two joiners.
  private static func isWord(_ value: UInt32) -> Bool {
    guard let scalar = Unicode.Scalar(value) else { return false }
    return scalar.properties.isAlphabetic || CategoryBits.of(value) & CategoryBits.word != 0 || value == 0x200C
      || value == 0x200D
  }
}
