import Transformer

/// Everything that decides the embedded base. Equal options give equal bits on one instruction set at any thread count, as long as
/// `tokens` is reached before `budgetMinutes`.
public struct PretrainingOptions: Codable, Sendable, Equatable {
  public var seed: UInt64 = 0
  public var configuration = ModelConfiguration(
    vocabularySize: 1536, hiddenSize: 192, layers: 6, heads: 6, kvHeads: 3, headSize: 32, intermediateSize: 512,
    ropeTheta: 10_000, rmsNormEpsilon: 1e-5, tieWordEmbeddings: true, maxPositions: 32_768,
    names: .smolvlm, modelType: "smolvlm",
    vision: VisionConfiguration(
      imageSize: Picture.size, patchSize: Picture.cell / 2, hiddenSize: 64, layers: 2, heads: 2, intermediateSize: 128,
      scaleFactor: 2, imageToken: PretrainingTokenizer.imageToken))
  /// Tokens to train on; decides schedule and curriculum.
  public var tokens = 19_400_000
  /// Minutes of training, over all resumptions, after which it ends early: the schedule then runs by time.
  public var budgetMinutes = 150.0
  public var learningRate = 1e-3
  public var warmupSteps = 60
  /// Share of the training, at its end, over which the rate falls linearly to zero.
  public var decayShare = 0.4
  /// Share of the training over which exercises grow to their full size.
  public var curriculumShare = 0.3
  public var weightDecay = 0.01
  public var clip = 1.0
  public var sequences = 12
  public var sequenceLength = 192
  /// Share of the sequences that hold a picture, for a base that sees.
  public var pictureShare = 0.35
  /// Share of the learning rate for tower and connector. Their constructed start reads print from the first step on, and a step of Adam's moves
  /// the connector's output by the rate times its many inputs: at the full rate reading was gone after a few hundred steps.
  public var sightShare = 0.02
  /// Bytes of text that the tokenizer is trained on.
  public var tokenizerBytes = 2_000_000
  /// Seconds between checkpoints.
  public var checkpointSeconds = 60.0
  /// Share of the training between two probes.
  public var probeShare = 0.1
  public var probeInstances = 100

  public init() {}
}
