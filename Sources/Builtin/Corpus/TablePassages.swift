import Recipe
import Training

/// A small table of companies' figures and questions for single cells and for the larger one.
package struct TablePassages: Sendable {
  let world: World
  private static let columns = ["sales", "costs", "staff", "debt"]

  package init(world: World) { self.world = world }

  func passage(level: Double, _ generator: inout SplitMix64) -> Passage {
    let companies = generator.sample(generator.between(2, 2 + Int(level * 2)), from: world.companies)
    let columns = generator.sample(generator.between(1, 1 + Int(level * 1.99)), from: Self.columns)
    let figures = companies.map { _ in columns.map { _ in generator.between(10, level < 0.5 ? 99 : 999) } }
    var passage = Passage()
    for (company, row) in zip(companies, figures) {
      let cells = zip(columns, row).map { "\($0) \($1)" }.joined(separator: ", ")
      passage.given("- \(company): \(cells)\n")
    }
    for _ in 0..<generator.between(1, 3) {
      let row = generator.below(companies.count)
      let column = generator.below(columns.count)
      passage.given("Question: What are the \(columns[column]) of \(companies[row])?\nAnswer:")
      passage.learn(" \(figures[row][column])\n")
    }
    return passage
  }
}

/// A small table of companies' sales, costs and debt; sales are never below costs.
struct FigureTable {
  let companies: [String]
  let items = ["sales", "costs", "debt"]
  /// By company, then by item.
  let figures: [[Int]]

  /// Two or three of the companies, with figures of two digits or, four times in ten, of three.
  init(companies: ArraySlice<String>, largest: Int? = nil, _ generator: inout SplitMix64) {
    self.companies = generator.sample(generator.between(2, 3), from: companies)
    let largest = largest ?? (generator.chance(0.6) ? 99 : 999)
    let smallest = largest > 99 ? 100 : min(10, largest)
    figures = self.companies.map { _ in
      let pair = [generator.between(smallest, largest), generator.between(smallest, largest)]
      return [max(pair[0], pair[1]), min(pair[0], pair[1]), generator.between(smallest, largest)]
    }
  }

  /// One line for each company.
  var text: String {
    zip(companies, figures).map { company, row in
      "- \(company): " + zip(items, row).map { "\($0) \($1)" }.joined(separator: ", ") + "\n"
    }.joined()
  }
}

/// A table of figures, and questions whose answers are worked out from two of its cells.
package struct FinancePassages: Sendable {
  let world: World

  package init(world: World) { self.world = world }

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
