import Text

/// Ends an answer whose score nothing that follows can change. Which outputs those are says the metric: ``Metric/settling(for:)``.
///
/// What it answers depends on an answer's tokens alone, so that where an answer ends does not depend on its company.
struct EarlyStop: Sendable {
  /// Tokens between two looks, since each reads the whole answer so far.
  static let interval = 8

  private let tokenizer: Tokenizer
  private let maxNewTokens: Int
  private let settlings: [SettledByBeginning?]

  /// Nil where no answer can be ended.
  init?(
    _ tokenizer: Tokenizer, tokenising: Tokenising, examples: [Example], metric: any Metric, maxNewTokens: Int
  ) {
    guard maxNewTokens > Self.interval else { return nil }
    self.tokenizer = tokenizer
    self.maxNewTokens = maxNewTokens
    settlings = examples.map { example in
      guard let settling = metric.settling(for: example) else { return nil }
      // What is taken off an output's front is only seen once all of it is there.
      return tokenising.lead(beforeAnswerTo: example).isEmpty ? settling : nil
    }
    if settlings.allSatisfy({ $0 == nil }) { return nil }
  }

  /// - Parameters:
  ///   - index: the example's.
  ///   - tokens: of its answer so far, which has not ended by itself.
  func ends(_ index: Int, _ tokens: [Int32]) -> Bool {
    guard tokens.count % Self.interval == 0, !tokens.isEmpty, tokens.count < maxNewTokens,
      let isSettled = settlings[index], let text = tokenizer.lastingText(tokens, skipSpecial: true)
    else { return false }
    return isSettled(text)
  }
}
