/// The table of all settings. Its order is that of Compare, and of what sets runs apart in a table of them.
extension SettingField {
  package static let all: [SettingField] = hyperparameters + examples + scoring + engines + outside

  /// What makes the adapter and moves it.
  private static let hyperparameters: [SettingField] = [
    SettingField(
      "rank", "rank", \.rank, "rank", .whole(TrainingLimits.ranks), [.result, .training, .time],
      "LoRA rank: adapter parameters are rank × (inputs + outputs) for each module", form: Form("rank", .doubling),
      brief: "r"),
    SettingField(
      "rank_by_group", "rankByGroup", \.rankByGroup, "rank by group", .byGroup(.whole(TrainingLimits.ranks)),
      [.result, .training, .time], "LoRA rank of single module groups", flag: "rank", isInPlan: false, brief: "r ",
      isAlwaysStored: false),
    SettingField(
      "alpha", "alpha", \.alpha, "alpha", .number(TrainingLimits.factors), [.result, .training],
      "LoRA alpha: the adapter's output is scaled by alpha ÷ rank; default 2 × rank",
      form: Form("alpha", .doubling, 1...8192), brief: "a"),
    SettingField(
      "lr", "learningRate", \.learningRate, "learning rate", .number(TrainingLimits.factors), [.result, .training],
      "peak learning rate of AdamW", form: Form("lr", .oneTwoFive, 1e-7...1), brief: "lr"),
    SettingField(
      "lr_by_group", "learningRateByGroup", \.learningRateByGroup, "learning rate by group",
      .byGroup(.number(TrainingLimits.factors)), [.result, .training], "peak learning rate of single module groups",
      flag: "lr", isInPlan: false, brief: "lr ", isAlwaysStored: false),
    SettingField(
      "lr_ratio", "learningRateRatio", \.learningRateRatio, "B/A lr ratio", .number(TrainingLimits.factors),
      [.result, .training], "LoRA+: learning rate of B over that of A; 1 is plain LoRA",
      form: Form("B/A ratio", .oneTwoFive, 1...1000), brief: "B/A "),
    SettingField(
      "lr_ratio_by_group", "learningRateRatioByGroup", \.learningRateRatioByGroup, "B/A lr ratio by group",
      .byGroup(.number(TrainingLimits.factors)), [.result, .training],
      "LoRA+: learning rate of B over that of A, of single module groups", flag: "lr-ratio", isInPlan: false,
      brief: "B/A ", isAlwaysStored: false),
    SettingField(
      "steps", "steps", \.steps, "length", .whole(TrainingLimits.steps), [.result, .training],
      "optimiser steps, or epochs such as 2 ep", form: Form("steps", .by(1)), brief: ""),
    SettingField(
      "epochs", "epochs", \.epochs, "epochs", .number(TrainingLimits.epochs), [.result, .training],
      "passes over the data, unless steps are given", brief: ""),
    SettingField(
      "batch_size", "batchSize", \.batchSize, "batch size", .whole(TrainingLimits.batches),
      [.result, .training, .time], "sequences in a step", form: Form("batch", .doubling), brief: "b"),
    SettingField(
      "gradient_accumulation", "gradientAccumulation", \.gradientAccumulation, "accumulation",
      .whole(TrainingLimits.batches), [.result, .training, .time],
      "batches whose gradients are added up for one step", brief: "acc "),
    SettingField(
      "sequence_length", "sequenceLength", \.sequenceLength, "sequence length", .whole(TrainingLimits.sequences),
      [.result, .training, .time], "longest example in tokens; longer ones are cut at their end",
      form: Form("max len", .doubling), brief: "len "),
    SettingField(
      "dora", "dora", \.useDoRA, "adapter", .flag(off: "LoRA", on: "DoRA"), [.result, .training, .time],
      "LoRA, or DoRA, which trains a magnitude for each output besides", form: Form("type", .next), brief: "",
      isAlwaysStored: false),
    SettingField(
      "prompt_only", "promptOnly", \.promptOnly, "adapter acts on", .flag(off: "all", on: "prompts"),
      [.result, .training, .time],
      "all tokens, or prompts alone, so that decoding runs the plain base; not with DoRA",
      form: Form("acts", .next),
      brief: "acts on ", isAlwaysStored: false),
    SettingField(
      "bf16", "bf16", \.useBF16, "precision", .flag(off: "fp32", on: "bf16"), [.result, .training, .time],
      "fp32, or bf16: most factors rounded to bfloat16, every sum in fp32", form: Form("precision", .next), brief: "",
      isAlwaysStored: false),
    SettingField(
      "rslora", "useRSLoRA", \.useRSLoRA, "scaling", .flag(off: "plain", on: "rsLoRA"), [.result, .training],
      "scale by alpha ÷ √rank instead of alpha ÷ rank", brief: ""),
    SettingField(
      "schedule", "schedule", \.schedule, "schedule", .oneOf(LearningRateSchedule.self),
      [.result, .training], "learning rate after the warm-up: constant, linear or cosine", form: Form("sched", .next),
      brief: ""),
    SettingField(
      "warmup", "warmupSteps", \.warmupSteps, "warm-up", .whole(TrainingLimits.warmups), [.result, .training],
      "steps in which the learning rate rises from 0", form: Form("warm-up", .by(5)), brief: "warm "),
    SettingField(
      "dropout", "dropout", \.dropout, "dropout", .number(TrainingLimits.probabilities), [.result, .training, .time],
      "dropout on the adapter's input, from 0 to below 1", form: Form("drop", .by(0.05), 0...0.9), brief: "drop "),
    SettingField(
      "weight_decay", "weightDecay", \.weightDecay, "weight decay", .number(TrainingLimits.amounts),
      [.result, .training], "decoupled weight decay", brief: "wd "),
    SettingField(
      "clip", "clip", \.clip, "clip", .number(TrainingLimits.amounts), [.result, .training],
      "largest global gradient norm; 0 means no clipping", form: Form("clip", .by(0.5)), brief: "clip ", zero: "off"),
    SettingField(
      "packing", "packing", \.packing, "packing", .yesOrNo, [.result, .training, .time],
      "whether a batch is as many examples as fit into its tokens", flag: "no-packing"),
    SettingField(
      "shuffle", "shuffle", \.shuffle, "shuffle", .yesOrNo, [.result, .training],
      "whether each epoch has an order of its own", flag: "no-shuffle"),
    SettingField(
      "seed", "seed", \.seed, "seed", .seed, [.result, .training],
      "decides the adapter's start, the order of the data and dropout", isInPlan: false),
    SettingField(
      "data_seed", "dataSeed", \.dataSeed, "training sample", .wordOrSeed(DataSeed.words), [.result],
      "which training sample is drawn: same for all seeds, seed for each seed its own, or a number", brief: "sample ",
      isAlwaysStored: false),
    SettingField(
      "init_adapter", "initialAdapter", \.initialAdapter, "initial adapter", .text, [.result],
      "start from the adapter in this PEFT folder", unset: "fresh"),
  ]

