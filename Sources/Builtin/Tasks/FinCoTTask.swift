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
      let asked = TableQuestion(on: table, &generator).asked(on: table)
      return Example(
        id: id, prompt: "Figures:\n\(table.text)Question: \(asked.text)\nReasoning:", completion: asked.completion,
        group: asked.company, options: options(asked, table, id: id))
    }
  }

  /// The right reasoning and those of seven other questions on the same table: of the same kind while there are any, since another kind shows in the
  /// wording.
  private func options(_ asked: TableQuestion.Asked, _ table: FigureTable, id: Int) -> AnswerOptions? {
    let gold = Example(id: id, prompt: "", completion: asked.completion)
    var generator = SplitMix64(seed: UInt64(id), stream: 0xF1C1)
    let all = TableQuestion.all(on: table)
    let mixed = generator.sample(all.count, from: all)
    var (wrong, finals) = ([String](), [asked.final])
    for question in mixed.filter({ $0.kind == asked.kind }) + mixed.filter({ $0.kind != asked.kind })
    where wrong.count < 7 {
      let other = question.asked(on: table)
      // Another question may have the same answer, and two may be the same one but for the order of the companies.
      guard !finals.contains(other.final), metric.score(output: other.completion, example: gold).value < 1 else {
        continue
      }
      wrong.append(other.completion)
      finals.append(other.final)
    }
    return AnswerOptions(right: asked.completion, wrong: wrong, &generator)
  }
}

/// What may be asked of a table of figures.
private struct TableQuestion {
  enum Kind: Int, CaseIterable {
    case sum, difference, profit, profits
  }

  /// A question in words, and how it is answered.
  struct Asked {
    let kind: Kind
    /// The company that is asked about first.
    let company: String
    let text: String
    /// The worked steps.
    let steps: [String]
    /// What stands in the final line.
    let final: String

    var completion: String { " " + steps.joined(separator: " ") + "\nFinal: " + final }
  }

  let kind: Kind
  let rows: [Int]
  let column: Int

  private init(_ kind: Kind, rows: [Int], column: Int) {
    self.kind = kind
    self.rows = rows
    self.column = column
  }

  init(on table: FigureTable, _ generator: inout SplitMix64) {
    rows = generator.sample(2, from: table.companies.indices)
    column = generator.below(table.items.count)
    kind = Kind(rawValue: generator.below(Kind.allCases.count)) ?? .sum
  }

  static func all(on table: FigureTable) -> [TableQuestion] {
    let rows = table.companies.indices
    return Kind.allCases.flatMap { kind in
      rows.flatMap { first in
        rows.filter { $0 != first }.flatMap { second in
          table.items.indices.map { TableQuestion(kind, rows: [first, second], column: $0) }
        }
      }
    }
  }

  func asked(on table: FigureTable) -> Asked {
    let (first, second) = (table.companies[rows[0]], table.companies[rows[1]])
    let item = table.items[column]
    let (a, b) = (table.figures[rows[0]][column], table.figures[rows[1]][column])
    func asked(_ text: String, _ steps: [String], _ final: String) -> Asked {
      Asked(kind: kind, company: first, text: text, steps: steps, final: final)
    }
    switch kind {
    case .sum:
      return asked(
        "What do the \(item) of \(first) and \(second) come to?",
        [
          Self.stated(item, first, a), Self.stated(item, second, b),
          "\(a) + \(b)" + Self.worked(ArithmeticExercises.sum(a, b)),
        ], "\(a + b)")
    case .difference:
      let (more, less) = a >= b ? (first, second) : (second, first)
      let (high, low) = (max(a, b), min(a, b))
      return asked(
        "By how much do the \(item) of \(more) exceed those of \(less)?",
        [
          Self.stated(item, more, high), Self.stated(item, less, low),
          "\(high) - \(low)" + Self.worked(ArithmeticExercises.difference(high, low)),
        ], "\(high - low)")
    case .profit:
      let (steps, profit) = Self.result(of: rows[0], in: table)
      return asked("What is the profit of \(first)?", steps, "\(profit)")
    case .profits:
      let (steps, profit) = Self.result(of: rows[0], in: table)
      let (otherSteps, otherProfit) = Self.result(of: rows[1], in: table)
      return asked(
        "Give the profits of \(first) and \(second) in a row.", steps + otherSteps, "\(profit) | \(otherProfit)")
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
