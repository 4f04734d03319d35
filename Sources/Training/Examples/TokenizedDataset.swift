/// Tokenised examples, and what became of those that did not fit.
public struct TokenizedDataset: Sendable {
  /// In the order of the list that was tokenised.
  public var examples: [TokenizedExample]
  /// How many of `examples` were cut at their end.
  public var truncated: Int
  /// The ids of the examples that were left out, since no loss-carrying token was left or the cut would have fallen into a picture.
  public var leftOut: [Int]

  public init(examples: [TokenizedExample], truncated: Int, leftOut: [Int]) {
    self.examples = examples
    self.truncated = truncated
    self.leftOut = leftOut
  }

  /// Tokens of all examples.
  public var tokens: Int { examples.reduce(0) { $0 + $1.tokens.count } }
  /// Loss-carrying tokens of all examples.
  public var lossTokens: Int { examples.reduce(0) { $0 + $1.lossTokens } }
}
