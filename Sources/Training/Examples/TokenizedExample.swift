/// An example as the model sees it.
public struct TokenizedExample: Sendable, Equatable {
  /// The beginning-of-text token if the tokenizer adds one, prompt, completion, end-of-text token, or a conversation as its
  /// template writes it; cut at the sequence length.
  public var tokens: [Int32]
  /// The places in `tokens` of those that carry loss (are predicted): ascending, not empty, from 1 up since nothing precedes token 0.
  public private(set) var lossRanges: [Range<Int>]
  /// The place of the example in the list that was tokenised.
  public var exampleIndex: Int

  /// - Parameter lossRanges: ascending; what is out of range is cut off.
  public init(tokens: [Int32], lossRanges: [Range<Int>], exampleIndex: Int) {
    self.tokens = tokens
    self.exampleIndex = exampleIndex
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

  /// How many tokens carry loss.
  public var lossTokens: Int { lossRanges.reduce(0) { $0 + $1.count } }
}
