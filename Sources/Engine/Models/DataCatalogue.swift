import Analysis
import Builtin
import Foundation
import Kernels
import Messages
import Recipe
import Training

/// What there is to train on, and how much of it a run takes.
enum DataCatalogue {
  /// The data of one run.
  struct Resolved: Sendable {
    var task: any TrainingTask
    var training: [Example]
    var evaluation: [Example]
    /// What a race scores its runs on: none of them is trained on or evaluated.
    var tuning: [Example] = []
    /// What losses are taken on during training, and of which split they are.
    var heldOut: [Example] = []
    var heldOutSplit = RunSettings.EvaluationSplit.tuning
    var metric: any Metric
    /// Of an answer.
    var maxNewTokens: Int
    /// Whether an answer ends once its score is settled.
    var endsEarly: Bool
    /// What answers are computed in.
    var arithmetic: ProductArithmetic
    /// Training examples before a prompt where the base is scored with some; nil for the usual number.
    var fewShot: Int?
    /// Says in errors where the examples came from.
    var source: String

    /// All of them.
    var examples: [Example] { training + evaluation + tuning + heldOut }
  }

  /// Evaluation examples, and what of a file is held out, are drawn by this seed and not by the run's, so that runs of several seeds answer
  /// the same examples. So is the training sample, where the settings ask for no other.
  static let dataSeed: UInt64 = 0

  static let builtin: [DataSummary] = BuiltinTasks.all.map { summary(of: $0) }

  /// Examples that a run takes of a built-in task; nil where files have to be read.
  static func trainingExamples(_ plan: RunPlan) -> Int? {
    guard case .task(let name) = plan.data else { return nil }
    return plan.settings.trainingExamples ?? (try? BuiltinTasks.named(name))?.recommendedTrainingExamples
  }

  static func evaluationExamples(_ plan: RunPlan) -> Int? {
    guard case .task(let name) = plan.data else { return nil }
    return plan.settings.evaluationExamples ?? (try? BuiltinTasks.named(name))?.recommendedEvaluationExamples
  }

  static func task(
    for reference: DataReference, settings: RunSettings = RunSettings()
  ) throws -> any TrainingTask {
    switch reference {
    case .task(let name): return try BuiltinTasks.named(name, version: settings.dataVersion)
    case .file(let path, let source):
      return try FileTask(
        file: URL(filePath: path), evaluation: source,
        reading: settings.reading, metric: try metric(settings) ?? ExactMatch(), seed: dataSeed,
        tuningShare: settings.tuningShare)
    case .published(let name, let path, let source):
      return try imported(name, path, source, settings: settings)
    }
  }

  private static func imported(
    _ name: String, _ path: String, _ source: EvaluationSource, settings: RunSettings
  ) throws -> ImportedTask {
    guard let dataset = PublishedDataset(rawValue: name) else {
      let known = PublishedDataset.allCases.map(\.rawValue).joined(separator: ", ")
      throw Refusal("no published data set \"\(name)\" is known; there are \(known)", exitStatus: 64)
    }
    return try ImportedTask(
      dataset, at: URL(filePath: path), evaluation: source, trainingCount: settings.trainingExamples,
      evaluationCount: settings.evaluationExamples, seed: dataSeed,
      trainingSeed: sample(settings), tuningShare: settings.tuningShare)
  }

  static let mostHeldOut = FileTask.mostHeldOut

  /// Refuses numbers of examples that a built-in task does not draw.
  static func check(_ task: any TrainingTask, _ settings: RunSettings, tuning: Int) throws {
    guard let builtin = task as? any BuiltinTask else { return }
    for count in [settings.trainingExamples, settings.evaluationExamples, tuning] { try builtin.check(count: count) }
  }

