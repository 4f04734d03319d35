import Recipe
import Training

/// A table of figures, and questions whose answers are worked out from two of its cells.
public struct FinancePassages: Sendable {
  let world: World

  public init(world: World) { self.world = world }

  func passage(level: Double, _ generator: inout SplitMix64) -> Passage {
    let table = FigureTable(companies: world.companies[...], largest: level < 0.4 ? 99 : nil, &generator)
    var passage = Passage()
    passage.given(table.text)
    for _ in 0..<generator.between(1, 2) { passage.append(Self.question(on: table, &generator)) }
    return passage
  }

  private static func question(on table: FigureTable, _ generator: inout SplitMix64) -> Passage {
    let rows = generator.sample(2, from: table.companies.indices)
    let (first, second) = (table.companies[rows[0]], table.companies[rows[1]])
    let column = generator.below(table.items.count)
    let item = table.items[column]
    let (a, b) = (table.figures[rows[0]][column], table.figures[rows[1]][column])
    switch generator.below(4) {
    case 0:
      let lead = generator.pick([
        "Add the \(item) of \(first) and \(second).", "\(first) and \(second), \(item) together:",
      ])
      return answered(lead, "\(a) + \(b)" + ArithmeticExercises.sum(a, b))
    case 1:
      let (more, less) = a >= b ? (first, second) : (second, first)
      let lead = generator.pick([
        "Take the \(item) of \(less) from those of \(more).", "How far are the \(item) of \(more) above \(less)?",
      ])
      return answered(lead, "\(max(a, b)) - \(min(a, b))" + ArithmeticExercises.difference(max(a, b), min(a, b)))
    case 2:
      let (sales, costs) = (table.figures[rows[0]][0], table.figures[rows[0]][1])
      let lead = generator.pick(["What is left of the sales of \(first) after costs?", "\(first), sales less costs:"])
      return answered(lead, "\(sales) - \(costs)" + ArithmeticExercises.difference(sales, costs))
    default:
      // Both figures in a sentence, without any work.
      var passage = Passage()
      passage.given("Say the \(item) of \(first) and \(second).")
      passage.learn(" The \(item) of \(first) are \(a). The \(item) of \(second) are \(b).\n")
      return passage
    }
  }

  private static func answered(_ lead: String, _ work: String) -> Passage {
    var passage = Passage()
    passage.given(lead + "\nWork:")
    passage.learn(" " + work)
    return passage
  }
}
