import Messages
import Training

extension RunSettings {
  /// The same as the trainer takes them; `threads` decides nothing but the time.
  public func trainingOptions(threads: Int) -> TrainingOptions {
    TrainingOptions(
      rank: rank, alpha: Float(resolvedAlpha), useRSLoRA: useRSLoRA, useDoRA: useDoRA, useBF16: useBF16,
      dropout: Float(dropout),
      learningRate: learningRate, learningRateRatio: learningRateRatio, weightDecay: weightDecay, clip: clip,
      schedule: LearningRateSchedule(schedule), warmupSteps: warmupSteps, steps: steps,
      epochs: steps == nil ? epochs : nil, batchSize: batchSize, sequenceLength: sequenceLength, packing: packing,
      shuffle: shuffle, gradientAccumulation: gradientAccumulation, seed: seed, threads: threads)
  }

  /// Settings that give these options.
  public init(_ options: TrainingOptions) {
    self.init()
    rank = options.rank
    alpha = options.alpha == 2 * Float(options.rank) ? nil : Double(options.alpha)
    useRSLoRA = options.useRSLoRA
    useDoRA = options.useDoRA
    useBF16 = options.useBF16
    dropout = Double(options.dropout)
    learningRate = options.learningRate
    learningRateRatio = options.learningRateRatio
    weightDecay = options.weightDecay
    clip = options.clip
    schedule = Schedule(options.schedule)
    warmupSteps = options.warmupSteps
    steps = options.steps
    epochs = options.epochs ?? epochs
    batchSize = options.batchSize
    gradientAccumulation = options.gradientAccumulation
    sequenceLength = options.sequenceLength
    packing = options.packing
    shuffle = options.shuffle
    seed = options.seed
  }
}

extension LearningRateSchedule {
  init(_ schedule: RunSettings.Schedule) {
    switch schedule {
    case .constant: self = .constant
    case .linear: self = .linear
    case .cosine: self = .cosine
    }
  }
}

extension RunSettings.Schedule {
  init(_ schedule: LearningRateSchedule) {
    switch schedule {
    case .constant: self = .constant
    case .linear: self = .linear
    case .cosine: self = .cosine
    }
  }
}
