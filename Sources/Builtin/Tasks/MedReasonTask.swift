import Recipe
import Training

/// Stands in for MedReason: MedMCQA's questions, trained with a reasoning trace before the answer. The trace recalls the facts as sentences, one
/// for each step, and for drugs rules a wrong option out first. Evaluated on MedMCQA's own evaluation set.
public struct MedReasonTask: BuiltinTask {
  public let name = "medreason"
  public let displayName = "MedReason"
  public let metric: any Metric = StrictChoiceAccuracy()
  public let maxNewTokens = 64
  private let questions: MedMCQATask

  public init(world: World = .standard) { questions = MedMCQATask(world: world) }

  public var recommendedTrainingExamples: Int { 600 }
  public var recommendedEvaluationExamples: Int { 500 }
  public var recommendedSettings: RunSettings {
    settings(epochs: 3, batchSize: 16, sequenceLength: 176)
  }

  public func examples(split: Split, count: Int, seed: UInt64) -> [Example] {
    questions.examples(split: split, count: count, seed: seed) { question in
      " " + Self.trace(question, world: questions.world).joined(separator: " ") + " So it is \(question.answer)."
        + " Final: [\(question.letter)]"
    }
  }

  /// The steps as sentences that the base knows.
  private static func trace(_ question: MedicalQuestion, world: World) -> [String] {
    let name = question.condition.name
    let drug = question.condition.drug
    let first = "The drug for \(name) is \(drug.name)."
    switch question.kind {
    case .drug:
      // The first option that is not it.
      let wrong = question.options.first { $0 != question.answer }
      let treated = world.conditions.first { $0.drug.name == wrong }
      return (treated.map { ["The drug \($0.drug.name) is for \($0.name)."] } ?? []) + [first]
    case .sign: return ["The sign of \(name) is \(question.answer)."]
    case .organ: return ["The organ of \(name) is the \(question.answer)."]
    case .effect: return [first, "The side effect of \(drug.name) is \(drug.effect)."]
    case .family: return [first, "The drug \(drug.name) belongs to the \(drug.family) family."]
    }
  }
}