  /// How many examples are trained on and scored.
  private static let examples: [SettingField] = [
    SettingField(
      "training_examples", "trainingExamples", \.trainingExamples, "training examples",
      .whole(TrainingLimits.examples), [.result],
      "training examples drawn from a built-in task, or of a file", flag: "examples", brief: "train ",
      unset: "all"),
    SettingField(
      "data_version", "dataVersion", \.dataVersion, "task version", .whole(TrainingLimits.dataVersions),
      [.result, .evaluation], "which generated world a built-in task's examples are of",
      brief: "task version ", isAlwaysStored: false),
    SettingField(
      "evaluation_examples", "evaluationExamples", \.evaluationExamples, "evaluated on",
      .whole(TrainingLimits.counts), [.result, .evaluation],
      "evaluation examples; 0 switches evaluation off (default: all that are held out)", flag: "eval-examples",
      brief: "eval ", unset: "all"),
    SettingField(
      "evaluation_split", "evaluationSplit", \.evaluationSplit, "evaluation split",
      .oneOf(RunSettings.EvaluationSplit.self), [.result, .evaluation],
      "the split that a built-in task is scored on; tuning is for choosing hyper-parameters", flag: "eval-split",
      unset: "evaluation"),
    SettingField(
      "eval_every", "evalEvery", \.evalEvery, "held-out loss", .whole(0...TrainingLimits.steps.upperBound), [],
      "steps after which the loss on held-out examples is taken during training; 0 never takes it",
      form: Form("held-out", .by(10)), brief: "held-out loss every ", zero: "off", isAlwaysStored: false),
    SettingField(
      "tuning_share", "tuningShare", \.tuningShare, "tuning share", .number(TrainingLimits.shares), [.result],
      "share of your own training examples that is held out for choosing rates and modules, 200 at most",
      brief: "tuning ", isAlwaysStored: false),
  ]

