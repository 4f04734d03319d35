/// The settings of a run: its hyper-parameters, and how its data is read and scored. Defaults follow PEFT and common practice.
///
/// ``SettingField/all`` says what each is called, what it may be and what it decides. A new setting is a property here and a row there.
public struct RunSettings: Hashable, Sendable {
  public typealias Schedule = LearningRateSchedule

  public var rank = 8
  /// Of single module groups, instead of `rank`.
  public var rankByGroup = ByGroup<Int>()
  /// nil means 2 × rank, in each group by its own rank.
  public var alpha: Double?
  /// Scaling α/√r instead of α/r (2312.03732).
  public var useRSLoRA = false
  /// Weight-decomposed adapters (DoRA, 2402.09353).
  public var useDoRA = false
  /// The adapter acts on prompts alone: completion tokens go through the plain base, over the keys and values that it made of the prompt.
  /// Not with ``useDoRA``.
  public var promptOnly = false
  /// Products by the base's weights and the adapters and inside attention in bfloat16, forward and backward; adapters' gradients,
  /// everything else, and every sum stay FP32.
  public var useBF16 = false
  /// Probability with which an input of A is zeroed during training.
  public var dropout = 0.0
  /// The learning rate of A, and of B before `learningRateRatio`.
  public var learningRate = 2e-4
  /// Of single module groups, instead of `learningRate`.
  public var learningRateByGroup = ByGroup<Double>()
  /// LoRA+ (2402.12354): the learning rate of B over that of A.
  public var learningRateRatio = 1.0
  /// Of single module groups, instead of `learningRateRatio`.
  public var learningRateRatioByGroup = ByGroup<Double>()
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
  /// Which training sample is drawn, where there is one to draw.
  public var dataSeed = DataSeed.same
  /// Which of the generated worlds a built-in task's examples are of: what was stored before there was a second one draws the first.
  public var dataVersion = 1
  /// Training examples taken from a built-in task; nil means the task's own default. A file is taken whole, unless
  /// ``dataSeed`` draws a sample of it.
  public var trainingExamples: Int?
  /// Evaluation examples; nil means the task's own default (0 switches evaluation off).
  public var evaluationExamples: Int?
  /// The share of a person's own training examples that is held out for choosing (rates, modules), 200 at most; nil holds out none.
  /// A built-in task has a tuning split of its own.
  public var tuningShare: Double?
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
  /// The field or column that says what a record is about: examples that share it are resampled together.
  public var groupField: String?
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
  /// Of ranks that were chosen for a budget: how many times the common rank single groups were asked to have, which the whole
  /// numbers of `rankByGroup` come near to. It decides nothing; it is the same in all combinations of a study, where ranks are not.
  public var rankSplit = ByGroup<Double>()
  /// The most tokens of an answer when a run is scored; nil means the task's own, 128 for a file.
  public var maxNewTokens: Int?
  /// Steps after which the loss on held-out examples is taken during training; 0 never takes it. It decides no bit of the training.
  public var evalEvery = 0
  /// Whether an answer is ended once nothing that follows can change its score. Scores are the same either way.
  public var endsEarly = true
  /// Training examples before each prompt where the base itself is scored with some; nil means 4, or as many as 2 048 tokens hold; 0 leaves
  /// that score and the likelihood of options out.
  public var fewShot: Int?
  /// Answers that are scored are computed with the products of ``useBF16``. Latency is measured in FP32 either way.
  public var evaluatesInBF16 = false
  /// What trains, answers and is timed.
  public var engine = TrainingEngine.lorascope
  /// Where ``TrainingEngine/peft`` computes.
  public var device = PEFTDevice.auto
  /// What the base's weights are packed into when ``TrainingEngine/peft`` reads them; nil leaves them as they are.
  public var loadIn: PEFTPacking?
  /// The interpreter of ``TrainingEngine/peft``; nil takes `python3` of the search path.
  public var python: String?

  public init() {}

  /// The defaults but for what `change` sets.
  package init(_ change: (inout RunSettings) -> Void) { change(&self) }

  /// The splits of a built-in task that a run may be evaluated on.
  public enum EvaluationSplit: String, CaseIterable, Codable, Sendable {
    case evaluation
    /// For choosing hyper-parameters, so that scores on the evaluation split carry no selection.
    case tuning
  }

  /// Whether any of it needs a processor that multiplies pairs of bfloat16 values.
  package var needsBF16: Bool { engine == .lorascope && (useBF16 || evaluatesInBF16) }

  public var resolvedAlpha: Double { alpha ?? Double(2 * rank) }

  /// "400 steps", or "2.5 epochs".
  package var length: String { steps.map { "\($0) steps" } ?? "\(SettingValue.plain(epochs)) epochs" }
}

/// Which sample of the training examples a run learns: the same for all seeds of a study, or each seed's own. Evaluation examples
/// are the same in any case, so that runs are compared in pairs.
public struct DataSeed: RawRepresentable, Hashable, Codable, Sendable {
  /// `same`, `seed`, or a number.
  public let rawValue: String

  /// The one sample that every run before there was this setting has learned.
  public static let same = DataSeed(unchecked: "same")
  /// Another sample for each seed of a study.
  public static let seed = DataSeed(unchecked: "seed")
  package static let words = ["same", "seed"]

  private init(unchecked: String) { rawValue = unchecked }

