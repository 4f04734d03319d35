import Dashboard
import Messages
import Terminal
import Testing

/// How heavily curves are smoothed: by the length of each run until a person says otherwise.
@Suite("Smoothing of curves")
struct SmoothingTests {
  /// Run 12 is one of 120 steps; the others have 400.
  private func snapshot() -> Snapshot {
    var snapshot = TestData.snapshot
    for index in snapshot.runs.indices where snapshot.runs[index].id == 12 {
      snapshot.runs[index].totalSteps = 120
      snapshot.runs[index].step = 120
      snapshot.runs[index].losses = MetricSeries(TestData.losses(steps: 120, to: 0.413))
    }
    return snapshot
  }

  private func text(_ state: DashboardState) -> [String] { Render.screen(state).text }

  @Test("a run of less than 200 steps has .6, longer ones .9, and one that a person chose has that")
  func weights() {
    var run = TestData.run(1, "D", state: .done, steps: 199, loss: 0.4)
    run.totalSteps = 199
    #expect(ChartView().beta(of: run) == 0.6)
    run.totalSteps = 200
    #expect(ChartView().beta(of: run) == 0.9)
    // One that ended early is as long as it was planned.
    run.losses = MetricSeries([3, 2, 1])
    #expect(ChartView().beta(of: run) == 0.9)
    var view = ChartView()
    view.smoothing = 3
    #expect(view.beta(of: run) == 0.97)
  }

  @Test("the title says each weight that is drawn, and the legend's value is the table's")
  func title() {
    var state = TestData.state(columns: 230, rows: 60, snapshot: snapshot())
    Driver.type("4", on: &state)
    #expect(text(state).contains { $0.contains("EMA .60 and .90 · log y") })
    let legend = text(state).first { $0.contains("#12 qkv+fc1+fc2 ") } ?? ""
    let value = legend.components(separatedBy: "#12 qkv+fc1+fc2 ").last?.prefix { $0 != " " } ?? ""
    #expect(Double(value) != nil)
    let row = text(state).first { $0.contains(" 12 qkv+fc1+fc2 ") } ?? ""
    #expect(row.contains(" \(value) "), "\(row)")
    var single = TestData.state(snapshot: snapshot())
    single.runs.selected = 12
    Driver.type("R", on: &single)
    #expect(text(single).contains { $0.contains("EMA .60 + raw · log y") })
  }

  @Test("the keys go on from what the inspected curve has, and the options say auto")
  func keys() throws {
    var state = TestData.state(snapshot: snapshot())
    state.runs.selected = 12
    Driver.type("R", on: &state)
    Driver.type("}", on: &state)
    #expect(state.chart.smoothing == 2)
    let field = try #require(OptionField.named("smoothing"))
    var settings = DashboardSettings()
    #expect(settings.smoothing == nil && field.get(settings) == "auto")
    #expect(field.set("0.6", in: &settings) == nil && settings.smoothing == 1)
    #expect(field.set("auto", in: &settings) == nil && settings.smoothing == nil)
    #expect(field.set("0.5", in: &settings)?.contains("auto, 0, 0.6, 0.9, 0.97, 0.99") == true)
  }

  @Test("a file of the chart smooths each curve as the screen does")
  func file() throws {
    var state = TestData.state(snapshot: snapshot())
    Driver.type("4", on: &state)
    let chart = try #require(ExportSubject.chart(state))
    let short = try #require(chart.curves.first { $0.name.hasPrefix("#12 ") })
    #expect(short.smoothing == 0.6 && chart.curves.contains { $0.smoothing == 0.9 })
    #expect(chart.subtitle.hasSuffix("EMA .60 and .90"))
  }
}

/// The legend of a chart of many runs.
@Suite("Legend")
struct LegendTests {
  @Test("every marked run is in the legend at 120 × 36, its value whole", arguments: [2, 3, 5, 8])
  func all(_ count: Int) throws {
    var state = CompareData.state(runs: count)
    Driver.type("M4", on: &state)
    let rect = try #require(state.layout.rect(of: .loss))
    let rows = Render.screen(state).text[(rect.y + 1)..<(rect.bottom - 1)].map { row in
      String(Array(row)[(rect.x + 1)..<(rect.right - 1)])
    }
    let legend = rows.prefix(5).joined(separator: "\n")
    for run in state.markedRuns { #expect(legend.contains("#\(run.id) "), "\(run.id) of \(count)\n\(legend)") }
    #expect(!legend.contains(" +1") && !legend.contains("…"))
    // By their modules where there is room for it.
    if count <= 3 { #expect(legend.contains("qkv+fc1+fc2")) }
    // The plot keeps its room.
    #expect(rows.count { $0.contains("│") || $0.contains("┤") } >= 10)
  }
}
