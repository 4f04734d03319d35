extension TokenizedDataset {
  /// The same with every example cut at a length; those with nothing left to learn are left out.
  ///
  /// - Parameter ids: of the examples that were tokenised, in their order.
  package func cut(to sequenceLength: Int, ids: [Int]) -> TokenizedDataset {
    var result = TokenizedDataset(examples: [], truncated: 0, leftOut: leftOut)
    for example in examples {
      if let kept = example.cut(to: sequenceLength) {
        result.examples.append(kept)
        if kept.tokens.count < example.tokens.count { result.truncated += 1 }
      } else {
        result.leftOut.append(ids[example.exampleIndex])
      }
    }
    result.leftOut.sort()
    return result
  }
}
