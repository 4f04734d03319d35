import Text

/// Tokens with the text that each adds to those before it.
package enum TokenPieces {
  package static func of(_ example: TokenizedExample, tokenizer: Tokenizer) -> [TokenPiece] {
    let trained = Set(example.lossRanges.joined())
    let imageToken = example.imageRanges.first.map { example.tokens[$0.lowerBound] }
    let parts = example.tokens.indices.map { place -> [UInt8] in
      if let imageToken, example.tokens[place] == imageToken { return [] }
      // Behind its neighbour, since some tokenizers write the first token of a text in another way.
      let id = example.tokens[place]
      guard place > 0 else { return tokenizer.decodeBytes([id], skipSpecial: false) }
      let before = tokenizer.decodeBytes([example.tokens[place - 1]], skipSpecial: false)
      let both = tokenizer.decodeBytes([example.tokens[place - 1], id], skipSpecial: false)
      return both.starts(with: before)
        ? Array(both.dropFirst(before.count))
        : tokenizer.decodeBytes([id], skipSpecial: false)
    }
    let texts = texts(of: parts)
    var pieces: [TokenPiece] = []
    var run = 0
    for place in example.tokens.indices {
      let id = example.tokens[place]
      guard id == imageToken else {
        pieces.append(TokenPiece(id: id, text: texts[place], isTrained: trained.contains(place)))
        continue
      }
      run += 1
      if place + 1 < example.tokens.count, example.tokens[place + 1] == id { continue }
      let side = Int(Double(run).squareRoot())
      let size = side * side == run ? "\(side)×\(side)" : "\(run)"
      pieces.append(TokenPiece(id: id, text: "[image \(size)]", isTrained: false))
      run = 0
    }
    return pieces
  }

  /// Each part's text; parts are put together until they are whole characters.
  static func texts(of parts: [[UInt8]]) -> [String] {
    var texts = [String](repeating: "", count: parts.count)
    var start = 0
    var pending: [UInt8] = []
    for (place, part) in parts.enumerated() {
      if pending.isEmpty { start = place }
      pending += part
      // A character has at most four bytes: what is still broken then is not UTF-8.
      let broken = UTF8Validation.firstInvalidOffset(pending).map { pending.count - $0 }
      if let broken, broken < 4, place + 1 < parts.count { continue }
      texts[start] = String(decoding: pending, as: UTF8.self)
      pending = []
    }
    return texts
  }
}
