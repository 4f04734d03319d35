import ArgumentParser
import Messages
import Training

/// The hyper-parameters of `train` and `sweep`, as ARCHITECTURE defines the flags. A flag that is not given keeps
/// the task's recommended value for a built-in task, and the general default for a file.
struct TrainingFlags: ParsableArguments {
  @Option(help: "LoRA rank (default: 8).") var rank: Int?
  @Option(help: "LoRA alpha (default: 2 × rank).") var alpha: Double?
  @Flag(help: "Scale by alpha ÷ √rank instead of alpha ÷ rank.") var rslora = false
  @Flag(help: "Weight-decomposed adapters (DoRA): a trained magnitude for each output.") var dora = false
  @Flag(help: "Multiply in bfloat16, summing in FP32, forward and backward, where the processor has AVX512-BF16.")
  var bf16 = false
  @Option(help: "Dropout on the adapter's input (default: 0).") var dropout: Double?
  @Option(help: "Learning rate of A, and of B times --lr-ratio (default: 2e-4).") var lr: Double?
  @Option(help: "LoRA+: learning rate of B over that of A (default: 1).") var lrRatio: Double?
  @Option(help: "Decoupled weight decay (default: 0).") var weightDecay: Double?
  @Option(help: "Largest global gradient norm; 0 means no clipping (default: 1).") var clip: Double?
  @Option(help: "Learning rate after the warm-up (default: constant).") var schedule: RunSettings.Schedule?
  @Option(help: "Steps of linear warm-up (default: 0).") var warmup: Int?
  @Option(help: "Optimiser steps (wraps over epochs).") var steps: Int?
  @Option(help: "Passes over the data, unless --steps is given (default: 1).") var epochs: Double?
  @Option(help: "Sequences in a batch (default: 8).") var batchSize: Int?
  @Option(help: "Batches whose gradients are added up for one step (default: 1).") var gradientAccumulation: Int?
  @Option(help: "Longest sequence in tokens; longer examples are cut at their end, and counted (default: 256).")
  var sequenceLength: Int?
  @Flag(help: "A batch is --batch-size examples, not as many as fit into --batch-size × --sequence-length tokens.")
  var noPacking = false
  @Flag(help: "Take examples in the file's order.") var noShuffle = false
  @Option(help: ArgumentHelp("Start from the adapter in this PEFT folder.", valueName: "dir")) var initAdapter: String?
  @Option(help: "Training examples drawn from a built-in task; a file is taken whole.") var examples: Int?
  @Option(help: "Evaluation examples; 0 switches evaluation off (default: all that are held out).") var evalExamples:
    Int?
  @Option(help: "Most new tokens of an answer when a run is scored (default: the task's own, 128 for a file).")
  var maxNewTokens: Int?
  @Option(help: "The split that a built-in task is scored on; tuning is for choosing hyper-parameters.")
  var evalSplit: RunSettings.EvaluationSplit?
  @Flag(help: "Do not measure decode latency.") var noLatency = false
  @Flag(help: "Do not evaluate the base itself beside the first run.") var noBaseline = false
  @Option(help: "Worker threads (default: all cores).") var threads: Int?

  func apply(to settings: inout RunSettings) {
    if let rank {
      settings.rank = rank
      settings.alpha = nil
    }
    if let alpha { settings.alpha = alpha }
    if rslora { settings.useRSLoRA = true }
    if dora { settings.useDoRA = true }
    if bf16 { settings.useBF16 = true }
    if let dropout { settings.dropout = dropout }
    if let lr { settings.learningRate = lr }
    if let lrRatio { settings.learningRateRatio = lrRatio }
    if let weightDecay { settings.weightDecay = weightDecay }
    if let clip { settings.clip = clip }
    if let schedule { settings.schedule = schedule }
    if let warmup { settings.warmupSteps = warmup }
    if let steps { settings.steps = steps }
    if let epochs {
      settings.epochs = epochs
      if steps == nil { settings.steps = nil }
    }
    if let batchSize { settings.batchSize = batchSize }
    if let gradientAccumulation { settings.gradientAccumulation = gradientAccumulation }
    if let sequenceLength { settings.sequenceLength = sequenceLength }
    if noPacking { settings.packing = false }
    if noShuffle { settings.shuffle = false }
    if let initAdapter { settings.initialAdapter = Paths.absolute(initAdapter) }
    if let examples { settings.trainingExamples = examples }
    if let evalExamples { settings.evaluationExamples = evalExamples }
    if let maxNewTokens { settings.maxNewTokens = maxNewTokens }
    if let evalSplit { settings.evaluationSplit = evalSplit == .evaluation ? nil : evalSplit }
    if noLatency { settings.measureLatency = false }
  }

  func validate() throws {
    if let rank { try RankLimit.check(rank) }
    if bf16 { try Self.checkBF16() }
    try ArgumentRange.check(steps, "steps", TrainingLimits.steps)
    try ArgumentRange.check(batchSize, "batch-size", TrainingLimits.batches)
    try ArgumentRange.check(gradientAccumulation, "gradient-accumulation", TrainingLimits.batches)
    try ArgumentRange.check(sequenceLength, "sequence-length", 2...TrainingLimits.positions.upperBound)
    try ArgumentRange.check(warmup, "warmup", 0...TrainingLimits.steps.upperBound)
    try ArgumentRange.check(examples, "examples", 1...ArgumentRange.counts.upperBound)
    try ArgumentRange.check(evalExamples, "eval-examples", ArgumentRange.counts)
    try ArgumentRange.newTokens(maxNewTokens)
    try ArgumentRange.threads(threads)
    try ArgumentRange.check(alpha, "alpha", over: 0, to: TrainingLimits.largestRate)
    try ArgumentRange.check(lr, "lr", over: 0, to: TrainingLimits.largestRate)
    try ArgumentRange.check(lrRatio, "lr-ratio", over: 0, to: TrainingLimits.largestRate)
    try ArgumentRange.check(epochs, "epochs", over: 0, to: TrainingLimits.largestEpochs)
    if let dropout, !(0..<1).contains(dropout) { throw ValidationError("--dropout must be at least 0 and under 1") }
    if let clip, !(clip >= 0 && clip.isFinite) { throw ValidationError("--clip must be 0 (no clipping) or more") }
    if let weightDecay, !(weightDecay >= 0 && weightDecay.isFinite) {
      throw ValidationError("--weight-decay must be 0 or more")
    }
  }

  static func checkBF16() throws {
    guard TrainingOptions.canUseBF16 else {
      throw ValidationError("--bf16 needs \(TrainingOptions.bf16Needs); leave it out to train in FP32")
    }
  }
}

extension RunSettings.Schedule: ExpressibleByArgument {}
extension RunSettings.EvaluationSplit: ExpressibleByArgument {}
