import Dashboard
import Messages
import Terminal
import Testing

/// Losses on held-out examples are points of the loss chart.
@Suite("Held-out losses")
struct HeldOutPointsTests {
  private static func snapshot(every: Int = 40, of ids: [RunID] = [13], points: Int? = nil) -> Snapshot {
    var snapshot = TestData.snapshot
    for id in ids {
      guard let index = snapshot.index(of: id) else { continue }
      snapshot.runs[index].plan.settings.evalEvery = every
      let steps = snapshot.runs[index].heldOutSteps
      let count = points ?? steps.count(upTo: snapshot.runs[index].step)
      snapshot.runs[index].heldOutLosses = MetricSeries((0..<count).map { 0.9 + 2.4 / Float($0 + 1) })
    }
    return snapshot
  }

  /// Without those that stand for something else.
  private static func points(_ state: DashboardState) -> Int {
    func count(_ state: DashboardState) -> Int {
      Render.screen(state).text.reduce(0) { $0 + $1.count { $0 == "◇" } }
    }
    return count(state) - count(TestData.state(columns: 120, rows: 36))
  }

  @Test("the main screen draws them in the run's curve")
  func golden() throws {
    try Golden.check(TestData.state(columns: 120, rows: 36, snapshot: Self.snapshot()), "held-out-120x36")
  }

  @Test("the newest value stands in the pane's title")
  func note() {
    let text = Render.screen(TestData.state(columns: 120, rows: 36, snapshot: Self.snapshot())).text.joined()
    #expect(text.contains("◇ held out 1.3"))
    let several = Render.screen(
      TestData.state(columns: 120, rows: 36, snapshot: Self.snapshot(of: [13, 12]))
    ).text.joined()
    #expect(several.contains("◇ held out"))
    let none = Render.screen(TestData.state(columns: 120, rows: 36)).text.joined()
    #expect(!none.contains("held out"))
  }

  @Test("a value that is no number is no point")
  func notFinite() {
    var snapshot = Self.snapshot(every: 100)
    let before = Self.points(TestData.state(columns: 120, rows: 36, snapshot: snapshot))
    guard let index = snapshot.index(of: 13) else { return }
    snapshot.runs[index].heldOutLosses = MetricSeries([3.3, .nan])
    let after = Self.points(TestData.state(columns: 120, rows: 36, snapshot: snapshot))
    // One of them is the sign in the title.
    #expect(before == 3 && after == 2)
    _ = Render.screen(TestData.state(columns: 80, rows: 24, snapshot: snapshot))
  }

  @Test("a long run has no more of them than cells")
  func many() {
    let state = TestData.state(columns: 120, rows: 36, snapshot: Self.snapshot(every: 1))
    #expect(Self.points(state) > 3 && Self.points(state) <= 201)
  }
}
