import Recipe
import Transformer

/// Everything that decides a run besides its base, its data and its targets. Two runs with equal options (`threads` aside), base, data and
/// targets have the same losses and adapters, bit for bit, on one instruction set.
public struct TrainingOptions: Codable, Sendable, Equatable {
  /// Columns of A and B; default 8, as in PEFT.
  public var rank: Int
  /// LoRA's α; default 2 × rank.
  public var alpha: Float
  /// Scaling α/√r instead of α/r (2312.03732).
  public var useRSLoRA: Bool
  /// Weight-decomposed adapters (DoRA, 2402.09353).
  public var useDoRA: Bool {
    get { dora ?? false }
    set { dora = newValue ? true : nil }
  }
  /// Absent without DoRA, as in what earlier versions stored.
  private var dora: Bool?
  /// Products by the base's weights and the adapters and inside attention in bfloat16, forward and backward; adapters' gradients,
  /// everything else, and every sum stay FP32.
  public var useBF16: Bool {
    get { bf16 ?? false }
    set { bf16 = newValue ? true : nil }
  }
  /// Absent without it, as in what earlier versions stored.
  private var bf16: Bool?
  /// Probability with which an input of A is zeroed during training, 0 ≤ dropout < 1.
  public var dropout: Float
  /// The learning rate of A, and of B before `learningRateRatio`.
  public var learningRate: Double
  /// The learning rate of B divided by that of A (LoRA+, 2402.12354); default 1.
  public var learningRateRatio: Double
  public var beta1: Double
  public var beta2: Double
  public var epsilon: Double
  /// Decoupled, as in AdamW (1711.05101); default 0.
  public var weightDecay: Double
  /// The largest global gradient norm; a larger one is scaled down to it. 0 means no clipping; default 1.
  public var clip: Double
  public var schedule: LearningRateSchedule
  /// Steps over which the rate rises linearly from 0.
  public var warmupSteps: Int
  /// Optimiser steps, wrapping over epochs. Exactly one of `steps` and `epochs` is set.
  public var steps: Int?
  /// Passes over the data, fractions allowed.
  public var epochs: Double?
  /// Sequences of a batch.
  public var batchSize: Int
  /// The longest sequence, in tokens; a longer example is cut at its end.
  public var sequenceLength: Int
  /// Whether a batch is `batchSize` × `sequenceLength` tokens' worth of whole examples rather than `batchSize` examples.
  public var packing: Bool
  /// Whether each epoch has a random order of its own, or the file's.
  public var shuffle: Bool
  /// Batches whose gradients make one step.
  public var gradientAccumulation: Int
  /// Decides the adapter's start, the order of the examples and the dropout masks.
  public var seed: UInt64
  /// Workers; decides nothing but the time.
  public var threads: Int

  public init(
    rank: Int = 8, alpha: Float? = nil, useRSLoRA: Bool = false, useDoRA: Bool = false, useBF16: Bool = false,
    dropout: Float = 0, learningRate: Double = 2e-4, learningRateRatio: Double = 1,
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0, clip: Double = 1,
    schedule: LearningRateSchedule = .constant, warmupSteps: Int = 0,
    steps: Int? = nil, epochs: Double? = nil,
    batchSize: Int = 8, sequenceLength: Int = 256,
    packing: Bool = true, shuffle: Bool = true, gradientAccumulation: Int = 1,
    seed: UInt64 = 0, threads: Int = 1
  ) {
    self.rank = rank
    self.alpha = alpha ?? 2 * Float(rank)
    self.useRSLoRA = useRSLoRA
    dora = useDoRA ? true : nil
    bf16 = useBF16 ? true : nil
    self.dropout = dropout
    self.learningRate = learningRate
    self.learningRateRatio = learningRateRatio
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.clip = clip
    self.schedule = schedule
    self.warmupSteps = warmupSteps
    self.steps = steps
    self.epochs = steps == nil ? (epochs ?? 1) : epochs
    self.batchSize = batchSize
    self.sequenceLength = sequenceLength
    self.packing = packing
    self.shuffle = shuffle
    self.gradientAccumulation = gradientAccumulation
    self.seed = seed
    self.threads = threads
  }

  /// The adapter that these options ask for.
  ///
  /// - Throws: what the model has no module for, or only as a part of a fused one.
  public func specification(
    targets: Targets, in configuration: ModelConfiguration
  ) throws(TargetError) -> LoRASpecification {
    try LoRASpecification(
      targets: targets, in: configuration, rank: rank, alpha: alpha, useRSLoRA: useRSLoRA, dropout: dropout,
      useDoRA: useDoRA)
  }
}
