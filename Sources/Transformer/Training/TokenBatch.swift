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
