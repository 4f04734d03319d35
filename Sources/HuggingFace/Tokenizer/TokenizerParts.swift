/// All that a tokenizer consists of.
struct TokenizerParts: Sendable {
  enum Piece {
    case token(Int32)
    case word(UnsafeBufferPointer<UInt32>)
  }

  /// By id; nil where the vocabulary has a hole.
  let tokens: [String?]
  let tokenCount: Int
  let specialIDs: Set<Int32>
  let encoder: BytePairEncoder
  /// Looked for in the text as it is, and in the normalised text.
  let rawTokens: AddedTokenMatcher
  let normalizedTokens: AddedTokenMatcher
  let normalizers: [Normalizer]
  let preTokenizers: [PreTokenizer]
  let prefix: [Int32]
  let suffix: [Int32]

  static func normalize(_ text: [UInt32], _ normalizers: [Normalizer]) -> [UInt32] {
    normalizers.reduce(text) { $1.apply($0) }
  }

  /// Calls `body` with the added tokens and words of a text in order. A word's buffer is valid during the call.
  func forEachWord(of text: String, _ body: (Piece) -> Void) {
    let scalars = text.unicodeScalars.map(\.value)
    Self.split(scalars, with: rawTokens) { range, token in
      if let token {
        body(.token(token))
        return
      }
      let part = Self.normalize(range.count == scalars.count ? scalars : Array(scalars[range]), normalizers)
      Self.split(part, with: normalizedTokens) { range, token in
        if let token {
          body(.token(token))
          return
        }
        part.withUnsafeBufferPointer { part in
          PreTokenizer.run(preTokenizers, UnsafeBufferPointer(rebasing: part[range])) { body(.word($0)) }
        }
      }
    }
  }

  private static func split(
    _ text: [UInt32], with matcher: AddedTokenMatcher, _ body: (Range<Int>, Int32?) -> Void
  ) {
    if matcher.isEmpty {
      if !text.isEmpty { body(0..<text.count, nil) }
    } else {
      matcher.split(text, body)
    }
  }
}
