extension TokenBatch {
  /// Tokens of a part, about.
  private static let partTokens = 512

  /// What goes through the model at a time: whole sequences, about 512 tokens of them. Activations are kept for one part, and
  /// gradients add up over the parts, as they would over the sequences of one.
  ///
  /// A step takes no longer, since so many rows keep the matrix products busy, and their activations stay in the third-level
  /// cache. How a batch is cut depends on its lengths alone.
  package func parts(in configuration: ModelConfiguration) -> [TokenBatch] {
    let ends = Self.ends(lengths: zip(sequenceStarts, sequenceStarts.dropFirst()).map { Int($1 - $0) })
    guard ends.count > 1 else { return [self] }
    var parts: [TokenBatch] = []
    var first = 0
    var image = 0
    for end in ends {
      let range = Int(sequenceStarts[first])..<Int(sequenceStarts[end])
      var count = 0
      if let vision = configuration.vision, !images.isEmpty {
        count = tokens[range].reduce(0) { $0 + ($1 == vision.imageToken ? 1 : 0) } / max(1, vision.tokensPerImage)
      }
      let last = min(images.count, image + count)
      parts.append(
        TokenBatch(
          tokens: Array(tokens[range]), targets: Array(targets[range]),
          sequenceStarts: sequenceStarts[first...end].map { $0 - sequenceStarts[first] },
          images: Array(images[image..<last])))
      image = last
      first = end
    }
    return parts
  }

  /// After how many sequences each part ends.
  static func ends(lengths: [Int]) -> [Int] {
    let total = lengths.reduce(0, +)
    let parts = max(1, (total + partTokens / 2) / partTokens)
    var ends: [Int] = []
    var tokens = 0
    var ended = 0
    for (index, length) in lengths.enumerated() {
      // Half of a sequence decides to which side it falls.
      let isFull = (tokens + length / 2) * parts >= (ends.count + 1) * total
      if isFull, ends.count + 1 < parts, tokens > ended {
        ends.append(index)
        ended = tokens
      }
      tokens += length
    }
    ends.append(lengths.count)
    return ends
  }
}