  /// How examples are read, written out and scored.
  private static let scoring: [SettingField] = [
    SettingField(
      "metric", "metric", \.metric, "metric", .oneOf(MetricName.self), .reading,
      "how your own data is scored (default: exact-match; accuracy with an answer pattern)", unset: "the task's"),
    SettingField(
      "answer_pattern", "answerPattern", \.answerPattern, "answer pattern", .text, .reading,
      "regular expression that finds the answer; its first group, else the whole match"),
    SettingField(
      "max_new_tokens", "maxNewTokens", \.maxNewTokens, "max new tokens", .whole(TrainingLimits.positions), .reading,
      "most new tokens of an answer when a run is scored (default: the task's own, 128 for a file)",
      unset: "the task's"),
    SettingField(
      "early_stop", "endsEarly", \.endsEarly, "early stop", .yesOrNo, .reading,
      "whether an answer ends once nothing that follows can change its score", flag: "no-early-stop",
      brief: "early stop ", isAlwaysStored: false),
    SettingField(
      "few_shot", "fewShot", \.fewShot, "shots of the base", .whole(TrainingLimits.shots), [.evaluation],
      "training examples before each prompt of the base's few-shot score; 0 leaves it out (default: 4)",
      unset: "4", isAlwaysStored: false),
    SettingField(
      "eval_bf16", "evaluatesInBF16", \.evaluatesInBF16, "scored in", .flag(off: "fp32", on: "bf16"), .reading,
      "what answers that are scored are computed in: fp32, or bf16; latency is measured in fp32 either way",
      form: Form("scores", .next), brief: "scored in ", isAlwaysStored: false),
    SettingField(
      "data_format", "dataFormat", \.dataFormat, "data format", .oneOf(DataForm.self), .reading,
      "the form of the file (default: detected)", unset: "detected"),
    SettingField(
      "prompt_field", "promptField", \.promptField, "prompt field", .text, .reading,
      "the field or column of what is asked (default: prompt, question, …)"),
    SettingField(
      "completion_field", "completionField", \.completionField, "completion field", .text, .reading,
      "the field or column of what is answered (default: completion, answer, …)"),
    SettingField(
      "group_field", "groupField", \.groupField, "group field", .text, .reading,
      "the field or column that says what a record is about: intervals resample what shares it together",
      unset: "each by itself"),
    SettingField(
      "image_field", "imageField", \.imageField, "image field", .text, .reading,
      "the field or column of pictures (default: image or images; none: they are not read)"),
    SettingField(
      "image_root", "imageRoot", \.imageRoot, "image folder", .text, .reading,
      "the folder that the data's pictures lie in (default: the data file's; no picture outside is read)",
      unset: "the data's"),
    SettingField(
      "chat_template", "chatTemplate", \.chatTemplate, "chat template", .text, .reading,
      "the chat template (default: the model's own; none: plain text)", unset: "the model's own"),
    SettingField(
      "turns", "turns", \.turns, "turns", .oneOf(TrainedTurns.self), .reading,
      "which turns of the assistant are trained (default: all)", unset: "all"),
  ]

  /// What computes.
  private static let engines: [SettingField] = [
    SettingField(
      "engine", "engine", \.engine, "engine", .oneOf(TrainingEngine.self), .everything,
      "what trains, answers and is timed: lorascope itself, or PEFT in a Python of yours", form: Form("engine", .next),
      brief: "",
      isAlwaysStored: false),
    SettingField(
      "device", "device", \.device, "device", .oneOf(PEFTDevice.self), .everything,
      "where PEFT computes; auto takes a GPU where PyTorch sees one", form: Form("on", .next), brief: "on ",
      isAlwaysStored: false),
    SettingField(
      "load_in", "loadIn", \.loadIn, "base held in", .oneOf(PEFTPacking.self), .everything,
      "4bit: PEFT trains on a base in NF4 (QLoRA), which needs bitsandbytes and a GPU", form: Form("base in", .next),
      brief: "base in ", unset: "its own type", isAlwaysStored: false),
    SettingField(
      "python", "python", \.python, "python", .text, [],
      "the interpreter that has torch, transformers and peft for --engine peft (default: python3)",
      form: Form("python", .by(1)), unset: "python3", isAlwaysStored: false),
  ]

