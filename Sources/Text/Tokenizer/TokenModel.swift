/// What makes tokens of words.
enum TokenModel: Sendable {
  case bytePair(BytePairModel)
  case unigram(UnigramModel)
  case wordPiece(WordPieceModel)

  var vocabulary: TokenTable {
    switch self {
    case .bytePair(let model): model.vocabulary
    case .unigram(let model): model.vocabulary
    case .wordPiece(let model): model.vocabulary
    }
  }

  func encode(_ word: UnsafeBufferPointer<UInt8>, into output: inout [Int32]) {
    switch self {
    case .bytePair(let model): model.encode(word, into: &output)
    case .unigram(let model): model.encode(word, into: &output)
    case .wordPiece(let model): model.encode(word, into: &output)
    }
  }
}
