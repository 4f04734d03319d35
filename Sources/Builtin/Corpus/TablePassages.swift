import Recipe
import Training

/// A small table of companies' figures and questions for single cells and for the larger one.
public struct TablePassages: Sendable {
  let world: World
  private static let columns = ["sales", "costs", "staff", "debt"]

  public init(world: World) { self.world = world }

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
