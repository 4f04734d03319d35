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
  public var recommendedOptions: TrainingOptions {
    TrainingOptions(
      rank: 16, alpha: 32, learningRate: 3e-3, schedule: .linear, warmupSteps: 10, epochs: 3, batchSize: 16,
      sequenceLength: 128, packing: false)
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
    let conditions = conditions(of: split)
    var generator = SplitMix64(seed: seed, stream: 0x3ED0 + UInt64(Split.allCases.firstIndex(of: split) ?? 0))
    var seen: Set<String> = []
    var examples: [Example] = []
    while examples.count < max(0, count) {
      let example = example(id: examples.count, on: generator.pick(conditions), &generator)
      if seen.insert(example.prompt).inserted { examples.append(example) }
    }
    return examples
  }

  private func example(id: Int, on condition: Condition, _ generator: inout SplitMix64) -> Example {
    let drug = condition.drug
    let all = world.conditions
    let (question, steps, answer, others): (String, String, String, [String]) =
      switch generator.below(5) {
      case 0:
        ("Which drug treats \(condition.name)?", "", drug.name, all.map(\.drug.name))
      case 1:
        ("What is the sign of \(condition.name)?", "", condition.sign, World.signs)
      case 2:
        ("Which organ does \(condition.name) affect?", "", condition.organ, World.organs)
      case 3:
        (
          "What is the side effect of the drug for \(condition.name)?", " \(drug.name),", drug.effect, World.signs
        )
      default:
        (
          "What is the family of the drug for \(condition.name)?", " \(drug.name),", drug.family,
          Array(Set(all.map(\.drug.family))).sorted()
        )
      }
    let wrong = generator.sample(3, from: others.filter { $0 != answer })
    let right = generator.below(4)
    var options = wrong
    options.insert(answer, at: right)
    let letter = OptionExercises.letters[right]
    return Example(
      id: id,
      prompt: "Question: \(question)\n" + OptionExercises.list(options, style: .bracketAfter) + "Answer:",
      completion: "\(steps) \(answer). Final: [\(letter)]",
      extra: Dictionary(uniqueKeysWithValues: zip(OptionExercises.letters, options)))
  }
}
