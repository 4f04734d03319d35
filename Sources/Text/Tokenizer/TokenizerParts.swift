/// All that a tokenizer consists of.
struct TokenizerParts: Sendable {
  let model: TokenModel
  let added: AddedVocabulary
  let normalizers: [Normalizer]
  let preTokenizers: [PreTokenizer]
  /// nil: tokens are joined by spaces.
  let decoders: [TokenDecoder]?
  let prefix: [Int32]
  let suffix: [Int32]

  enum Piece {
    case token(Int32)
    case word(UnsafeBufferPointer<UInt8>)
  }

  static func normalized(_ text: String, _ normalizers: [Normalizer], matcher: PatternMatcher) -> [UInt8] {
    var bytes = Array(text.utf8)
    var keepsStart = true
    if matcher.failure == nil { matcher.begin(bytes.count) }
    for normalizer in normalizers { normalizer.apply(&bytes, keepsStart: &keepsStart, matcher: matcher) }
    return bytes
  }

  /// The text of a token, in UTF-8, as the vocabulary writes it.
  func token(_ id: Int32) -> [UInt8]? {
    if let token = added.tokens[id] { return Array(token.content.utf8) }
    return model.vocabulary[id].map { Array($0) }
  }

  func id(of token: String) -> Int32? {
    added.tokens.values.first { $0.content.utf8.elementsEqual(token.utf8) }?.id ?? model.vocabulary.id(of: token)
  }

  /// What the decoders make of tokens.
  func text(of tokens: [[UInt8]], keepsBytes: Bool, failure: inout PatternError?) -> [UInt8] {
    guard let decoders else { return Array(tokens.joined(separator: [0x20])) }
    var parts = tokens
    for decoder in decoders where failure == nil {
      parts = decoder.apply(parts, keepsBytes: keepsBytes, failure: &failure)
    }
    return Array(parts.joined())
  }

  /// Calls `body` with the added tokens and words of a text in order. A word's buffer is valid during the call.
  ///
  /// - Parameter matchers: one for each pre-tokenizer; the last one more, for the normalizers.
  func forEachPiece(
    of text: UnsafeBufferPointer<UInt8>, matchers: [PatternMatcher], _ body: (Piece) -> Void
  ) {
    added.raw.split(text) { range, token in
      if let token { return body(.token(token)) }
      let part = UnsafeBufferPointer(rebasing: text[range])
      guard !normalizers.isEmpty, let matcher = matchers.last else {
        return forEachWord(of: part, startsText: range.lowerBound == 0, matchers, body)
      }
      var changed = Array(part)
      var keepsStart = true
      for normalizer in normalizers { normalizer.apply(&changed, keepsStart: &keepsStart, matcher: matcher) }
      changed.withUnsafeBufferPointer {
        forEachWord(of: $0, startsText: keepsStart && range.lowerBound == 0, matchers, body)
      }
    }
  }

  private func forEachWord(
    of text: UnsafeBufferPointer<UInt8>, startsText: Bool, _ matchers: [PatternMatcher], _ body: (Piece) -> Void
  ) {
    added.normalized.split(text) { range, token in
      if let token { return body(.token(token)) }
      PreTokenizer.run(
        preTokenizers, UnsafeBufferPointer(rebasing: text[range]), startsText: startsText && range.lowerBound == 0,
        matchers
      ) { body(.word($0)) }
    }
  }
}
