import Analysis
import Recipe
import Testing

extension StudyReportTests {
  @Test func everyPairStandsInTheReportWithWhoGotWhichRight() throws {
    let content = try content([
      run(1, .oProj, right: 30, overhead: 4), run(2, .all, right: 48, overhead: 28),
      run(3, .fc1, right: 32, overhead: 5),
    ])
    let markdown = MarkdownReport.text(content)
    #expect(markdown.contains("Every pair, row minus column in points"))
    // 18 discordant examples, all on one side, tell o_proj from all; the two of o_proj and fc1 tell nothing.
    let row = try #require(
      markdown.split(separator: "\n").first { $0.hasPrefix("| o_proj |") && $0.contains("-4.00 [") })
    #expect(row.contains("-36.00 [") && row.contains("worse") && row.contains("can't tell"), "\(row)")
    let page = HTMLReport.page(content)
    #expect(
      page.contains("Who got which right on medmcqa") && page.contains("50 examples: 30 all right, 2 none, 18 differ"))
    // Neighbours that are alike are one rectangle: one for each combination here.
    #expect(page.components(separatedBy: "<rect class=\"hit\"").count - 1 == 3)
    // Two combinations are in the table above already.
    let two = try self.content([run(1, .oProj, right: 30), run(2, .all, right: 48)])
    #expect(!MarkdownReport.text(two).contains("Every pair"))
  }
}
