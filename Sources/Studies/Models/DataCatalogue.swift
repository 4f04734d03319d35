import Builtin
import Foundation
import HuggingFace
import Messages
import Training

/// What there is to train on, and how much of it a run takes.
enum DataCatalogue {
  /// The data of one run.
  struct Resolved: Sendable {
    var task: any TrainingTask
    var training: [Example]
    var evaluation: [Example]
    var metric: any Metric
    /// Says in errors where the examples came from.
    var source: String
  }

  /// Data is drawn by this seed and not by the run's, so that runs of several seeds learn and answer the same examples.
  static let dataSeed: UInt64 = 0

  static var builtin: [DataSummary] { BuiltinTasks.all.map { summary(of: $0) } }

  static func task(for reference: DataReference, metric: String? = nil) throws -> any TrainingTask {
    switch reference {
    case .task(let name): return try BuiltinTasks.named(name)
    case .file(let path, let source):
      let evaluationFile: URL?
      let share: Double?
      switch source {
      case .none: (evaluationFile, share) = (nil, nil)
      case .file(let path): (evaluationFile, share) = (URL(filePath: path), nil)
      case .share(let value): (evaluationFile, share) = (nil, value)
      }
      return try FileTask(
        file: URL(filePath: path), evaluationFile: evaluationFile, evaluationShare: share,
        metric: try self.metric(named: metric) ?? ExactMatch(), seed: dataSeed)
    }
  }

  static func resolve(_ plan: RunPlan) throws -> Resolved {
    let task = try task(for: plan.data, metric: plan.settings.metric)
    let builtin = task as? any BuiltinTask
    let training = plan.settings.trainingExamples ?? builtin?.recommendedTrainingExamples ?? Int.max
    let evaluation = plan.settings.evaluationExamples ?? builtin?.recommendedEvaluationExamples ?? Int.max
    // A file is always taken whole.
    return Resolved(
      task: task,
      training: task.examples(split: .train, count: builtin == nil ? Int.max : training, seed: dataSeed),
      evaluation: evaluation > 0
        ? task.examples(split: split(plan.settings), count: evaluation, seed: dataSeed) : [],
      metric: try metric(named: plan.settings.metric) ?? task.metric, source: plan.data.displayName)
  }

  private static func split(_ settings: RunSettings) -> Split {
    switch settings.evaluationSplit ?? .evaluation {
    case .evaluation: .evaluation
    case .tuning: .tuning
    }
  }

  static func metric(named name: String?) throws -> (any Metric)? {
    guard let name else { return nil }
    guard let metric = MetricName(rawValue: name) else {
      throw StudyError(
        "unknown metric \"\(name)\"; there are \(MetricName.allCases.map(\.rawValue).joined(separator: ", "))",
        exitStatus: 64)
    }
    return metric.metric
  }

  static func summary(of reference: DataReference) throws -> DataSummary {
    let task = try task(for: reference)
    if let builtin = task as? any BuiltinTask { return summary(of: builtin) }
    return DataSummary(
      reference: reference, name: task.displayName, about: "prompts and completions from a file",
      metric: task.metric.name,
      trainingExamples: task.examples(split: .train, count: .max, seed: dataSeed).count,
      evaluationExamples: task.examples(split: .evaluation, count: .max, seed: dataSeed).count,
      recommendedSettings: RunSettings())
  }

  private static func summary(of task: any BuiltinTask) -> DataSummary {
    var settings = RunSettings(task.recommendedOptions)
    settings.trainingExamples = task.recommendedTrainingExamples
    settings.evaluationExamples = task.recommendedEvaluationExamples
    return DataSummary(
      reference: .task(name: task.name), name: task.name, about: task.displayName, metric: task.metric.name,
      trainingExamples: task.recommendedTrainingExamples, evaluationExamples: task.recommendedEvaluationExamples,
      recommendedSettings: settings)
  }
}
