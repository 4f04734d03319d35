import ArgumentParser
import Engine
import Foundation
import Messages
import Recipe
import Text
import Training

/// The hyper-parameters of `train` and `sweep`. A flag that is not given keeps the task's recommended value for a built-in task, and
/// the general default for a file.
struct TrainingFlags: ParsableArguments, SettingFlags {
  @Option(help: .grouped("rank", "8,o_proj=16"), transform: GroupedArgument.read) var rank: GroupedValue<Int>?
  @Option(help: .setting("alpha")) var alpha: Double?
  @Flag(help: .setting("rslora")) var rslora = false
  @Flag(help: "Weight-decomposed adapters (DoRA): a trained magnitude for each output.") var dora = false
  @Flag(help: "The adapter acts on prompts alone, so that decoding runs the plain base; not with --dora.")
  var promptOnly = false
  @Flag(help: "Multiply in bfloat16, summing in FP32, forward and backward, where the processor has AVX512-BF16.")
  var bf16 = false
  @Option(help: .setting("dropout")) var dropout: Double?
  @Option(
    help: ArgumentHelp(
      "Peak learning rate of AdamW (default: \(SettingValue.plain(RunSettings().learningRate))), also by module group: "
        + "3e-3,o_proj=6e-3. auto races 1, 2 and 4 times the settings' own on the tuning split and takes the best for each "
        + "combination, a range such as 1e-3..1e-2 its ends and their middle.", valueName: "rate|auto|range"),
    transform: LearningRateChoice.read)
  var lr: LearningRateChoice?
  @Option(help: .grouped("lr_ratio", "qkv=4"), transform: GroupedArgument.read) var lrRatio: GroupedValue<Double>?
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
  @Option(help: .setting("data_seed", "same|seed|number")) var dataSeed: DataSeed?
  @Option(help: .setting("training_examples")) var examples: Int?
  @Option(help: .setting("data_version")) var dataVersion: Int?
  @Option(help: .setting("evaluation_examples")) var evalExamples: Int?
  @Option(help: .setting("max_new_tokens")) var maxNewTokens: Int?
  @Flag(help: "Let each answer go on to its end, where nothing that follows can change its score too.")
  var noEarlyStop = false
  @Flag(help: "Score in bfloat16: the products of prompts and answers, where the processor has AVX512-BF16.")
  var evalBf16 = false
  @Option(help: .setting("few_shot")) var fewShot: Int?
  @Option(help: .setting("evaluation_split")) var evalSplit: RunSettings.EvaluationSplit?
  @Option(help: .setting("eval_every", "steps")) var evalEvery: Int?
  @Option(help: .setting("tuning_share", "share")) var tuningShare: Double?
  @Option(help: .setting("engine")) var engine: TrainingEngine?
  @Option(help: .setting("device")) var device: PEFTDevice?
  @Option(help: .setting("load_in")) var loadIn: PEFTPacking?
  @Option(help: .setting("python", "path")) var python: String?
  @Flag(help: "Do not measure decode latency.") var noLatency = false
  @Flag(help: "Do not evaluate the base itself beside the first run.") var noBaseline = false
  @Option(help: "Worker threads (default: all cores).") var threads: Int?

