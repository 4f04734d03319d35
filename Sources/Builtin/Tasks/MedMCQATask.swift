import Recipe
import Training

/// Stands in for MedMCQA: four options, one right. The base knows the facts but neither states an answer in this form nor goes from a
/// recalled fact to an option's letter unasked; two questions in five need two facts. Evaluation asks about conditions that training never shows.
public struct MedMCQATask: BuiltinTask {
  public let name = "medmcqa"
  public let displayName = "MedMCQA"
  public let metric: any Metric = StrictChoiceAccuracy()
  public let maxNewTokens = 32
  let world: World

  public init(world: World = .standard) { self.world = world }

  public var recommendedTrainingExamples: Int { 600 }
  public var recommendedEvaluationExamples: Int { 500 }
  public var recommendedSettings: RunSettings {
    settings(epochs: 3, batchSize: 16, sequenceLength: 128)
  }

  /// Conditions of a split; no two splits share one.
  func conditions(of split: Split) -> ArraySlice<Condition> {
    let count = world.conditions.count
    return switch split {
    case .train: world.conditions[0..<count / 2]
    case .tuning: world.conditions[count / 2..<count * 5 / 8]
    case .evaluation: world.conditions[count * 5 / 8..<count]
    }
  }

  public func examples(split: Split, count: Int, seed: UInt64) -> [Example] {
    examples(split: split, count: count, seed: seed) { question in
      let steps = question.needsTwoFacts ? " \(question.condition.drug.name)," : ""
      return "\(steps) \(question.answer). Final: [\(question.letter)]"
    }
  }

  /// The same prompts for the same seed, whatever completes them.
  func examples(
    split: Split, count: Int, seed: UInt64, completion: (MedicalQuestion) -> String
  ) -> [Example] {
    let conditions = conditions(of: split)
    var generator = SplitMix64(seed: seed, stream: 0x3ED0 + UInt64(Split.allCases.firstIndex(of: split) ?? 0))
    var seen: Set<String> = []
    var examples: [Example] = []
    while examples.count < max(0, count) {
      let question = MedicalQuestion(on: generator.pick(conditions), world: world, &generator)
      let example = question.example(id: examples.count, completion: completion(question))
      if seen.insert(example.prompt).inserted { examples.append(example) }
    }
    return examples
  }
}
