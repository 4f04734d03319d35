import Analysis
import Messages
import Recipe
import Testing

@Suite struct BigTableTests {
  private func dataset(
    _ name: String, _ modality: StudyDataset.Modality, base: Int, _ rights: [Targets: Int], from id: RunID
  ) -> StudyDataset {
    func cell(_ targets: Targets, _ right: Int, _ id: RunID) -> StudyCell {
      var cell = StudyDifferenceTests.cell(targets, [(0..<200).map { $0 < right ? 1 : 0 }])
      cell.runs = [id]
      cell.interval = Interval(estimate: cell.mean, low: cell.mean - 3, high: cell.mean + 3)
      return cell
    }
    let sets = rights.keys.sorted(by: Targets.precedes)
    return StudyDataset(
      name: name, modality: modality, reasoning: false, metric: "accuracy", evaluationExamples: 200,
      base: cell([], base, id),
      cells: sets.enumerated().map { cell($0.element, rights[$0.element] ?? 0, id + RunID($0.offset) + 1) })
  }

  private var table: StudyTable {
    StudyTable(
      origin: .measured, baseModel: "builtin",
      datasets: [
        dataset("medmcqa", .text, base: 10, [.oProj: 150, .fc1: 160, .all: 190], from: 10),
        dataset("cocohd", .text, base: 20, [.oProj: 180, .fc1: 181, .all: 182], from: 20),
        dataset("invoice-ocr", .image, base: 0, [.oProj: 100, .all: 120], from: 30),
      ], costs: [:])
  }

  @Test func linesAreDataSetsAndMeans() throws {
    let big = BigTable(table)
    #expect(big.rows.map(\.name) == ["medmcqa", "cocohd", "invoice-ocr", "mean, text", "mean, all"])
    #expect(big.sets == Targets.articleNine)
    let text = big.rows[3]
    #expect(text.base == 7.5 && text.scores[.oProj]?.estimate == 82.5 && text.best == .all)
    // A mean holds what was run on all of its data sets only.
    #expect(big.rows[4].scores.keys.sorted { $0.rawValue < $1.rawValue } == [.oProj, .all])
    #expect(big.rows[4].overBase == nil)
  }

  @Test func whatTheBaseScoresWithoutTheFormHasColumnsWhereItIsKnown() throws {
    var table = table
    #expect(!BigTable(table).text()[0].contains { $0.contains("few-shot") || $0 == "chance" })
    let interval = Interval(estimate: 0.412, low: 0.35, high: 0.47)
    table.datasets[0].base?.formatFree = FormatFreeScores(
      fewShot: .init(score: interval, parseFailureRate: 0, shots: 4, promptsWithFewer: 0, examples: 200),
      chance: .init(score: 0.25, kind: .options))
    let text = BigTable(table).text().map { Array($0.prefix(5)) }
    #expect(text[0] == ["data set", "base", "base, few-shot", "chance", "qkv"])
    #expect(text[1].prefix(4) == ["medmcqa (text)", "5.0", "41.2", "25.0"])
    #expect(text[2].prefix(4) == ["cocohd (text)", "10.0", "–", "–"])
  }

  @Test func theBestIsTestedAgainstTheBaseAndTheWorst() throws {
    let rows = BigTable(table).rows
    let over = try #require(rows[0].overBase)
    #expect(over.first == .all && over.difference.points == 90)
    #expect(try #require(over.difference.pValue) < 1e-10)
    let worst = try #require(rows[0].overWorst)
    #expect(worst.second == .oProj && worst.difference.points == 20)
    // 40 discordant pairs, and three pairs of combinations, of which any could have been the best and the worst: 3 · 2 · 2⁻⁴⁰.
    #expect(abs(try #require(worst.difference.pValue) / (6 / 1_099_511_627_776) - 1) < 1e-6)
    // Two pairs in two hundred tell nothing.
    #expect(rows[1].overWorst?.difference.pValue ?? 0 > 0.5)
  }

  @Test func thePublishedTableHasTheArticlesMeans() throws {
    let big = BigTable(try PublishedStudy.standard().table)
    #expect(big.rows.map(\.name).suffix(3) == ["mean, text", "mean, image", "mean, all"])
    let means = try #require(big.rows.last?.scores)
    func close(_ set: Targets, _ value: Double) -> Bool { abs((means[set]?.estimate ?? 0) - value) < 0.005 }
    #expect(
      close(.oProj, 59.49) && close([.oProj, .fc1], 59.35) && close([.oProj, .fc2], 60.75) && close(.all, 62.54))
    // qkv was not run on all of them.
    #expect(means[.qkv] == nil)
  }

  @Test func theBlockGoesBetweenItsMarks() throws {
    let begin = "<!-- lorascope report --table: begin -->"
    let end = "<!-- lorascope report --table: end -->"
    let document = "# A\n\n\(begin)\nold\n\(end)\n\nrest\n"
    let replaced = try TableBlock.replaced(in: document, by: "\n| new |\n", name: "README.md")
    #expect(replaced == "# A\n\n\(begin)\n\n| new |\n\(end)\n\nrest\n")
    #expect(try TableBlock.replaced(in: replaced, by: "\n| new |\n", name: "README.md") == replaced)
    for wrong in ["# A\n", "\(end)\n\(begin)\n", begin] {
      let error = #expect(throws: Refusal.self) {
        try TableBlock.replaced(in: wrong, by: "x", name: "README.md")
      }
      #expect(error?.description.contains("README.md") == true && error?.exitStatus == 65)
    }
  }
}
