import Dashboard
import Messages
import Recipe
import Testing

/// Compare's panes as files.
@Suite("Compare as tables")
struct CompareTablesTests {
  private func table(_ pane: Pane, runs: Int = 3, examples: Int = 20) throws -> CompareTable {
    let comparison = CompareData.comparison(runs: runs, examples: examples)
    return try #require(CompareTables.table(pane, comparison, ExampleGrid(comparison.samples)))
  }

  @Test("every pane but the curves and the maps has a table whose rows are as long as its head")
  func shapes() throws {
    for pane in ScreenName.compare.panes where pane != .compareLoss && pane != .compareLayers {
      let table = try table(pane)
      #expect(!table.rows.isEmpty && table.rows.allSatisfy { $0.count == table.columns.count }, "\(pane)")
    }
    let comparison = CompareData.comparison(runs: 2, examples: 1)
    #expect(CompareTables.table(.compareLoss, comparison, ExampleGrid(comparison.samples)) == nil)
    #expect(CompareTables.table(.compareLayers, comparison, ExampleGrid(comparison.samples)) == nil)
    #expect(CompareTables.table(.runs, comparison, ExampleGrid(comparison.samples)) == nil)
  }

  @Test("numbers are there in full, each pair once, each example once, and all tokens")
  func values() throws {
    let results = try table(.compareResults)
    let second = Dictionary(zip(results.columns, results.rows[1])) { first, _ in first }
    #expect(second["run"] == "6" && second["verdict"] == "can't tell" && second["difference_points"] == "1.0")
    #expect(second["paired_examples"] == "20" && second["p_is_bound"] == "no" && second["measured_busy"] == "no")
    #expect(try table(.comparePairs, runs: 4).rows.count == 6)
    let examples = try table(.compareExamples)
    #expect(Set(examples.rows.map { $0[0] }) == Set((0..<20).map { "\($0)" }))
    let times = try table(.compareLatency)
    for column in times.columns.indices.dropFirst(2) {
      #expect(times.rows.reduce(0) { $0 + (Int($1[column]) ?? 0) } == 400)
    }
  }

  @Test("signs of Markdown, HTML and CSV in texts of people mean themselves")
  func escaping() {
    let table = CompareTable(
      title: "a | b", columns: ["x", "y"], rows: [["<b>|*_`#", "one\ntwo \"q\", \u{1b}[2J"], ["", "1.5"]])
    #expect(table.markdown.hasPrefix("# a \\| b\n\n| x | y |\n| --- | --- |\n"))
    #expect(table.markdown.contains("| &lt;b>\\|\\*\\_\\`\\# | one<br>two \"q\",  \\[2J |"))
    #expect(table.csv == "x,y\r\n<b>|*_`#,\"one\ntwo \"\"q\"\", \u{1b}[2J\"\r\n,1.5\r\n")
  }
}
