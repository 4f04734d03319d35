import Recipe
import Training

/// One of the seven stand-ins for the study's datasets.
package protocol BuiltinTask: TrainingTask {
  /// The one set of hyper-parameters for every combination of targets.
  var recommendedSettings: RunSettings { get }
  var recommendedTrainingExamples: Int { get }
  var recommendedEvaluationExamples: Int { get }
}

extension BuiltinTask {
  /// Settings of a task; what it does not say is the same for all.
  func settings(epochs: Double, batchSize: Int, sequenceLength: Int) -> RunSettings {
    RunSettings {
      $0.rank = 16
      $0.learningRate = 3e-3
      $0.schedule = .linear
      $0.warmupSteps = 10
      $0.epochs = epochs
      $0.batchSize = batchSize
      $0.sequenceLength = sequenceLength
      $0.packing = false
    }
  }
}

/// The built-in tasks by the names that `--data` takes.
package enum BuiltinTasks {
  package static let all: [any BuiltinTask] = [
    MedMCQATask(), CoCoHDTask(), FinCoTTask(), GovReportTask(), MedReasonTask(), LLaVACoTTask(), InvoiceOCRTask(),
  ]

  /// - Throws: `BuiltinError.unknownTask`, which lists the tasks that there are; `BuiltinError.dataOption` for an option after `@` that no task has.
  package static func named(_ name: String) throws(BuiltinError) -> any BuiltinTask {
    let name = name.lowercased()
    if let task = all.first(where: { $0.name == name }) { return task }
    if let task = try GovReportTask.named(name) { return task }
    throw .unknownTask(name: name, known: all.map(\.name))
  }
}

extension AnswerOptions {
  /// The right text among three others, or as many as there are, for one example of a task, in an order of their own: examples stay what they were without options.
  init?(right: String, wrong: [String], stream: UInt64, id: Int) {
    var generator = SplitMix64(seed: UInt64(id), stream: stream)
    var others: [String] = []
    for text in wrong where text != right && !others.contains(text) { others.append(text) }
    self.init(right: right, wrong: generator.sample(min(3, others.count), from: others), &generator)
  }
}

extension Split {
  /// A split's own part of what a task draws from: five eighths to train on, one to tune on, two to evaluate on; no two splits
  /// share an element.
  func share<Element>(of all: [Element]) -> ArraySlice<Element> {
    switch self {
    case .train: all[..<(all.count * 5 / 8)]
    case .tuning: all[(all.count * 5 / 8)..<(all.count * 6 / 8)]
    case .evaluation: all[(all.count * 6 / 8)...]
    }
  }
}
