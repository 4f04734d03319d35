import Dashboard
import Messages
import Recipe
import Terminal
import Testing

/// The Run screen's charts, heatmap and histogram, and the selected run beside the table.
@Suite struct RunPanesTests {
  private func onRun(_ run: RunID, _ columns: Int = 120, _ rows: Int = 36) -> DashboardState {
    var state = TestData.state(columns: columns, rows: rows)
    state.runs.selected = run
    Driver.type("R", on: &state)
    return state
  }

  private func shows(_ text: String, _ state: DashboardState) -> Bool {
    Render.screen(state).text.contains { $0.contains(text) }
  }

  @Test("every chart can be opened by its number and by c, and the focus stays in view")
  func charts() {
    var state = onRun(12)
    #expect(shows("2 Gradient norm", state) && shows("3 Learning rate", state) && !shows("5 Memory", state))
    Driver.type("c", on: &state)
    #expect(shows("4 Tokens a second", state) && shows("5 Memory", state) && !shows("2 Gradient norm", state))
    Driver.type("c", on: &state)
    #expect(shows("6 Token latency", state) && shows("p50", state))
    Driver.type("c2c", on: &state)
    #expect(state.focusedPane == .runSpeed && state.layout.rect(of: .runSpeed) != nil)
    for number in 1...9 {
      Driver.type("\(number)", on: &state)
      #expect(state.layout.rect(of: state.focusedPane) != nil && state.focusedPane.number == number)
    }
    // Another run keeps them.
    Driver.type("4c>", on: &state)
    #expect(state.run.charts == .latency)
  }