  var given: [(key: String, value: (any SettingType)?)] {
    [
      ("rank", rank?.common), ("rank_by_group", rank?.byGroup), ("alpha", alpha), ("rslora", rslora ? true : nil),
      ("dora", dora ? true : nil), ("prompt_only", promptOnly ? true : nil),
      ("bf16", bf16 ? true : nil), ("dropout", dropout), ("lr", lr?.fixed?.common), ("lr_by_group", lr?.fixed?.byGroup),
      ("lr_ratio", lrRatio?.common),
      ("lr_ratio_by_group", lrRatio?.byGroup),
      ("weight_decay", weightDecay), ("clip", clip), ("schedule", schedule), ("warmup", warmup), ("steps", steps),
      ("epochs", epochs), ("batch_size", batchSize), ("gradient_accumulation", gradientAccumulation),
      ("sequence_length", sequenceLength), ("packing", noPacking ? false : nil), ("shuffle", noShuffle ? false : nil),
      ("init_adapter", initAdapter.map(Paths.absolute)), ("data_seed", dataSeed),
      ("training_examples", examples), ("data_version", dataVersion),
      ("evaluation_examples", evalExamples), ("max_new_tokens", maxNewTokens),
      ("early_stop", noEarlyStop ? false : nil), ("eval_bf16", evalBf16 ? true : nil), ("few_shot", fewShot),
      ("evaluation_split", evalSplit), ("eval_every", evalEvery), ("tuning_share", tuningShare),
      ("engine", engine), ("device", device), ("load_in", loadIn), ("python", python.map(Self.interpreter)),
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
    if promptOnly, dora { throw ValidationError("--prompt-only does not go with --dora: leave one of the two out") }
    try checkEngine()
    if bf16, engine != .peft { try Self.checkBF16() }
    if evalBf16 { try Self.checkEvalBF16() }
    try checkRanges()
    try ArgumentRange.threads(threads)
  }

  /// A name without a folder is looked for in the search path when the run begins.
  static func interpreter(_ path: String) -> String { path.contains("/") ? Paths.absolute(path) : path }

  private func checkEngine() throws {
    var own = RunSettings()
    put(into: &own)
    if let problem = own.engineProblem {
      throw ValidationError("--\(problem.field) is \(problem.value), but must be \(problem.expected)")
    }
  }

  static func checkBF16() throws {
    guard TrainingOptions.canUseBF16 else {
      throw ValidationError("--bf16 needs \(TrainingOptions.bf16Needs); leave it out to train in FP32")
    }
  }

  static func checkEvalBF16() throws {
    guard TrainingOptions.canUseBF16 else {
      throw ValidationError("--eval-bf16 needs \(TrainingOptions.bf16Needs); leave it out to score in FP32")
    }
  }
}

/// How a person's own data is read, written out for the model and scored: on every verb that takes `--data`.
struct DataFormFlags: ParsableArguments, SettingFlags {
  @Option(help: .setting("data_format", "form")) var dataFormat: DataForm?
  @Option(help: .setting("prompt_field", "name")) var promptField: String?
  @Option(help: .setting("completion_field", "name")) var completionField: String?
  @Option(help: .setting("group_field", "name")) var groupField: String?
  @Option(help: .setting("image_field", "name")) var imageField: String?
  @Option(help: .setting("image_root", "dir")) var imageRoot: String?
  @Option(help: .setting("chat_template", "\(BuiltinChatTemplate.names)|none|file")) var chatTemplate: String?
  @Option(help: .setting("turns", "turns")) var turns: TrainedTurns?
  @Option(help: .setting("metric", "name")) var metric: MetricName?
  @Option(help: .setting("answer_pattern", "regex")) var answerPattern: String?

  var given: [(key: String, value: (any SettingType)?)] {
    [
      ("data_format", dataFormat), ("prompt_field", promptField), ("completion_field", completionField),
      ("group_field", groupField), ("image_field", imageField), ("image_root", imageRoot.map(Paths.absolute)),
      ("chat_template", template),
      ("turns", turns), ("metric", metric), ("answer_pattern", answerPattern),
    ]
  }

  /// A file's path is the caller's.
  private var template: String? {
    chatTemplate.map { $0 == "none" || BuiltinChatTemplate(rawValue: $0) != nil ? $0 : Paths.absolute($0) }
  }

  func settings() -> RunSettings { RunSettings(put) }

  func validate() throws {
    guard let answerPattern else { return }
    do { _ = try (metric ?? .accuracy).metric(answering: try AnswerPattern(answerPattern)) } catch {
      throw ValidationError("\(error)")
    }
  }
}

extension DataForm: ExpressibleByArgument {}
extension TrainedTurns: ExpressibleByArgument {}
extension MetricName: ExpressibleByArgument {}
extension DataSeed: ExpressibleByArgument {}

/// What numbers on the command line may be: both ends are said, and a number outside is a usage error.
enum ArgumentRange {
  static func check(_ value: Int?, _ name: String, _ range: ClosedRange<Int>) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError("--\(name) must be \(range.words), not \(value)")
  }

