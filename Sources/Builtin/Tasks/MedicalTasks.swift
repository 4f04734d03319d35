import Recipe
import Training

/// Stands in for MedMCQA: four options, one right. The base knows the facts but neither states an answer in this form nor goes from a
/// recalled fact to an option's letter unasked; two questions in five need two facts. Evaluation asks about conditions that training never shows.
package struct MedMCQATask: BuiltinTask {
  package let name = "medmcqa"
  package let displayName = "MedMCQA"
  package let metric: any Metric = StrictChoiceAccuracy()
  package let maxNewTokens = 32
  package let groupNoun: String? = "conditions"
  /// Both versions are the same: the base knows the facts of these conditions and of no others.
  package var version = TaskVersion.present
  let world: World

  package init(world: World = .standard) { self.world = world }

  package var recommendedTrainingExamples: Int { 600 }
  package var recommendedEvaluationExamples: Int { 500 }
  package var recommendedSettings: RunSettings {
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

  package func examples(split: Split, count: Int, seed: UInt64) -> [Example] {
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

/// Stands in for MedReason: MedMCQA's questions, trained with a reasoning trace before the answer. The trace recalls the facts as sentences, one
/// for each step, and for drugs rules a wrong option out first. Evaluated on MedMCQA's own evaluation set.
package struct MedReasonTask: BuiltinTask {
  package let name = "medreason"
  package let displayName = "MedReason"
  package let metric: any Metric = StrictChoiceAccuracy()
  package let maxNewTokens = 64
  package let groupNoun: String? = "conditions"
  package var version = TaskVersion.present
  private let questions: MedMCQATask

  package init(world: World = .standard) { questions = MedMCQATask(world: world) }

  package var recommendedTrainingExamples: Int { 600 }
  package var recommendedEvaluationExamples: Int { 500 }
  package var recommendedSettings: RunSettings {
    settings(epochs: 3, batchSize: 16, sequenceLength: 176)
  }

  package func examples(split: Split, count: Int, seed: UInt64) -> [Example] {
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

/// A question with four options on an invented condition: what MedMCQA's and MedReason's stand-ins ask alike.
struct MedicalQuestion {
  enum Kind: Int {
    case drug, sign, organ, effect, family
  }

  let kind: Kind
  let condition: Condition
  let options: [String]
  /// The place of the right option.
  let right: Int

  var answer: String { options[right] }
  var letter: String { OptionExercises.letters[right] }
  /// Whether the drug has to be recalled first.
  var needsTwoFacts: Bool { kind == .effect || kind == .family }

  init(on condition: Condition, world: World, _ generator: inout SplitMix64) {
    self.condition = condition
    let drug = condition.drug
    let all = world.conditions
    kind = Kind(rawValue: generator.below(5)) ?? .drug
    let (answer, others): (String, [String]) =
      switch kind {
      case .drug: (drug.name, all.map(\.drug.name))
      case .sign: (condition.sign, World.signs)
      case .organ: (condition.organ, World.organs)
      case .effect: (drug.effect, World.signs)
      case .family: (drug.family, Array(Set(all.map(\.drug.family))).sorted())
      }
    let wrong = generator.sample(3, from: others.filter { $0 != answer })
    right = generator.below(4)
    var options = wrong
    options.insert(answer, at: right)
    self.options = options
  }

  private var text: String {
    switch kind {
    case .drug: "Which drug treats \(condition.name)?"
    case .sign: "What is the sign of \(condition.name)?"
    case .organ: "Which organ does \(condition.name) affect?"
    case .effect: "What is the side effect of the drug for \(condition.name)?"
    case .family: "What is the family of the drug for \(condition.name)?"
    }
  }

  func example(id: Int, completion: String) -> Example {
    Example(
      id: id, prompt: "Question: \(text)\n" + OptionExercises.list(options, style: .bracketAfter) + "Answer:",
      completion: completion, extra: Dictionary(uniqueKeysWithValues: zip(OptionExercises.letters, options)),
      group: condition.name)
  }
}
