import ArgumentParser
import Recipe
import Training

/// The hyper-parameters of `train` and `sweep`. A flag that is not given keeps the task's recommended value for a built-in task, and
/// the general default for a file.
struct TrainingFlags: ParsableArguments, SettingFlags {
  @Option(help: .setting("rank")) var rank: Int?
  @Option(help: .setting("alpha")) var alpha: Double?
  @Flag(help: .setting("rslora")) var rslora = false
  @Flag(help: "Weight-decomposed adapters (DoRA): a trained magnitude for each output.") var dora = false
  @Flag(help: "Multiply in bfloat16, summing in FP32, forward and backward, where the processor has AVX512-BF16.")
  var bf16 = false
  @Option(help: .setting("dropout")) var dropout: Double?
  @Option(help: .setting("lr")) var lr: Double?
  @Option(help: .setting("lr_ratio")) var lrRatio: Double?
  @Option(help: .setting("weight_decay")) var weightDecay: Double?
  @Option(help: .setting("clip")) var clip: Double?
  @Option(help: .setting("schedule")) var schedule: LearningRateSchedule?
  @Option(help: .setting("warmup")) var warmup: Int?
  @Option(help: "Optimiser steps (wraps over epochs).") var steps: Int?
  @Option(help: .setting("epochs")) var epochs: Double?
  @Option(help: .setting("batch_size")) var batchSize: Int?
  @Option(help: .setting("gradient_accumulation")) var gradientAccumulation: Int?
  @Option(help: .setting("sequence_length")) var sequenceLength: Int?
  @Flag(help: "A batch is --batch-size examples, not as many as fit into --batch-size × --sequence-length tokens.")
  var noPacking = false
  @Flag(help: "Take examples in the file's order.") var noShuffle = false
  @Option(help: .setting("init_adapter", "dir")) var initAdapter: String?
  @Option(help: .setting("training_examples")) var examples: Int?
  @Option(help: .setting("evaluation_examples")) var evalExamples: Int?
  @Option(help: .setting("max_new_tokens")) var maxNewTokens: Int?
  @Option(help: .setting("evaluation_split")) var evalSplit: RunSettings.EvaluationSplit?
  @Flag(help: "Do not measure decode latency.") var noLatency = false
  @Flag(help: "Do not evaluate the base itself beside the first run.") var noBaseline = false
  @Option(help: "Worker threads (default: all cores).") var threads: Int?

  var given: [(key: String, value: (any SettingType)?)] {
    [
      ("rank", rank), ("alpha", alpha), ("rslora", rslora ? true : nil), ("dora", dora ? true : nil),
      ("bf16", bf16 ? true : nil), ("dropout", dropout), ("lr", lr), ("lr_ratio", lrRatio),
      ("weight_decay", weightDecay), ("clip", clip), ("schedule", schedule), ("warmup", warmup), ("steps", steps),
      ("epochs", epochs), ("batch_size", batchSize), ("gradient_accumulation", gradientAccumulation),
      ("sequence_length", sequenceLength), ("packing", noPacking ? false : nil), ("shuffle", noShuffle ? false : nil),
      ("init_adapter", initAdapter.map(Paths.absolute)), ("training_examples", examples),
      ("evaluation_examples", evalExamples), ("max_new_tokens", maxNewTokens), ("evaluation_split", evalSplit),
      ("measure_latency", noLatency ? false : nil),
    ]
  }

  func apply(to settings: inout RunSettings) {
    // A rank of its own means 2 × rank again, epochs take the place of recommended steps.
    if rank != nil { settings.alpha = nil }
    if epochs != nil { settings.steps = nil }
    put(into: &settings)
    if settings.evaluationSplit == .evaluation { settings.evaluationSplit = nil }
  }

  func validate() throws {
    if bf16 { try Self.checkBF16() }
    try checkRanges()
    try ArgumentRange.threads(threads)
  }

  static func checkBF16() throws {
    guard TrainingOptions.canUseBF16 else {
      throw ValidationError("--bf16 needs \(TrainingOptions.bf16Needs); leave it out to train in FP32")
    }
  }
}