  static func check(_ value: Double?, _ name: String, _ range: NumberRange) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError("--\(name) must be \(range.words), not \(value)")
  }

  static func rank(_ value: Int) throws { try check(value, "rank", TrainingLimits.ranks) }
  static func rank(_ value: GroupedValue<Int>) throws {
    try check(value.common, "rank", TrainingLimits.ranks)
    for entry in value.byGroup.entries { try check(entry.value, "rank \(entry.group.rawValue)", TrainingLimits.ranks) }
  }
  static func threads(_ value: Int?) throws { try check(value, "threads", TrainingLimits.threads) }
  static func newTokens(_ value: Int?) throws { try check(value, "max-new-tokens", TrainingLimits.positions) }
  static func examples(_ value: Int?) throws { try check(value, "examples", TrainingLimits.examples) }
  static func samples(_ value: Int) throws { try check(value, "samples", TrainingLimits.counts) }
}

/// Flags that set settings of a run.
protocol SettingFlags {
  /// Each flag's value by its setting's key, nil where it was not given.
  var given: [(key: String, value: (any SettingType)?)] { get }
}

extension SettingFlags {
  func put(into settings: inout RunSettings) {
    for (key, value) in given {
      guard let value = value?.settingValue else { continue }
      _ = SettingField.named(key)?.put(value, &settings)
    }
  }

  func checkRanges() throws {
    for (key, value) in given {
      guard let field = SettingField.named(key) else { continue }
      switch (field.values, value?.settingValue) {
      case (.whole(let range), .whole(let number)?): try ArgumentRange.check(number, field.flag, range)
      case (.number(let range), .number(let number)?): try ArgumentRange.check(number, field.flag, range)
      case (.byGroup, let value?):
        if let expected = field.expected(insteadOf: value) {
          throw ValidationError("--\(field.flag) must be \(expected), not \(value)")
        }
      case (_, _): continue
      }
    }
  }
}

extension ArgumentHelp {
  /// What the setting is, and its default where that says something.
  static func setting(_ key: String, _ valueName: String? = nil) -> ArgumentHelp {
    guard let field = SettingField.named(key) else { return "" }
    var text = field.about.prefix(1).uppercased() + field.about.dropFirst()
    switch field.value(RunSettings()) {
    case .whole?, .number?, .text?: text += " (default: \(field.text(RunSettings())))"
    case .flag?, .seed?, nil: break
    }
    return ArgumentHelp("\(text).", valueName: valueName)
  }
}

extension ArgumentHelp {
  /// The same of a setting that module groups may have values of their own of.
  static func grouped(_ key: String, _ example: String) -> ArgumentHelp {
    var help = setting(key)
    help.abstract += " Single module groups may have their own: \(example)."
    return help
  }
}

/// `3e-3`, `o_proj=6e-3`, `8,o_proj=16`.
enum GroupedArgument {
  static func read<Value>(_ text: String) throws -> GroupedValue<Value> {
    do { return try GroupedValue<Value>(parsing: text) } catch { throw ValidationError("\(error)") }
  }
}

extension GroupedValue<Int> {
  /// Settings with these ranks, alpha twice each.
  func settings(_ change: (inout RunSettings) -> Void = { _ in }) -> RunSettings {
    RunSettings {
      $0.rank = common ?? RunSettings().rank
      $0.rankByGroup = byGroup
      change(&$0)
    }
  }

  /// `8`, `8,o_proj=16`.
  var words: String {
    ([String(common ?? RunSettings().rank)] + (byGroup.isEmpty ? [] : [byGroup.description])).joined(separator: ",")
  }
}

extension LearningRateSchedule: ExpressibleByArgument {}
extension RunSettings.EvaluationSplit: ExpressibleByArgument {}
extension TrainingEngine: ExpressibleByArgument {}
extension PEFTDevice: ExpressibleByArgument {}
extension PEFTPacking: ExpressibleByArgument {}
