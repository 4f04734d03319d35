import HuggingFace

/// An example as the model sees it.
public struct TokenizedExample: Sendable, Equatable {
  /// The beginning-of-text token if the tokenizer adds one, prompt, completion, end-of-text token, or a conversation as its
  /// template writes it; cut at the sequence length.
  public var tokens: [Int32]
  /// The places in `tokens` of those that carry loss (are predicted): ascending, not empty, from 1 up since nothing precedes token 0.
  public private(set) var lossRanges: [Range<Int>]
  /// The place of the example in the list that was tokenised.
  public var exampleIndex: Int
  /// Of a conversation that makes one example of each answer, the turn (from 1) whose answer this one is.
  public var turn: Int?
  /// The pictures in the order of their tokens, as bytes: floats are made for a batch.
  public private(set) var images: [ImageTiles]
  /// For each picture, from its first image token to behind its last; the markers around it are not counted.
  public private(set) var imageRanges: [Range<Int>]

  /// - Parameters:
  ///   - lossRanges: ascending; what is out of range is cut off.
  ///   - imageRanges: ascending, one for each image.
  public init(
    tokens: [Int32], lossRanges: [Range<Int>], exampleIndex: Int, images: [ImageTiles] = [],
    imageRanges: [Range<Int>] = []
  ) {
    precondition(images.count == imageRanges.count, "each image has its tokens")
    self.tokens = tokens
    self.exampleIndex = exampleIndex
    self.images = images
    self.imageRanges = imageRanges
    let whole = min(1, tokens.count)..<tokens.count
    self.lossRanges = lossRanges.map { $0.clamped(to: whole) }.filter { !$0.isEmpty }
  }

  /// Every token from `lossStart` on carries loss.
  public init(tokens: [Int32], lossStart: Int, exampleIndex: Int) {
    self.init(
      tokens: tokens, lossRanges: [min(max(0, lossStart), tokens.count)..<tokens.count], exampleIndex: exampleIndex)
  }

  /// The index in `tokens` of the first token that carries loss.
  public var lossStart: Int { lossRanges.first?.lowerBound ?? max(1, tokens.count) }

  /// The first tokens, with the pictures that are among them; nil if no loss is left in them, or if the cut would fall into a picture.
  func cut(to length: Int) -> TokenizedExample? {
    let isWhole = tokens.count <= length
    guard isWhole || imageRanges.allSatisfy({ $0.upperBound <= length || $0.lowerBound >= length }) else { return nil }
    let kept = imageRanges.count { $0.upperBound <= length }
    var result = self
    if !isWhole {
      result = TokenizedExample(
        tokens: Array(tokens.prefix(length)), lossRanges: lossRanges, exampleIndex: exampleIndex,
        images: Array(images.prefix(kept)), imageRanges: Array(imageRanges.prefix(kept)))
      result.turn = turn
    }
    return result.lossTokens > 0 ? result : nil
  }

  /// How many tokens carry loss.
  public var lossTokens: Int { lossRanges.reduce(0) { $0 + $1.count } }
}
