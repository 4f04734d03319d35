import Recipe
import Training

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
      completion: completion, extra: Dictionary(uniqueKeysWithValues: zip(OptionExercises.letters, options)))
  }
}
