import Messages

/// One field of the setup form.
package enum SetupField: String, CaseIterable, Hashable, Sendable {
  case model, data, rank, alpha, learningRate, ratio, steps, batch, seeds, length, schedule, warmup, dropout, clip,
    adapter, precision

  package var label: String {
    switch self {
    case .model: "model"
    case .data: "dataset"
    case .rank: "rank"
    case .alpha: "alpha"
    case .learningRate: "lr"
    case .ratio: "B/A ratio"
    case .steps: "steps"
    case .batch: "batch"
    case .seeds: "seeds"
    case .length: "max len"
    case .schedule: "sched"
    case .warmup: "warm-up"
    case .dropout: "drop"
    case .clip: "clip"
    case .adapter: "type"
    case .precision: "precision"
    }
  }

  /// One line for the status row while the field has the cursor.
  package var about: String {
    switch self {
    case .model: "the base model: the embedded one or a Hugging Face folder; its weights stay frozen"
    case .data: "what is trained and scored: a built-in task, or a JSONL, JSON or CSV file of your own"
    case .rank: "LoRA rank: adapter parameters are rank × (inputs + outputs) for each module"
    case .alpha: "LoRA alpha: the adapter's output is scaled by alpha ÷ rank; default 2 × rank"
    case .learningRate: "peak learning rate of AdamW"
    case .ratio: "LoRA+: learning rate of B over that of A; 1 is plain LoRA"
    case .steps: "optimiser steps, or epochs such as 2 ep"
    case .batch: "sequences in a step"
    case .seeds: "one run for each seed; n queues the first that has no run yet"
    case .length: "longest example in tokens; longer ones are cut at their end"
    case .schedule: "learning rate after the warm-up: constant, linear or cosine"
    case .warmup: "steps in which the learning rate rises from 0"
    case .dropout: "dropout on the adapter's input, 0 to 0.9"
    case .clip: "largest global gradient norm; 0 means no clipping"
    case .adapter: "LoRA, or DoRA, which trains a magnitude for each output besides"
    case .precision: "fp32, or bf16: most factors rounded to bfloat16, every sum in fp32"
    }
  }

  /// The form's rows from top to bottom, each of one or two fields.
  package static let rows: [[SetupField]] = [
    [.model], [.data], [.rank, .alpha], [.learningRate, .ratio], [.steps, .batch], [.seeds, .length],
    [.schedule, .warmup], [.dropout, .clip], [.adapter, .precision],
  ]

  /// Opens a list of choices instead of a text field.
  package var isChoice: Bool {
    self == .model || self == .data || self == .schedule || self == .adapter || self == .precision
  }

  package func copy(from source: RunSettings, to target: inout RunSettings) {
    switch self {
    case .model, .data, .seeds: break
    case .rank: target.rank = source.rank
    case .alpha: target.alpha = source.alpha
    case .learningRate: target.learningRate = source.learningRate
    case .ratio: target.learningRateRatio = source.learningRateRatio
    case .steps:
      target.steps = source.steps
      target.epochs = source.epochs
    case .batch: target.batchSize = source.batchSize
    case .length: target.sequenceLength = source.sequenceLength
    case .schedule: target.schedule = source.schedule
    case .warmup: target.warmupSteps = source.warmupSteps
    case .dropout: target.dropout = source.dropout
    case .clip: target.clip = source.clip
    case .adapter: target.useDoRA = source.useDoRA
    case .precision: target.useBF16 = source.useBF16
    }
  }
}
