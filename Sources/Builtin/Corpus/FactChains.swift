import Recipe
import Training

/// Facts that follow from two others, in sentences: what a condition's drug does, and what a drug's condition shows.
public struct FactChains: Sendable {
  let conditions: [Condition]

  public init(world: World) { conditions = world.conditions }

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
