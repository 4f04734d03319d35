import Recipe
import Training

/// One of the seven stand-ins for the study's datasets.
public protocol BuiltinTask: TrainingTask {
  /// The one set of hyper-parameters for every combination of targets.
  var recommendedSettings: RunSettings { get }
  var recommendedTrainingExamples: Int { get }
  var recommendedEvaluationExamples: Int { get }
}
