import Foundation
import Kernels
import Recipe
import Transformer

/// Everything that decides a run besides its base, its data and its targets: the run's settings, read as `options.learningRate`, as the
/// trainer takes them. Two runs with equal options (`threads` aside), base, data and targets have the same losses and adapters, bit for
/// bit, on one instruction set.
@dynamicMemberLookup
public struct TrainingOptions: Sendable, Equatable {
  private var settings: RunSettings
  public var beta1 = 0.9
  public var beta2 = 0.999
  public var epsilon = 1e-8
  /// Workers; decides nothing but the time.
  public var threads: Int

  public init(_ settings: RunSettings = RunSettings(), threads: Int = 1) {
    self.settings = settings
    self.threads = threads
    // What the adapter is made of has single precision. Where groups have ranks of their own, alpha may be twice each.
    if settings.alpha != nil || settings.rankByGroup.isEmpty { alpha = Float(settings.resolvedAlpha) }
    dropout = Float(settings.dropout)
  }

  /// The default settings but for what `change` sets.
  package init(threads: Int = 1, _ change: (inout RunSettings) -> Void) {
    self.init(RunSettings(change), threads: threads)
  }

  public subscript<Value>(dynamicMember path: WritableKeyPath<RunSettings, Value>) -> Value {
    get { settings[keyPath: path] }
    set { settings[keyPath: path] = newValue }
  }

  /// LoRA's α.
  public var alpha: Float {
    get { Float(settings.resolvedAlpha) }
    set { settings.alpha = Double(newValue) }
  }

  public var dropout: Float {
    get { Float(settings.dropout) }
    set { settings.dropout = Double(newValue) }
  }

  /// Nil where steps count.
  public var epochs: Double? {
    get { settings.steps == nil ? settings.epochs : nil }
    set { settings.epochs = newValue ?? RunSettings().epochs }
  }

  /// The adapter that these options ask for.
  ///
  /// - Throws: what the model has no module for, or only as a part of a fused one.
  public func specification(
    targets: Targets, in configuration: ModelConfiguration
  ) throws(TargetError) -> LoRASpecification {
    try LoRASpecification(targets: targets, in: configuration, settings: settings)
  }

  /// The peak learning rate of A in a module group, and of B before the ratio.
  package func rate(of group: TargetGroup?) -> Double { settings.learningRate(of: group) }

  /// The rate of B over that of A in a module group.
  package func ratio(of group: TargetGroup?) -> Double { settings.learningRateRatio(of: group) }
}

extension TrainingOptions {
  /// Of a warm-up that a run ends in; nil where the learning rate comes to its value.
  package func warmupNote(totalSteps: Int) -> String? {
    guard settings.warmupSteps > 0, settings.warmupSteps >= totalSteps else { return nil }
    let most = settings.schedule.factor(step: totalSteps - 1, totalSteps: totalSteps, warmupSteps: settings.warmupSteps)
    return
      "the warm-up of \(settings.warmupSteps) steps is no shorter than the run of \(totalSteps): the learning rate comes to "
      + "\(Int((100 * most).rounded())) % of its value"
  }

  /// What ``RunSettings/useBF16`` and ``RunSettings/evaluatesInBF16`` need.
  public static let bf16Needs = "a processor with AVX512-BF16, and LORASCOPE_INSTRUCTION_SET unset, avx512 or amx"
  public static var canUseBF16: Bool { ProductArithmetic.bfloat16.isAvailable }

  /// Throws `TrainingError.invalidOption` for the first value that no run can be made of. Option names are those of the command line.
  public func validate() throws {
    do { try settings.validate() } catch {
      throw TrainingError.invalidOption(name: error.field, value: error.value, expected: error.expected)
    }
    try require(
      settings.engine == .peft || !settings.useBF16 || Self.canUseBF16, "bf16", "on",
      "left out here: it needs \(Self.bf16Needs)")
    try require(
      !settings.evaluatesInBF16 || Self.canUseBF16, "eval-bf16", "on", "left out here: it needs \(Self.bf16Needs)")
    try require(beta1 >= 0 && beta1 < 1, "beta1", "\(beta1)", "a number from 0 to below 1")
    try require(beta2 >= 0 && beta2 < 1, "beta2", "\(beta2)", "a number from 0 to below 1")
    try require(epsilon.isFinite && epsilon > 0, "epsilon", "\(epsilon)", "a number above 0")
    try require(
      TrainingLimits.threads.contains(threads), "threads", "\(threads)",
      "a whole number \(TrainingLimits.threads.words)")
  }

  private func require(_ holds: Bool, _ option: String, _ value: String, _ expected: String) throws {
    guard holds else { throw TrainingError.invalidOption(name: option, value: value, expected: expected) }
  }

  /// The options that decide the outcome and differ, as `name here against there`; `threads` is not one of them.
  func differences(from other: TrainingOptions) -> [String] {
    let constants: [(String, KeyPath<TrainingOptions, Double>)] = [
      ("beta1", \.beta1), ("beta2", \.beta2), ("epsilon", \.epsilon),
    ]
    return comparable.differences(from: other.comparable, in: .training)
      + constants.filter { self[keyPath: $0.1] != other[keyPath: $0.1] }.map {
        "\($0.0) \(self[keyPath: $0.1]) against \(other[keyPath: $0.1])"
      }
  }

  /// Epochs count only where steps do not.
  private var comparable: RunSettings {
    var own = settings
    if own.steps != nil { own.epochs = RunSettings().epochs }
    return own
  }
}

/// In a checkpoint: what decides training, with the keys of the first version, in which `epochs` was absent beside steps.
extension TrainingOptions: Codable {
  private enum CodingKeys: String, CodingKey { case beta1, beta2, epsilon, threads, steps }

  private static let fields = SettingField.all.filter { $0.decides.contains(.training) }

  public init(from decoder: any Swift.Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let hasSteps = try container.decodeIfPresent(Int.self, forKey: .steps) != nil
    let fields = Self.fields.filter { !(hasSteps && $0.key == "epochs") }
    self.init(
      try RunSettings(from: decoder, fields), threads: try container.decode(Int.self, forKey: .threads))
    beta1 = try container.decode(Double.self, forKey: .beta1)
    beta2 = try container.decode(Double.self, forKey: .beta2)
    epsilon = try container.decode(Double.self, forKey: .epsilon)
  }

  public func encode(to encoder: any Encoder) throws {
    try comparable.encode(to: encoder, Self.fields)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(threads, forKey: .threads)
    try container.encode(beta1, forKey: .beta1)
    try container.encode(beta2, forKey: .beta2)
    try container.encode(epsilon, forKey: .epsilon)
  }
}

extension LearningRateSchedule {
  /// The factor of the learning rate at `step` (from 0) of `totalSteps`, as in transformers' `get_constant_schedule_with_warmup`,
  /// `get_linear_schedule_with_warmup` and `get_cosine_schedule_with_warmup`, so that a run can be repeated there. With a warm-up the
  /// first step has factor 0.
  public func factor(step: Int, totalSteps: Int, warmupSteps: Int) -> Double {
    if step < warmupSteps { return Double(step) / Double(max(1, warmupSteps)) }
    let span = Double(max(1, totalSteps - warmupSteps))
    switch self {
    case .constant:
      return 1
    case .linear:
      return max(0, Double(totalSteps - step) / span)
    case .cosine:
      return max(0, 0.5 * (1 + cos(Double.pi * Double(step - warmupSteps) / span)))
    }
  }
}
