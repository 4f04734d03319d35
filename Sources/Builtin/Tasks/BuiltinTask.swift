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
  /// A task writes as many examples as it is asked for: of a billion neither time nor memory would see the end.
  ///
  /// - Parameter count: that a person asks for; nil where the task's own number is taken.
  /// - Throws: `BuiltinError.tooMany`.
  package func check(count: Int?) throws(BuiltinError) {
    guard let count, count > BuiltinTasks.mostExamples else { return }
    throw .tooMany(task: name, asked: count)
  }

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

/// What a task's examples are of: a later version shares names out to its splits in another way. A run keeps the version that it was
/// planned with (`data_version`), so that runs of two versions are no repeats of each other.
package enum TaskVersion {
  /// Evaluation asks about a quarter of the names: 24 people, 10 companies, 8 towns.
  package static let first = 1
  /// It asks about three eighths of them: 36 people, 15 companies, 12 towns.
  package static let present = 2
}

/// The built-in tasks by the names that `--data` takes.
package enum BuiltinTasks {
  /// Of a split.
  package static let mostExamples = 100_000

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

extension AnswerOptions {
  /// The right text among others, for one example of a task, in an order of their own: examples stay what they were without options.
  ///
  /// - Parameters:
  ///   - wrong: in kinds, the one that is hardest to tell from the right text first; the next is drawn from where a kind is used up.
  ///   - most: options in all, at most.
  init?(right: String, wrong kinds: [[String]], most: Int, stream: UInt64, id: Int) {
    var generator = SplitMix64(seed: UInt64(id), stream: stream)
    var chosen: [String] = []
    for kind in kinds {
      var others: [String] = []
      for text in kind where text != right && !chosen.contains(text) && !others.contains(text) { others.append(text) }
      chosen += generator.sample(min(max(0, most - 1 - chosen.count), others.count), from: others)
    }
    self.init(right: right, wrong: chosen, &generator)
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

  /// The same in a version of a task: from the second on three eighths to train on, a quarter to tune on and three eighths to evaluate
  /// on, so that neither intervals nor the tests of a search hang on a few names. Names that no corpus has would be more, but the base copies them worse: 92.6 % of CoCoHD's
  /// fields fell to 55.8.
  func share(of all: [String], version: Int) -> ArraySlice<String> {
    if version == TaskVersion.first { return share(of: all) }
    let (trained, tuned) = (all.count * 3 / 8, all.count * 5 / 8)
    return switch self {
    case .train: all[..<trained]
    case .tuning: all[trained..<tuned]
    case .evaluation: all[tuned...]
    }
  }
}
