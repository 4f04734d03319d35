/// An example as the model sees it.
public struct TokenizedExample: Sendable, Equatable {
  /// The beginning-of-text token if the tokenizer adds one, prompt, completion, end-of-text token; cut at the sequence length.
  public var tokens: [Int32]
  /// The index in `tokens` of the first token that carries loss (is predicted), at least 1 since nothing precedes token 0.
  public var lossStart: Int
  /// The place of the example in the list that was tokenised.
  public var exampleIndex: Int

  public init(tokens: [Int32], lossStart: Int, exampleIndex: Int) {
    self.tokens = tokens
    self.lossStart = max(1, lossStart)
    self.exampleIndex = exampleIndex
  }

  /// How many tokens carry loss.
  public var lossTokens: Int { max(0, tokens.count - lossStart) }
}
