import HuggingFace

/// From text to tokens. Prompt and completion are tokenised separately and joined, so that the loss begins at a token boundary.
public struct Tokenising: Sendable {
  /// What the tokenizer's post-processor puts before a text: a beginning-of-text token, or nothing.
  public let prefix: [Int32]
  /// The token that ends a completion, if the tokenizer has one.
  public let endOfText: Int32?
  private let encode: @Sendable (String) -> [Int32]

  public init(_ tokenizer: Tokenizer) {
    self.init(prefix: tokenizer.prefixTokens, endOfText: tokenizer.eosToken) {
      tokenizer.encode($0, addSpecial: false)
    }
  }

  package init(prefix: [Int32], endOfText: Int32?, encode: @escaping @Sendable (String) -> [Int32]) {
    self.prefix = prefix
    self.endOfText = endOfText
    self.encode = encode
  }

  /// The tokens that a prompt is generated from: prefix and prompt.
  public func prompt(_ text: String) -> [Int32] {
    prefix + encode(text)
  }

  /// One example of at most `sequenceLength` tokens, nil if none of them would carry loss; `truncated` says whether it was cut.
  public func tokenize(
    _ example: Example, index: Int, sequenceLength: Int
  ) -> (example: TokenizedExample?, truncated: Bool) {
    var tokens = prompt(example.prompt)
    let lossStart = tokens.count
    tokens += encode(example.completion)
    if let endOfText { tokens.append(endOfText) }
    let truncated = tokens.count > sequenceLength
    if truncated { tokens.removeLast(tokens.count - sequenceLength) }
    let tokenized = TokenizedExample(tokens: tokens, lossStart: lossStart, exampleIndex: index)
    return (tokenized.lossTokens > 0 ? tokenized : nil, truncated)
  }

  /// A whole data set. Throws `TrainingError.noExamples`, naming `source` (a file or a task), if nothing is left.
  public func tokenize(_ examples: [Example], sequenceLength: Int, source: String) throws -> TokenizedDataset {
    var dataset = TokenizedDataset(examples: [], truncated: 0, leftOut: [])
    dataset.examples.reserveCapacity(examples.count)
    for (index, example) in examples.enumerated() {
      let (tokenized, truncated) = tokenize(example, index: index, sequenceLength: sequenceLength)
      if let tokenized {
        dataset.examples.append(tokenized)
        if truncated { dataset.truncated += 1 }
      } else {
        dataset.leftOut.append(example.id)
      }
    }
    guard !dataset.examples.isEmpty else {
      throw TrainingError.noExamples(
        source: source, leftOut: dataset.leftOut.count, sequenceLength: sequenceLength)
    }
    return dataset
  }
}
