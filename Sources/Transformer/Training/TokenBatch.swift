import Recipe

/// Sequences packed one after another, with what each position shall predict.
public struct TokenBatch: Sendable, Equatable {
  /// `[T]` token ids, the sequences concatenated without padding.
  public var tokens: [Int32]
  /// `[T]` the id that follows each position; −1 where the position carries no loss.
  public var targets: [Int32]
  /// Prefix sums of the sequences' lengths: count is sequences + 1, the first is 0, the last is T.
  public var sequenceStarts: [Int32]
  /// The images in the order of the sequences. Each takes the place of the next `VisionConfiguration.tokensPerImage` occurrences
  /// of `VisionConfiguration.imageToken` in `tokens`.
  public var images: [PixelValues]

  public init(tokens: [Int32], targets: [Int32], sequenceStarts: [Int32], images: [PixelValues] = []) {
    self.tokens = tokens
    self.targets = targets
    self.sequenceStarts = sequenceStarts
    self.images = images
  }

  /// Packs sequences; `targets[i]` is as long as `sequences[i]`.
  public init(sequences: [[Int32]], targets: [[Int32]], images: [PixelValues] = []) {
    self.images = images
    tokens = sequences.flatMap { $0 }
    self.targets = targets.flatMap { $0 }
    sequenceStarts = sequences.reduce(into: [0]) { $0.append(($0.last ?? 0) + Int32($1.count)) }
  }

  /// One sequence in which every token after the first is a target.
  public init(nextTokensOf sequence: [Int32]) {
    self.init(sequences: [sequence], targets: [Array(sequence.dropFirst()) + (sequence.isEmpty ? [] : [-1])])
  }

  public var sequences: Int { max(0, sequenceStarts.count - 1) }

  /// Positions that carry loss.
  public var lossTokens: Int { targets.reduce(0) { $0 + ($1 >= 0 ? 1 : 0) } }

  /// Refuses what a pass of this model could not run: call it once for each data set. The passes only assert it.
  public func check(in configuration: ModelConfiguration) throws(BatchError) {
    guard tokens.count == targets.count, sequenceStarts.first == 0, sequenceStarts.last == Int32(tokens.count) else {
      throw .packing
    }
    for (index, pair) in zip(sequenceStarts, sequenceStarts.dropFirst()).enumerated() {
      guard pair.0 <= pair.1 else { throw .packing }
      let length = Int(pair.1 - pair.0)
      guard length <= configuration.maxPositions else {
        throw .tooLong(sequence: index, length: length, limit: configuration.maxPositions)
      }
    }
    for (position, token) in tokens.enumerated() where token < 0 || token >= configuration.vocabularySize {
      throw .token(token, position: position, vocabulary: configuration.vocabularySize)
    }
    for (position, token) in targets.enumerated() where token < -1 || token >= configuration.vocabularySize {
      throw .token(token, position: position, vocabulary: configuration.vocabularySize)
    }
    if let problem = ImageProblem(tokens: tokens, images: images, in: configuration) { throw .images(problem) }
  }
}

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

/// What is wrong with a batch of tokens, in one line.
public enum BatchError: ExitStatusError, Equatable {
  case packing
  case tooLong(sequence: Int, length: Int, limit: Int)
  case token(Int32, position: Int, vocabulary: Int)
  case images(ImageProblem)

  public var description: String {
    switch self {
    case .packing: "batch: tokens, targets and sequence starts do not describe the same packing"
    case .tooLong(let sequence, let length, let limit):
      "batch: sequence \(sequence) has \(length) tokens, the model takes at most \(limit); lower --sequence-length"
    case .token(let token, let position, let vocabulary):
      "batch: token id \(token) at position \(position) is outside the model's vocabulary of \(vocabulary); "
        + "does the tokenizer belong to this model?"
    case .images(let problem): "batch: \(problem)"
    }
  }

  /// `EX_DATAERR`.
  public var exitStatus: Int32 { 65 }
}
