import Recipe
import Training

/// One of the seven stand-ins for the study's datasets.
public protocol BuiltinTask: TrainingTask {
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
