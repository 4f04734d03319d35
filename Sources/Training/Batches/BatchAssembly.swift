import Transformer

/// From examples to the packed form that the model takes.
public enum BatchAssembly {
  /// One batch without padding; each example is a sequence of its own, so that attention never crosses examples and positions begin at 0 in each.
  public static func batch(_ examples: [TokenizedExample]) -> TokenBatch {
    var tokens: [Int32] = []
    var targets: [Int32] = []
    var starts: [Int32] = [0]
    let total = examples.reduce(0) { $0 + $1.tokens.count }
    tokens.reserveCapacity(total)
    targets.reserveCapacity(total)
    for example in examples {
      tokens += example.tokens
      let start = targets.count
      targets += repeatElement(-1, count: example.tokens.count)
      for place in example.lossRanges.joined() { targets[start + place - 1] = example.tokens[place] }
      starts.append(Int32(tokens.count))
    }
    return TokenBatch(
      tokens: tokens, targets: targets, sequenceStarts: starts,
      images: examples.flatMap { $0.images.flatMap(\.pixelValues) })
  }
}
