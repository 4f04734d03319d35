import Dashboard
import Messages
import Terminal
import Testing

/// The unit of an axis stands behind its last number, in every chart, and behind the quantity in files.
@Suite("Units of axes")
struct AxisUnitTests {
  private func inside(_ pane: Pane, _ state: DashboardState) throws -> String {
    let rect = try #require(state.layout.rect(of: pane))
    return Render.screen(state).text[rect.y..<rect.bottom].map { String(Array($0)[rect.x..<rect.right]) }
      .joined(separator: "\n")
  }

  @Test("one rule for all")
  func rule() {
    #expect(AxisUnit.label("20.6", "ms") == "20.6 ms" && AxisUnit.label("20k", "tokens") == "20k tokens")
    #expect(AxisUnit.label("+15", "%") == "+15%")
    #expect(AxisUnit.label("400", "") == "400")
    #expect(AxisUnit.title("TPOT p50", "ms") == "TPOT p50, ms" && AxisUnit.title("step", "") == "step")
  }

  @Test("the scatter, curves over time and tokens, and the histogram keep it")
  func charts() throws {
    var state = TestData.state(columns: 200, rows: 60)
    for (axis, unit) in [
      (CombinationSummary.Axis.overhead, "%"), (.p50, " ms"), (.p95, " ms"), (.parameters, "M"),
    ] {
      state.scatter.x = axis
      Driver.type("5", on: &state)
      let text = try inside(.scatter, state)
      #expect(text.contains("0\(unit)") || text.contains("5\(unit)") || text.contains("2\(unit)"), "\(axis)\n\(text)")
      #expect(text.contains(axis.title) && !text.contains("\(axis.title), "), "\(axis)")
      #expect(ExportSubject.chart(state)?.xTitle == "\(axis.title), \(axis.unit)")
    }
    Driver.type("4", on: &state)
    state.chart.unit = .tokens
    #expect(try inside(.loss, state).contains("M tokens"))
    state.chart.unit = .time
    #expect(try inside(.loss, state).contains(" s "))
    state.runs.selected = 12
    Driver.type("R6", on: &state)
    #expect(try inside(.runLatency, state).contains(/[0-9] ms/))
  }
}
