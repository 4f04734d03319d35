import Recipe
import Training

/// What the base knows of medicine: each condition's organ, sign and drug, each drug's family and side effect, as sentences and as
/// questions.
package struct FactPassages: Sendable {
  let conditions: [Condition]

  package init(world: World) { conditions = world.conditions }

  /// A question on one fact and its answer.
  package struct Question: Sendable {
    package let text: String
    package let answer: String
  }

  static func questions(on condition: Condition) -> [Question] {
    let drug = condition.drug
    return [
      Question(text: "Which drug treats \(condition.name)?", answer: drug.name),
      Question(text: "Which organ does \(condition.name) affect?", answer: condition.organ),
      Question(text: "What is the sign of \(condition.name)?", answer: condition.sign),
      Question(text: "What does \(drug.name) treat?", answer: condition.name),
      Question(text: "What is the family of \(drug.name)?", answer: drug.family),
      Question(text: "What is the side effect of \(drug.name)?", answer: drug.effect),
    ]
  }

  func passage(level: Double, _ generator: inout SplitMix64) -> Passage {
    let condition = generator.pick(conditions)
    var passage = Passage()
    if generator.chance(0.5) {
      for question in generator.sample(generator.between(1, 4), from: Self.questions(on: condition)) {
        passage.learn("Question: \(question.text)\nAnswer: \(question.answer)\n")
      }
    } else {
      let sentences = generator.sample(generator.between(2, 5), from: statements(on: condition, &generator))
      passage.learn(sentences.joined(separator: " ") + "\n")
    }
    return passage
  }

  private func statements(on condition: Condition, _ generator: inout SplitMix64) -> [String] {
    let name = condition.name
    let drug = condition.drug
    return [
      generator.pick(["The drug for \(name) is \(drug.name).", "Patients with \(name) receive \(drug.name)."]),
      generator.pick([
        "The organ of \(name) is the \(condition.organ).", "In \(name) it is the \(condition.organ) that suffers.",
      ]),
      generator.pick(["The sign of \(name) is \(condition.sign).", "Patients with \(name) show \(condition.sign)."]),
      generator.pick(["The drug \(drug.name) is for \(name).", "We give \(drug.name) against \(name)."]),
      "The drug \(drug.name) belongs to the \(drug.family) family.",
      generator.pick([
        "The side effect of \(drug.name) is \(drug.effect).", "Too much \(drug.name) brings \(drug.effect).",
      ]),
    ]
  }
}

/// Facts that follow from two others, in sentences: what a condition's drug does, and what a drug's condition shows.
package struct FactChains: Sendable {
  let conditions: [Condition]

  package init(world: World) { conditions = world.conditions }

  func passage(level: Double, _ generator: inout SplitMix64) -> Passage {
    var passage = Passage()
    for _ in 0..<generator.between(1, 3) {
      let (given, learned) = Self.chain(on: generator.pick(conditions), &generator)
      passage.given(given)
      passage.learn(learned + "\n")
    }
    return passage
  }

  /// A condition or drug, and two sentences of which the second follows on from the first.
  static func chain(on condition: Condition, _ generator: inout SplitMix64) -> (given: String, learned: String) {
    let name = condition.name
    let drug = condition.drug
    switch generator.below(4) {
    case 0:
      return ("The drug for \(name)", " is \(drug.name). The side effect of \(drug.name) is \(drug.effect).")
    case 1:
      return ("The drug for \(name)", " is \(drug.name). The drug \(drug.name) belongs to the \(drug.family) family.")
    case 2: return ("The drug \(drug.name)", " is for \(name). The sign of \(name) is \(condition.sign).")
    default: return ("The drug \(drug.name)", " is for \(name). The organ of \(name) is the \(condition.organ).")
    }
  }
}