  @Test("large screens have all of them at once")
  func large() {
    let state = onRun(12, 200, 60)
    for pane in ScreenName.run.panes { #expect(state.layout.rect(of: pane) != nil, "\(pane)") }
  }

  @Test("curves over tokens and time end where the plan does, and the crosshair stands on the same step")
  func axes() {
    var state = onRun(13)
    #expect(ChartRuns.fullRange(state) == 0...400)
    Driver.type("ihh", on: &state)
    let step = state.chart.crosshair
    Driver.type("u", on: &state)
    #expect(state.chart.unit == .tokens && abs(ChartRuns.fullRange(state).upperBound - 400 * 3700) < 1)
    #expect(state.chart.crosshair == step && shows("tokens", state))
    Driver.type("u", on: &state)
    #expect(state.chart.unit == .time && abs(ChartRuns.fullRange(state).upperBound - 300) < 0.01)
    // One column on is some steps on, and zooming in keeps the crosshair in view.
    Driver.type("l", on: &state)
    #expect((state.chart.crosshair ?? 0) > (step ?? 0))
    Driver.type("++++", on: &state)
    let seconds = Double(state.chart.crosshair ?? 0) * 0.75
    #expect(ChartRuns.xRange(state).contains(seconds))
    Driver.type("u", on: &state)
    #expect(state.chart.unit == .steps && state.chart.range == nil)
  }

  @Test("runs of unequal speed are read at the same time, not at the same step")
  func comparedOverTime() {
    var snapshot = TestData.snapshot
    for index in snapshot.runs.indices where snapshot.runs[index].id == 11 {
      snapshot.runs[index].elapsed = MetricSeries((1...400).map { Float($0) * 1.5 })
    }
    var state = TestData.state(snapshot: snapshot)
    Driver.type("4iuu", on: &state)
    let runs = ChartRuns.of(state)
    let (fast, slow) = (runs.firstIndex { $0.id == 12 }, runs.firstIndex { $0.id == 11 })
    state.runs.selected = 12
    state.chart.crosshair = 200
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(ChartAxis.step(under: 200, runs[fast ?? 0], state) == 200)
    #expect(ChartAxis.step(under: 200, runs[slow ?? 0], state) == 100)
    state.chart.crosshair = 400
    #expect(ChartAxis.step(under: 400, runs[slow ?? 0], state) == 200)
    state.runs.selected = 11
    Driver.apply(.snapshot(snapshot), to: &state)
    // The faster run has ended before the slower one's last step.
    #expect(ChartAxis.step(under: 400, runs[fast ?? 0], state) == nil)
  }

  @Test("the heatmap follows the run, reads cells, and says why there is none")
  func energy() {
    var state = onRun(12)
    #expect(shows("7 Adapter energy", state) && shows("squared norm of BA, step 400", state))
    Driver.type("7l", on: &state)
    #expect(state.heatmap.cursor != nil && shows("down_proj layer 20", state))
    Driver.type("h", on: &state)
    #expect(shows("down_proj layer 19", state))
    Driver.press(.escape, on: &state)
    #expect(state.heatmap.cursor == nil && state.screen == .run)
    // A module without an adapter has no row.
    #expect(!shows("o_proj", state))
    Driver.type("w", on: &state)
    #expect(!state.heatmap.showsGradient && state.notice?.text.contains("no probe") == true)
    state = onRun(14)
    #expect(shows("B = 0 before the first step", state))
    var snapshot = TestData.snapshot
    for index in snapshot.runs.indices { snapshot.runs[index].energy = nil }
    Driver.apply(.snapshot(snapshot), to: &state)
    state.run.run = 12
    #expect(shows("an earlier version trained it", state))
    state.run.run = 13
    #expect(shows("as often as half a percent", state))
  }

  @Test("on Main 7 and 8 open over the others, and have places of their own on wide screens")
  func extras() {
    var state = TestData.state()
    #expect(state.layout.rect(of: .energy) == nil)
    Driver.type("7", on: &state)
    #expect(state.layout.places.contains { $0.pane == .energy && $0.form == .overlay } && shows("down_proj", state))
    Driver.press(.escape, on: &state)
    #expect(state.focusedPane == .runs)
    Driver.type("8", on: &state)
    #expect(shows("8 Selected run", state))
    // Tab leaves it, and does not come back to what lies over the others.
    for _ in 0..<12 {
      Driver.press(.tab, on: &state)
      #expect(!state.focusedPane.isExtra)
    }
    let wide = TestData.state(columns: 200, rows: 60)
    #expect(wide.layout.places.count == 8 && wide.layout.places.allSatisfy { $0.form == .open })
  }

  @Test("curve, point and row are one selection")
  func linked() {
    var state = TestData.state()
    // From the table to the plot: the selected run's point is the inspected one.
    state.runs.selected = 11
    Driver.type("5i", on: &state)
    let points = state.scatterPoints.points
    func inspected() -> [RunID] { state.scatter.inspected.map { points[$0].runs } ?? [] }
    #expect(inspected() == [11])
    Driver.type("l", on: &state)
    #expect(inspected() != [11] && inspected().contains(state.runs.selected ?? 0))
    Driver.type("6", on: &state)
    state.runs.selected = 8
    Driver.press(.down, .up, on: &state)
    #expect(inspected() == [8])
    // From the curves: the inspected series is the table's row.
    Driver.type("4i", on: &state)
    for _ in 0..<ChartRuns.of(state).count {
      Driver.type("j", on: &state)
      #expect(ChartRuns.of(state)[state.chart.series].id == state.runs.selected)
    }
    // And back from the table.
    state.runs.selected = 12
    Driver.press(.control("l"), on: &state)
    #expect(ChartRuns.of(state)[state.chart.series].id == 12)
  }

  @Test("rows have their curve, and bars with intervals where there is room")
  func rows() {
    var state = TestData.state(columns: 240, rows: 60)
    #expect(shows("curve", state) && shows("▒", state) && shows("█▇", state))
    // Figures come before pictures.
    state = TestData.state(columns: 80, rows: 24)
    #expect(!shows("curve", state) && shows("score %", state))
    state = TestData.state(columns: 240, rows: 60, characterSet: .ascii)
    #expect(Render.screen(state).text.allSatisfy { $0.allSatisfy(\.isASCII) })
  }

  @Test("what earlier versions did not record is said so")
  func notRecorded() {
    var snapshot = TestData.snapshot
    for index in snapshot.runs.indices where snapshot.runs[index].id == 12 {
      snapshot.runs[index].memory = MetricSeries([Float](repeating: .nan, count: 400))
    }
    var state = TestData.state(snapshot: snapshot)
    state.runs.selected = 12
    Driver.type("R5", on: &state)
    #expect(shows("not recorded: an earlier version trained it", state))
  }

  @Test("golden screens", arguments: [(80, 24), (120, 36), (200, 60)])
  func goldens(columns: Int, rows: Int) throws {
    var state = onRun(12, columns, rows)
    Driver.type("7", on: &state)
    try Golden.check(state, "run-energy-\(columns)x\(rows)")
    Driver.type("6", on: &state)
    try Golden.check(state, "run-latency-\(columns)x\(rows)")
    Driver.type("5uu", on: &state)
    try Golden.check(state, "run-memory-\(columns)x\(rows)")
    var main = TestData.state(columns: columns, rows: rows)
    Driver.type("7", on: &main)
    try Golden.check(main, "main-energy-\(columns)x\(rows)")
    Driver.type("8", on: &main)
    try Golden.check(main, "main-overview-\(columns)x\(rows)")
  }

  @Test("golden screens in ASCII")
  func ascii() throws {
    var state = TestData.state(characterSet: .ascii)
    state.runs.selected = 12
    Driver.type("R7", on: &state)
    try Golden.check(state, "run-energy-ascii-120x36")
    Driver.type("6", on: &state)
    try Golden.check(state, "run-latency-ascii-120x36")
  }
}
