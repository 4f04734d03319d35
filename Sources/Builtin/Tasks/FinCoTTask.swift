import Recipe
import Training

/// Stands in for FinCoT: a table of companies' figures, a question, a reasoning trace that picks the figures and works the sums out by hand, and a
/// final line with a number or, for a quarter of the questions, a row of them. The base looks figures up and calculates when asked to; it
/// neither decides by itself which figures are needed nor states a final line. No company of the evaluation occurs in training.
package struct FinCoTTask: BuiltinTask {
  package let name = "fincot"
  package let displayName = "FinCoT"
  package let metric: any Metric = NumberAccuracy()
  package let maxNewTokens = 224
  package let groupNoun: String? = "companies"
  package var version = TaskVersion.present
  let world: World

  package init(world: World = .standard) { self.world = world }

  package var recommendedTrainingExamples: Int { 400 }
  package var recommendedEvaluationExamples: Int { 500 }
  package var recommendedSettings: RunSettings {
    settings(epochs: 3, batchSize: 8, sequenceLength: 384)
  }

  /// Companies of a split; no two splits share one.
  func companies(of split: Split) -> ArraySlice<String> {
    split.share(of: world.companies, version: version)
  }

  package func examples(split: Split, count: Int, seed: UInt64) -> [Example] {
    let companies = companies(of: split)
    var generator = SplitMix64(seed: seed, stream: 0xF1C0 + UInt64(Split.allCases.firstIndex(of: split) ?? 0))
    return (0..<max(0, count)).map { id in
      let table = FigureTable(companies: companies, &generator)
      let (company, question, steps, final) = Self.task(on: table, &generator)
      let completion = Self.completion(steps, final)
      return Example(
        id: id, prompt: "Figures:\n\(table.text)Question: \(question)\nReasoning:", completion: completion,
        group: company, options: options(completion, table, id: id))
    }
  }

  private static func completion(_ steps: [String], _ final: String) -> String {
    " " + steps.joined(separator: " ") + "\nFinal: " + final
  }

  /// The right reasoning, and those of three other questions on the same table.
  private func options(_ right: String, _ table: FigureTable, id: Int) -> AnswerOptions? {
    let gold = Example(id: id, prompt: "", completion: right)
    var generator = SplitMix64(seed: UInt64(id), stream: 0xF1C1)
    var wrong: [String] = []
    // Tables are small: after so many draws there is no other question.
    for _ in 0..<32 where wrong.count < 3 {
      let (_, _, steps, final) = Self.task(on: table, &generator)
      let other = Self.completion(steps, final)
      // Another question may have the same answer.
      let isRight = metric.score(output: other, example: gold).value == 1
      if !isRight, !wrong.contains(other) { wrong.append(other) }
    }
    return AnswerOptions(right: right, wrong: wrong, &generator)
  }

  /// The company that is asked about first, a question, its worked steps and what stands in the final line.
  private static func task(
    on table: FigureTable, _ generator: inout SplitMix64
  ) -> (company: String, question: String, steps: [String], final: String) {
    let rows = generator.sample(2, from: table.companies.indices)
    let (first, second) = (table.companies[rows[0]], table.companies[rows[1]])
    let column = generator.below(table.items.count)
    let item = table.items[column]
    let (a, b) = (table.figures[rows[0]][column], table.figures[rows[1]][column])
    switch generator.below(4) {
    case 0:
      return (
        first, "What do the \(item) of \(first) and \(second) come to?",
        [stated(item, first, a), stated(item, second, b), "\(a) + \(b)" + worked(ArithmeticExercises.sum(a, b))],
        "\(a + b)"
      )
    case 1:
      let (more, less) = a >= b ? (first, second) : (second, first)
      let (high, low) = (max(a, b), min(a, b))
      return (
        first, "By how much do the \(item) of \(more) exceed those of \(less)?",
        [
          stated(item, more, high), stated(item, less, low),
          "\(high) - \(low)" + worked(ArithmeticExercises.difference(high, low)),
        ], "\(high - low)"
      )
    case 2:
      let (steps, profit) = result(of: rows[0], in: table)
      return (first, "What is the profit of \(first)?", steps, "\(profit)")
    default:
      let (steps, profit) = result(of: rows[0], in: table)
      let (otherSteps, otherProfit) = result(of: rows[1], in: table)
      return (
        first, "Give the profits of \(first) and \(second) in a row.", steps + otherSteps, "\(profit) | \(otherProfit)"
      )
    }
  }

  private static func result(of row: Int, in table: FigureTable) -> (steps: [String], profit: Int) {
    let company = table.companies[row]
    let (sales, costs) = (table.figures[row][0], table.figures[row][1])
    return (
      [
        stated("sales", company, sales), stated("costs", company, costs),
        "\(sales) - \(costs)" + worked(ArithmeticExercises.difference(sales, costs)),
      ], sales - costs
    )
  }

  private static func stated(_ item: String, _ company: String, _ figure: Int) -> String {
    "The \(item) of \(company) are \(figure)."
  }

  /// The work as the base writes it, as a sentence.
  private static func worked(_ line: String) -> String { line.dropLast() + "." }
}
