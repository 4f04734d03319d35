import Recipe
import Training

/// One of the seven stand-ins for the study's datasets.
package protocol BuiltinTask: TrainingTask {
  /// The one set of hyper-parameters for every combination of targets.
  var recommendedSettings: RunSettings { get }
  var recommendedTrainingExamples: Int { get }
  var recommendedEvaluationExamples: Int { get }
  /// Of its examples; see ``TaskVersion``.
  var version: Int { get set }
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
      $0.dataSeed = .seed
      $0.dataVersion = TaskVersion.present
    }
  }
}

/// What a task's examples are of: a later version asks about more, under the same seed. A run keeps the version that it was planned with
/// (`data_version`), so that runs of two versions are no repeats of each other.
package enum TaskVersion {
  /// Evaluation asks about its share of the corpus's names only: 24 people, 10 companies, 8 towns.
  package static let first = 1
  /// It asks about 64 names more of each kind.
  package static let present = 2
}

/// The built-in tasks by the names that `--data` takes.
package enum BuiltinTasks {
  package static let all: [any BuiltinTask] = [
    MedMCQATask(), CoCoHDTask(), FinCoTTask(), GovReportTask(), MedReasonTask(), LLaVACoTTask(), InvoiceOCRTask(),
  ]

  /// - Throws: `BuiltinError.unknownTask`, which lists the tasks that there are; `BuiltinError.dataOption` for an option after `@` that no task has.
  package static func named(
    _ name: String, version: Int = TaskVersion.present
  ) throws(BuiltinError) -> any BuiltinTask {
    let name = name.lowercased()
    var found = all.first { $0.name == name }
    if found == nil { found = try GovReportTask.named(name) }
    if var task = found {
      task.version = version
      return task
    }
    throw .unknownTask(name: name, known: all.map(\.name))
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

  /// The same, with what only evaluation asks about from the second version of a task on.
  func share(of all: [String], evaluated: [String], version: Int) -> ArraySlice<String> {
    let own = share(of: all)
    return self == .evaluation && version > TaskVersion.first ? ArraySlice(own + evaluated) : own
  }
}