  /// - Parameter rawValue: nil is returned for anything but `same`, `seed` and a whole number; 0 is `same`.
  public init?(rawValue: String) {
    if Self.words.contains(rawValue) {
      self.init(unchecked: rawValue)
    } else if let number = UInt64(rawValue) {
      self.init(unchecked: number == 0 ? "same" : String(number))
    } else {
      return nil
    }
  }

  /// What the sample is drawn by in a run of this seed.
  package func number(forSeed seed: UInt64) -> UInt64 { self == .seed ? seed : UInt64(rawValue) ?? 0 }
}

/// How the learning rate moves over a run, after a linear warm-up from zero; `Training` has the factors.
public enum LearningRateSchedule: String, Codable, Sendable, CaseIterable {
  case constant, linear, cosine
}

/// What a record of a person's data file is.
public enum DataForm: String, Sendable, Codable, CaseIterable {
  case promptCompletion = "prompt-completion"
  /// `messages`: a list of role and content.
  case messages
  /// `instruction`, `input`, `output`.
  case alpaca
  /// `conversations`: a list of from and value.
  case shareGPT = "sharegpt"
}

/// Which of the assistant's turns are learned.
public enum TrainedTurns: String, Sendable, Codable, CaseIterable {
  case all, last
}

/// The metrics that a person's own data can be scored by; `Training` has them.
public enum MetricName: String, Sendable, Codable, CaseIterable {
  /// The share of right answers, each found by the answer pattern or taken whole.
  case accuracy
  case exactMatch = "exact-match"
  case choice
  /// Numbers of the final line, with a tolerance for rounding.
  case number
  case keyValue = "key-value"
  /// Another name of `key-value`.
  case jsonMatch = "json-match"
  case fieldAccuracy = "field-accuracy"
  case rougeLsum = "rouge-lsum"
  case rougeLsumStemmed = "rouge-lsum-stemmed"
}

/// A value that no run can be made of: one line, by the name that the command line has for the setting.
package struct SettingProblem: Error, Hashable, CustomStringConvertible {
  package let field: String
  package let value: String
  package let expected: String

  package var description: String { "\(field) is \(value), but must be \(expected)" }
}

/// What loops over the table of settings.
extension RunSettings {
  /// The first value that no run can be made of.
  package func validate() throws(SettingProblem) {
    for field in SettingField.all {
      guard let value = field.resolved(self), let expected = field.expected(insteadOf: value) else { continue }
      throw SettingProblem(field: field.name, value: value.description, expected: expected)
    }
    guard !(promptOnly && useDoRA) else {
      throw SettingProblem(
        field: "prompt-only", value: "on",
        expected: "off with DoRA, which rescales the base's own outputs: leave one of the two out")
    }
    if let problem = engineProblem { throw problem }
  }

  /// With the defaults of all that does not decide these.
  package func keeping(_ decided: SettingField.Decides) -> RunSettings {
    var own = RunSettings()
    for copy in Self.keepers[decided.rawValue] { copy(self, &own) }
    return own
  }

  /// By what is decided: screens ask this of every run in every frame.
  private static let keepers = (0...SettingField.Decides.everything.rawValue).map { decided in
    SettingField.all.filter { $0.decides.isSuperset(of: SettingField.Decides(rawValue: decided)) }.map(\.copy)
  }

  /// Without everything that decides training only: equal for runs that are evaluated alike.
  package var evaluationOnly: RunSettings {
    var own = keeping(.evaluation)
    own.measureLatency = false
    // Decides nothing, but without it nothing is evaluated.
    own.python = python
    // What a person's own tuning split is.
    if evaluationSplit == .tuning { own.tuningShare = tuningShare }
    return own
  }

  /// Without what changes no time of a step or of an answer: equal for runs that go equally fast. In a parameter-matched study all ranks
  /// count as one.
  package var timing: RunSettings {
    var own = keeping(.time)
    own.dropout = dropout > 0 ? 0.1 : 0
    if parameterBudget != nil { (own.rank, own.rankByGroup) = (0, ByGroup()) }
    return own
  }

  /// What decides these and differs, as `name here against there`.
  package func differences(from other: RunSettings, in decided: SettingField.Decides) -> [String] {
    SettingField.all.compactMap { field in
      let (here, there) = (field.value(self), field.value(other))
      guard field.decides.isSuperset(of: decided), here != there else { return nil }
      return "\(field.name) \(here?.description ?? "none") against \(there?.description ?? "none")"
    }
  }
}

/// JSON with the keys of the first version. Settings that came later are absent where they have their defaults.
extension RunSettings: Codable {
  public init(from decoder: any Decoder) throws {
    try self.init(from: decoder, SettingField.all)
  }

  public func encode(to encoder: any Encoder) throws { try encode(to: encoder, SettingField.all) }

  /// Some of them, among others' keys.
  package init(from decoder: any Decoder, _ fields: [SettingField]) throws {
    self.init()
    let container = try decoder.container(keyedBy: StoredKey.self)
    for field in fields { try field.decode(container, &self) }
  }

  package func encode(to encoder: any Encoder, _ fields: [SettingField]) throws {
    var container = encoder.container(keyedBy: StoredKey.self)
    for field in fields { try field.encode(self, &container) }
  }
}

/// What data of a person's own is evaluated on.
public enum EvaluationSource: Hashable, Codable, Sendable {
  case none
  case file(path: String)
  /// A seeded share (0 to 1) of the training file is held out.
  case share(Double)
}
