extension TokenizedDataset {
  /// The same with every example cut at a length; those with nothing left to learn are left out.
  ///
  /// - Parameter ids: of the examples that were tokenised, in their order.
  func cut(to sequenceLength: Int, ids: [Int]) -> TokenizedDataset {
    var result = TokenizedDataset(examples: [], truncated: 0, leftOut: leftOut)
    for example in examples {
      let kept = TokenizedExample(
        tokens: Array(example.tokens.prefix(sequenceLength)), lossRanges: example.lossRanges,
        exampleIndex: example.exampleIndex)
      if kept.lossTokens == 0 {
        result.leftOut.append(ids[example.exampleIndex])
      } else {
        result.examples.append(kept)
        if kept.tokens.count < example.tokens.count { result.truncated += 1 }
      }
    }
    result.leftOut.sort()
    return result
  }
}
