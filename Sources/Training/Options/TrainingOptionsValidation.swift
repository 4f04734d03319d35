import Kernels

extension TrainingOptions {
  /// What ``useBF16`` needs.
  public static let bf16Needs = "a processor with AVX512-BF16, and LORASCOPE_INSTRUCTION_SET unset or avx512"
  public static var canUseBF16: Bool { ProductArithmetic.bfloat16.isAvailable }

  /// Throws `TrainingError.invalidOption` for the first value that no run can be made of. Option names are those of the command line.
  public func validate() throws {
    try require(rank >= 1 && rank <= 4096, "rank", "\(rank)", "a whole number from 1 to 4096")
    try require(alpha.isFinite && alpha > 0, "alpha", "\(alpha)", "a number above 0")
    try require(!useBF16 || Self.canUseBF16, "bf16", "on", "left out here: it needs \(Self.bf16Needs)")
    try require(dropout >= 0 && dropout < 1, "dropout", "\(dropout)", "at least 0 and below 1")
    try require(learningRate.isFinite && learningRate >= 0, "lr", "\(learningRate)", "a number from 0 up")
    try require(
      learningRateRatio.isFinite && learningRateRatio > 0, "lr-ratio", "\(learningRateRatio)", "a number above 0")
    try require(beta1 >= 0 && beta1 < 1, "beta1", "\(beta1)", "at least 0 and below 1")
    try require(beta2 >= 0 && beta2 < 1, "beta2", "\(beta2)", "at least 0 and below 1")
    try require(epsilon.isFinite && epsilon > 0, "epsilon", "\(epsilon)", "a number above 0")
    try require(weightDecay.isFinite && weightDecay >= 0, "weight-decay", "\(weightDecay)", "a number from 0 up")
    try require(clip.isFinite && clip >= 0, "clip", "\(clip)", "a number from 0 up (0 means no clipping)")
    try require(warmupSteps >= 0, "warmup", "\(warmupSteps)", "a whole number from 0 up")
    try require(
      (steps == nil) != (epochs == nil), "steps", "\(steps.map(String.init) ?? "none")",
      "given either as steps or as epochs, not both")
    if let steps {
      try require(TrainingLimits.steps.contains(steps), "steps", "\(steps)", TrainingLimits.words(TrainingLimits.steps))
    }
    if let epochs {
      try require(
        epochs > 0 && epochs <= TrainingLimits.largestEpochs, "epochs", "\(epochs)",
        "a number above 0 and at most 1000000")
    }
    try require(
      TrainingLimits.batches.contains(batchSize), "batch-size", "\(batchSize)",
      TrainingLimits.words(TrainingLimits.batches))
    try require(
      sequenceLength >= 2 && sequenceLength <= 1 << 24, "sequence-length", "\(sequenceLength)",
      "a whole number from 2 to \(1 << 24)")
    try require(
      TrainingLimits.batches.contains(gradientAccumulation), "gradient-accumulation", "\(gradientAccumulation)",
      TrainingLimits.words(TrainingLimits.batches))
    try require(threads >= 1 && threads <= 1024, "threads", "\(threads)", "a whole number from 1 to 1024")
  }

  private func require(_ holds: Bool, _ option: String, _ value: String, _ expected: String) throws {
    guard holds else { throw TrainingError.invalidOption(name: option, value: value, expected: expected) }
  }
}