  /// - Parameter tuning: so many examples of the tuning split come along.
  static func resolve(_ plan: RunPlan, tuning: Int = 0) throws -> Resolved {
    let task = try task(for: plan.data, settings: plan.settings)
    try check(task, plan.settings, tuning: tuning)
    let (learned, held) = try training(task, plan.settings, tuning: tuning)
    let watched = heldOut(task, plan, held: held)
    return Resolved(
      task: task, training: learned,
      evaluation: evaluation(task, plan.settings, held: held),
      tuning: Array(held.prefix(tuning)), heldOut: watched.examples, heldOutSplit: watched.split,
      metric: try metric(plan.settings) ?? task.metric,
      maxNewTokens: plan.settings.maxNewTokens ?? task.maxNewTokens, endsEarly: plan.settings.endsEarly,
      arithmetic: plan.settings.evaluatesInBF16 ? .bfloat16 : .float32,
      fewShot: plan.settings.fewShot,
      source: plan.data.displayName)
  }

  /// The examples that a run of this plan is scored on, without those that it learns from.
  ///
  /// - Parameter most: of a built-in task, which draws one after the other, no more than these.
  static func evaluation(_ plan: RunPlan, most: Int = .max) throws -> [Example] {
    let task = try task(for: plan.data, settings: plan.settings)
    try check(task, plan.settings, tuning: 0)
    let isHeld = !(task is any BuiltinTask) && split(plan.settings) == .tuning
    let held = isHeld ? try training(task, plan.settings, tuning: 0).held : []
    return evaluation(task, plan.settings, held: held, most: most)
  }

  /// - Parameter held: of a file, what is held out for choosing.
  private static func evaluation(
    _ task: any TrainingTask, _ settings: RunSettings, held: [Example], most: Int = .max
  ) -> [Example] {
    let builtin = task as? any BuiltinTask
    let count = min(most, settings.evaluationExamples ?? builtin?.recommendedEvaluationExamples ?? Int.max)
    guard count > 0 else { return [] }
    let split = split(settings)
    if builtin == nil, split == .tuning { return Array(held.prefix(count)) }
    return task.examples(split: split, count: count, seed: dataSeed)
  }

  /// What losses are taken on during training: of the tuning split, or where there is none the first examples of the evaluation split.
  ///
  /// - Parameter held: of a file, what is held out for choosing.
  private static func heldOut(
    _ task: any TrainingTask, _ plan: RunPlan, held: [Example]
  ) -> (examples: [Example], split: RunSettings.EvaluationSplit) {
    guard plan.settings.evalEvery > 0, !plan.isBaseline else { return ([], .tuning) }
    let most = HeldOutLoss.mostExamples
    let tuning = held.isEmpty ? task.examples(split: .tuning, count: most, seed: dataSeed) : held
    if !tuning.isEmpty { return (Array(tuning.prefix(most)), .tuning) }
    return (task.examples(split: .evaluation, count: most, seed: dataSeed), .evaluation)
  }

  /// What the training sample is drawn by.
  private static func sample(_ settings: RunSettings) -> UInt64 { settings.dataSeed.number(forSeed: settings.seed) }

  /// What is trained on, and what of the same file or task is held out for choosing.
  private static func training(
    _ task: any TrainingTask, _ settings: RunSettings, tuning: Int
  ) throws -> (learned: [Example], held: [Example]) {
    if let builtin = task as? any BuiltinTask {
      let count = settings.trainingExamples ?? builtin.recommendedTrainingExamples
      return (
        builtin.examples(split: .train, count: count, seed: sample(settings)),
        tuning > 0 ? builtin.examples(split: .tuning, count: tuning, seed: dataSeed) : []
      )
    }
    let all = task.examples(split: .train, count: .max, seed: dataSeed)
    guard task is FileTask else { return (all, task.examples(split: .tuning, count: .max, seed: dataSeed)) }
    let (learned, held) = try FileTask.heldOut(all, share: settings.tuningShare, seed: dataSeed)
    // What was planned before there were samples took files whole, whatever number stood beside them.
    guard settings.dataSeed != .same, let count = settings.trainingExamples else {
      return (learned, held)
    }
    return (FileTask.sample(learned, count: count, seed: sample(settings)), held)
  }

