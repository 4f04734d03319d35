import Recipe
import Training

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