  /// What leaves training and scores alone.
  private static let outside: [SettingField] = [
    SettingField(
      "measure_latency", "measureLatency", \.measureLatency, "latency measured", .yesOrNo, [.result],
      "whether decode latency is measured", flag: "no-latency"),
    SettingField(
      "match_parameters", "parameterBudget", \.parameterBudget, "parameter budget", .whole(TrainingLimits.budgets),
      [.result, .time], "each combination has the rank at which it trains about so many parameters", isInPlan: false),
    SettingField(
      "rank_split", "rankSplit", \.rankSplit, "rank split", .byGroup(.number(TrainingLimits.factors)), [.result],
      "times the common rank that single module groups have in a parameter-matched study", flag: "rank",
      isInPlan: false,
      isAlwaysStored: false),
    SettingField(
      "output", "output", \.output, "output", .text, [], "the folder that the adapter is written to", isInPlan: false,
      unset: "the store's"),
  ]
}

/// The ends of what numbers may be: the same in the engine, on the command line, in plans and in the form.
package enum TrainingLimits {
  package static let ranks = 1...4096
  package static let threads = 1...1024
  package static let steps = 1...100_000_000
  package static let warmups = 0...steps.upperBound
  package static let batches = 1...(1 << 20)
  /// Positions of a prompt or an answer.
  package static let positions = 1...(1 << 24)
  /// Something to read and something to predict.
  package static let sequences = 2...positions.upperBound
  /// Examples, samples and the like, where none is a choice.
  package static let counts = 0...1_000_000_000
  package static let examples = 1...counts.upperBound
  /// Of training examples before a prompt.
  package static let shots = 0...64
  /// Adapter parameters; beyond, no model has so many.
  package static let budgets = 1...1_000_000_000_000
  /// Of the built-in tasks: the last is the present one.
  package static let dataVersions = 1...2
  package static let epochs = NumberRange(over: 0, to: 1e6)
  /// The kernels' single precision ends a little later.
  private static let largest = 1e38
  package static let factors = NumberRange(over: 0, to: largest)
  package static let amounts = NumberRange(from: 0, to: largest)
  /// Of examples that are held out: at most half.
  package static let shares = NumberRange(over: 0, to: 0.5)
  package static let probabilities = NumberRange(from: 0, below: 1)
  /// Of training, or of a search: nearly two years.
  package static let minutes = NumberRange(over: 0, to: 1_000_000)
  /// TPOT over the base's in percent.
  package static let latencyBudgets = NumberRange(over: 0, to: 1_000_000)
}

/// A range of numbers with both ends, each of them in it or not.
package struct NumberRange: Hashable, Sendable {
  package let low: Double
  package let high: Double
  private let hasLow: Bool
  private let hasHigh: Bool

  package init(from low: Double, to high: Double) { (self.low, self.high, hasLow, hasHigh) = (low, high, true, true) }
  package init(over low: Double, to high: Double) { (self.low, self.high, hasLow, hasHigh) = (low, high, false, true) }
  package init(from low: Double, below high: Double) {
    (self.low, self.high, hasLow, hasHigh) = (low, high, true, false)
  }

  /// An open end is compared in single precision, which the kernels compute in: what rounds to the end is refused with it.
  package func contains(_ value: Double) -> Bool {
    guard value >= low, value <= high else { return false }
    return (hasLow || Float(value) > Float(low)) && (hasHigh || Float(value) < Float(high))
  }

  /// `over 0 and at most 1000000`.
  package var words: String {
    let (least, most) = (SettingValue.plain(low), SettingValue.plain(high))
    return (hasLow ? "from \(least) " : "over \(least) and ")
      + (hasHigh ? (hasLow ? "to \(most)" : "at most \(most)") : "to below \(most)")
  }
}

extension ClosedRange<Int> {
  /// `from 1 to 4096`.
  package var words: String { "from \(lowerBound) to \(upperBound)" }
}