  private static func split(_ settings: RunSettings) -> Split {
    switch settings.evaluationSplit ?? .evaluation {
    case .evaluation: .evaluation
    case .tuning: .tuning
    }
  }

  /// The metric that the settings name; nil leaves the task its own.
  static func metric(_ settings: RunSettings) throws -> (any Metric)? {
    let pattern = try settings.answerPattern.map { try AnswerPattern($0) }
    // A pattern alone asks for the share of right answers.
    guard let name = settings.metric ?? pattern.map({ _ in .accuracy }) else { return nil }
    return try name.metric(answering: pattern)
  }

  static func summary(of reference: DataReference, under settings: RunSettings = RunSettings()) throws -> DataSummary {
    if case .published(let name, let path, let source) = reference {
      return summary(
        of: reference, try imported(name, path, source, settings: settings), under: settings)
    }
    let task = try task(for: reference, settings: settings)
    if let builtin = task as? any BuiltinTask { return summary(of: builtin) }
    return DataSummary(
      reference: reference, name: task.displayName, about: (task as? any ReadData)?.detected ?? "a file",
      metric: task.metric.name,
      trainingExamples: task.examples(split: .train, count: .max, seed: dataSeed).count,
      evaluationExamples: task.examples(split: .evaluation, count: .max, seed: dataSeed).count,
      recommendedSettings: settings)
  }

  private static func summary(
    of reference: DataReference, _ task: ImportedTask, under settings: RunSettings
  ) -> DataSummary {
    var settings = settings
    settings.sequenceLength = task.dataset.sequenceLength
    if task.trainingAvailable > task.dataset.studyTrainingExamples { settings.dataSeed = .seed }
    // Nothing to evaluate on: then the base is not evaluated either.
    if task.evaluationAvailable == 0 { settings.evaluationExamples = 0 }
    return DataSummary(
      reference: reference, name: task.displayName, about: task.detected, metric: task.metric.name,
      trainingExamples: task.examples(split: .train, count: .max, seed: dataSeed).count,
      evaluationExamples: task.examples(split: .evaluation, count: .max, seed: dataSeed).count,
      recommendedSettings: settings)
  }

  private static func summary(of task: any BuiltinTask) -> DataSummary {
    var settings = task.recommendedSettings
    settings.trainingExamples = task.recommendedTrainingExamples
    settings.evaluationExamples = task.recommendedEvaluationExamples
    return DataSummary(
      reference: .task(name: task.name), name: task.name, about: task.displayName, metric: task.metric.name,
      trainingExamples: task.recommendedTrainingExamples, evaluationExamples: task.recommendedEvaluationExamples,
      recommendedSettings: settings)
  }
}

/// Settings that a plan for a data set starts from.
package enum RecommendedSettings {
  /// A built-in task's own; for a published data set the general defaults with a length that its examples need; for a person's file the general
  /// defaults.
  ///
  /// - Throws: `BuiltinError` for a task that there is not; what reading a published data set throws.
  package static func of(_ data: DataReference) throws -> RunSettings {
    switch data {
    case .file: RunSettings()
    case .task, .published: try DataCatalogue.summary(of: data).recommendedSettings
    }
  }
}

extension DataPreview {
  /// What training would make of a data set, `base` being in memory already. Blocks.
  ///
  /// - Throws: what reading and tokenising throw, one line each.
  static func load(_ request: Request, base: LoadedBase) throws -> DataPreview {
    let plan = RunPlan(model: request.model, data: request.data, targets: .all, settings: request.settings)
    let data = try DataCatalogue.resolve(plan)
    let tokenising = try base.tokenising(request.settings)
    return try DataPreview(
      of: data.task, training: data.training, evaluationExamples: data.evaluation.count, tokenizer: base.tokenizer,
      tokenising: tokenising, rendering: request.settings.rendering(tokenising.chat),
      sequenceLength: request.settings.sequenceLength)
  }
}
