import Analysis
import Messages
import Testing

/// Axes of the page's pictures end where values do.
extension StudyReportTests {
  /// The highest score is 100: the axis of percent ends there, and a tick at 100 is its upper edge.
  @Test func scoresEndAtHundred() throws {
    let page = HTMLReport.page(
      try content([run(1, .oProj, right: 50, overhead: 3), run(2, .all, right: 40, overhead: 9)], base: nil))
    let scatter = try #require(page.components(of: "<svg").first { $0.contains("Score against overhead") })
    #expect(scatter.contains("<path class=\"grid\" d=\"M56.0 12.0H610.0\"/>"))
    #expect(scatter.contains("dy=\"4\">100</text>"))
    for tick in 101...110 { #expect(!scatter.contains("dy=\"4\">\(tick)</text>")) }
  }

  @Test func noLossIsBelowZero() throws {
    var entry = run(1, .oProj, right: 20, overhead: 3)
    entry.0.losses = MetricSeries([4, 0.001, 0.001] + [Float](repeating: 0.001, count: 200))
    let page = HTMLReport.page(try content([entry], base: nil))
    let curves = try #require(page.components(of: "<svg").first { $0.contains("Training loss") })
    #expect(curves.contains("<path class=\"grid\" d=\"M56.0 320.0H610.0\"/>"))
    #expect(curves.contains("dy=\"4\">0</text>"))
  }
}

extension String {
  fileprivate func components(of start: String) -> [Substring] { split(separator: start) }
}
