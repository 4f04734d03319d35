/// The hyper-parameters of a run. Defaults follow PEFT and common practice; ARCHITECTURE names the flags.
public struct RunSettings: Hashable, Codable, Sendable {
  public enum Schedule: String, CaseIterable, Codable, Sendable { case constant, linear, cosine }

  public var rank = 8
  /// nil means 2 × rank.
  public var alpha: Double?
  public var useRSLoRA = false
  /// Weight-decomposed adapters.
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
  public var dropout = 0.0
  public var learningRate = 2e-4
  /// LoRA+: the learning rate of B over that of A.
  public var learningRateRatio = 1.0
  public var weightDecay = 0.0
  /// Largest global gradient norm; 0 means no clipping.
  public var clip = 1.0
  public var schedule = Schedule.constant
  public var warmupSteps = 0
  /// Exactly one of steps and epochs counts: steps if it is set.
  public var steps: Int?
  public var epochs = 1.0
  public var batchSize = 8
  public var gradientAccumulation = 1
  public var sequenceLength = 256
  public var packing = true
  public var shuffle = true
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
  public var metric: String?
  /// A regular expression that finds the answer in an output, for metrics of answers.
  public var answerPattern: String?
  /// The form of a person's own data (prompt-completion, messages, alpaca, sharegpt); nil detects it.
  public var dataFormat: String?
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
  public var turns: String?

  /// The split on which a built-in task is evaluated; nil means the evaluation split.
  public var evaluationSplit: EvaluationSplit?
  /// The rank was chosen so that each combination of a study trains about so many parameters; nil: all have the same rank.
  public var parameterBudget: Int?

  /// The most tokens of an answer when a run is scored; nil means the task's own, 128 for a file.
  public var maxNewTokens: Int?

  public init() {}

  /// The splits of a built-in task that a run may be evaluated on.
  public enum EvaluationSplit: String, CaseIterable, Codable, Sendable {
    case evaluation
    /// For choosing hyper-parameters, so that scores on the evaluation split carry no selection.
    case tuning
  }

  /// Without everything that decides training only: equal for runs that are evaluated alike. What is not named here stays, so that
  /// a setting that is forgotten costs a second evaluation and never a wrong one.
  var evaluationOnly: RunSettings {
    var own = self
    let standard = RunSettings()
    own.rank = standard.rank
    own.alpha = standard.alpha
    own.useRSLoRA = standard.useRSLoRA
    own.useDoRA = standard.useDoRA
    own.useBF16 = standard.useBF16
    own.dropout = standard.dropout
    own.learningRate = standard.learningRate
    own.learningRateRatio = standard.learningRateRatio
    own.weightDecay = standard.weightDecay
    own.clip = standard.clip
    own.schedule = standard.schedule
    own.warmupSteps = standard.warmupSteps
    own.steps = standard.steps
    own.epochs = standard.epochs
    own.batchSize = standard.batchSize
    own.gradientAccumulation = standard.gradientAccumulation
    own.sequenceLength = standard.sequenceLength
    own.packing = standard.packing
    own.shuffle = standard.shuffle
    own.seed = standard.seed
    own.trainingExamples = standard.trainingExamples
    own.measureLatency = false
    own.initialAdapter = nil
    own.output = nil
    own.parameterBudget = nil
    return own
  }

  /// The same with the rank at which these targets train about `budget` parameters. Alpha over rank stays what it is.
  public func matched(to budget: Int, _ targets: TargetSet, in model: ModelSummary) -> RunSettings {
    var own = self
    own.parameterBudget = budget
    own.rank = model.rank(targets, parameters: budget, useDoRA: useDoRA)
    own.alpha = alpha.map { $0 * Double(own.rank) / Double(max(1, rank)) }
    return own
  }

  public var resolvedAlpha: Double { alpha ?? Double(2 * rank) }
}
