/// The settings of a run: its hyper-parameters, and how its data is read and scored. Defaults follow PEFT and common practice.
///
/// ``SettingField/all`` says what each is called, what it may be and what it decides. A new setting is a property here and a row there.
public struct RunSettings: Hashable, Sendable {
  public typealias Schedule = LearningRateSchedule

  public var rank = 8
  /// nil means 2 × rank.
  public var alpha: Double?
  /// Scaling α/√r instead of α/r (2312.03732).
  public var useRSLoRA = false
  /// Weight-decomposed adapters (DoRA, 2402.09353).
  public var useDoRA = false
  /// Products by the base's weights and the adapters and inside attention in bfloat16, forward and backward; adapters' gradients,
  /// everything else, and every sum stay FP32.
  public var useBF16 = false
  /// Probability with which an input of A is zeroed during training.
  public var dropout = 0.0
  /// The learning rate of A, and of B before `learningRateRatio`.
  public var learningRate = 2e-4
  /// LoRA+ (2402.12354): the learning rate of B over that of A.
  public var learningRateRatio = 1.0
  /// Decoupled, as in AdamW (1711.05101).
  public var weightDecay = 0.0
  /// Largest global gradient norm; a larger one is scaled down to it. 0 means no clipping.
  public var clip = 1.0
  public var schedule = Schedule.constant
  /// Steps over which the rate rises linearly from 0.
  public var warmupSteps = 0
  /// Optimiser steps, wrapping over epochs. Exactly one of steps and epochs counts: steps if it is set.
  public var steps: Int?
  /// Passes over the data, fractions allowed.
  public var epochs = 1.0
  /// Sequences of a batch.
  public var batchSize = 8
  /// Batches whose gradients make one step.
  public var gradientAccumulation = 1
  /// The longest sequence, in tokens; a longer example is cut at its end.
  public var sequenceLength = 256
  /// Whether a batch is `batchSize` × `sequenceLength` tokens' worth of whole examples rather than `batchSize` examples.
  public var packing = true
  /// Whether each epoch has a random order of its own, or the file's.
  public var shuffle = true
  /// Decides the adapter's start, the order of the examples and the dropout masks.
  public var seed: UInt64 = 0
  /// Training examples taken from a built-in task; nil means the task's own default. A file is always taken whole.
  public var trainingExamples: Int?
  /// Evaluation examples; nil means the task's own default (0 switches evaluation off).
  public var evaluationExamples: Int?
  public var measureLatency = true
  /// Starts from this PEFT folder's adapter instead of a fresh one.
  public var initialAdapter: String?
  /// Where the PEFT folder goes; nil means the store's folder.
  public var output: String?
  /// Name of the metric for a person's own data; nil means the task's own, or exact match.
  public var metric: MetricName?
  /// A regular expression that finds the answer in an output, for metrics of answers.
  public var answerPattern: String?
  /// The form of a person's own data; nil detects it.
  public var dataFormat: DataForm?
  /// The fields or columns of what is asked and answered, where they have other names.
  public var promptField: String?
  public var completionField: String?
  /// The field or column of pictures, or `none`; nil takes `image` or `images`.
  public var imageField: String?
  /// The folder that the data's pictures lie in; nil means the data file's own.
  public var imageRoot: String?
  /// A built-in chat template's name, a file's path, or none; nil takes the model's own.
  public var chatTemplate: String?
  /// Which turns of the assistant are trained: all (nil) or last.
  public var turns: TrainedTurns?
  /// The split on which a built-in task is evaluated; nil means the evaluation split.
  public var evaluationSplit: EvaluationSplit?
  /// The rank was chosen so that each combination of a study trains about so many parameters; nil: all have the same rank.
  public var parameterBudget: Int?
  /// The most tokens of an answer when a run is scored; nil means the task's own, 128 for a file.
  public var maxNewTokens: Int?

  public init() {}

  /// The defaults but for what `change` sets.
  package init(_ change: (inout RunSettings) -> Void) { change(&self) }

  /// The splits of a built-in task that a run may be evaluated on.
  public enum EvaluationSplit: String, CaseIterable, Codable, Sendable {
    case evaluation
    /// For choosing hyper-parameters, so that scores on the evaluation split carry no selection.
    case tuning
  }

  public var resolvedAlpha: Double { alpha ?? Double(2 * rank) }

  /// "400 steps", or "2.5 epochs".
  package var length: String { steps.map { "\($0) steps" } ?? "\(SettingValue.plain(epochs)) epochs" }
}
