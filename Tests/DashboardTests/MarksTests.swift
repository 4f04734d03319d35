import Dashboard
import Messages
import Recipe
import Terminal
import Testing

@Suite("Marks and curves")
struct MarksTests {
  @Test("a run keeps its slot; the ninth mark is refused")
  func slots() {
    var marks = Marks()
    for run in 1...8 { #expect(marks.mark(RunID(run)) == .marked(slot: run - 1, moved: false)) }
    #expect(marks.mark(9) == .full)
    marks.unmark(3)
    #expect(marks.mark(9) == .marked(slot: 2, moved: false))
    marks.unmark(1)
    // Slot 2 is held by 9 now: 3 has to move.
    #expect(marks.mark(3) == .marked(slot: 0, moved: true))
    marks.unmark(9)
    marks.unmark(3)
    #expect(marks.mark(9) == .marked(slot: 2, moved: false))
  }

  @Test("slots of the store come back, and marking tells the engine")
  func store() {
    var state = TestData.state()
    #expect(state.marks.inSlotOrder == [13, 12, 11])
    state.runs.selected = 10
    Driver.type("6", on: &state)
    var commands = Driver.commands(Driver.type(" ", on: &state))
    guard case .setSeriesSlot(10, 3)? = commands.first else {
      Issue.record("the slot was not stored")
      return
    }
    commands = Driver.commands(Driver.type(" ", on: &state))
    guard case .setSeriesSlot(10, nil)? = commands.first else {
      Issue.record("the slot was not taken away")
      return
    }
  }

  @Test("a run that starts is marked by itself, but not one that a person unmarked")
  func auto() {
    var snapshot = TestData.snapshot
    var state = TestData.state()
    snapshot.version += 1
    snapshot.runs[11] = TestData.run(14, "E", state: .training, steps: 3, loss: 0.5)
    snapshot.queue = [15, 16, 17]
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(state.marks.contains(14))
    state.runs.selected = 14
    Driver.type("6 ", on: &state)
    snapshot.version += 1
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(!state.marks.contains(14))
  }

  @Test("a range of marks is started and ended with v")
  func range() {
    var state = TestData.state()
    state.runs.selected = 10
    Driver.type("6vjjv", on: &state)
    #expect(state.marks.contains(10) && state.marks.contains(9) && state.marks.contains(8))
    #expect(state.runs.rangeStart == nil)
  }

  @Test("curves grow with the series, and start anew when a run was rewound")
  func curves() {
    var store = CurveStore()
    var run = TestData.run(1, "F", state: .training, steps: 2)
    run.losses = MetricSeries([3, 2])
    store.take(run, .loss)
    run.losses.append(.nan)
    store.take(run, .loss)
    #expect(store.view(1, .loss).count == 3)
    run.losses = run.losses.truncated(to: 1)
    run.losses.append(5)
    store.take(run, .loss)
    #expect(store.view(1, .loss).values(0..<2) == [3, 5])
    #expect(store.view(2, .loss).isEmpty)
  }

  @Test("figures over seeds are the engine's: nothing moves before its next answer, and other data's go at once")
  func combinations() throws {
    func asked(_ effects: [Effect]) -> CombinationsRequest? {
      effects.lazy.compactMap { if case .ask(.combinations(let request)) = $0 { request } else { nil } }.first
    }
    var state = TestData.state()
    let first = try #require(state.combinations.key)
    #expect(first.like == 12)
    let before = state.scatterPoints.points
    #expect(before.map(\.label) == ["2", "8", "4", "1", "C", "3", "D"])
    var snapshot = TestData.snapshot
    snapshot.runs.append(TestData.run(18, "4", seed: 1, state: .done, loss: 0.6, score: 0.955, overhead: 1))
    let next = try #require(asked(Update.apply(.snapshot(snapshot), to: &state)))
    #expect(next.like == 18 && next.evaluation == first.evaluation)
    // What is answered late is dropped.
    _ = Update.apply(.reply(.combinations(first), .combinations([])), to: &state)
    #expect(state.scatterPoints.points == before)
    var summary = CombinationSummary(
      targets: .fc1, runs: [10, 18], trainableParameters: nil, score: Interval(estimate: 0.64, low: 0.60, high: 0.67),
      overheadPercent: Interval(estimate: 4, low: 3, high: 5), onFront: true, frontProbability: 0.9)
    summary.costs = [
      .overhead: .init(value: 4, interval: summary.overheadPercent, place: .mayBeOnFront), .p50: .init(value: 19.5),
      .parameters: .init(value: 1_800_000, place: .front),
    ]
    _ = Update.apply(.reply(.combinations(next), .combinations([summary])), to: &state)
    let point = try #require(state.scatterPoints.points.first)
    #expect(state.scatterPoints.points.count == 1 && point.runs == [10, 18] && point.place == .mayBeOnFront)
    #expect(abs(point.accuracyInterval.halfWidth - 4) < 1e-9 && point.x == 4 && point.overhead?.high == 5)
    state.scatter.x = .parameters
    #expect(ScatterPoints(state).points.map(\.x) == [1800] && ScatterPoints(state).points[0].place == .front)
    // A cost that is not known is no point.
    state.scatter.x = .p95
    #expect(ScatterPoints(state).points.isEmpty)
    // Other data: its points are asked for, as soon as nothing is measured any more.
    snapshot.data?.reference = .task(name: "dates")
    for index in snapshot.runs.indices where snapshot.runs[index].id == 11 {
      snapshot.runs[index].plan.data = .task(name: "dates")
    }
    snapshot.engine.isMeasuring = true
    #expect(asked(Update.apply(.snapshot(snapshot), to: &state)) == nil)
    #expect(state.scatterPoints.points.isEmpty && state.whyNotSummedUp?.contains("when TPOT is measured") == true)
    snapshot.engine.isMeasuring = false
    let last = try #require(asked(Update.apply(.snapshot(snapshot), to: &state)))
    #expect(last.like == 11 && state.whyNotSummedUp == "summing up the runs")
    _ = Update.apply(.reply(.combinations(last), .refused("the store is gone")), to: &state)
    _ = Update.apply(.key(.character("5")), to: &state)
    #expect(Render.screen(state).text.contains { $0.contains("the store is gone") })
  }

  @Test("zooming stays inside the data and keeps five steps")
  func zoom() {
    var state = TestData.state()
    Driver.type("4", on: &state)
    for _ in 0..<60 { Driver.type("+", on: &state) }
    let range = ChartRuns.xRange(state)
    #expect(range.upperBound - range.lowerBound >= 4.9)
    #expect(range.lowerBound >= 0 && range.upperBound <= 400)
    for _ in 0..<60 { Driver.type("-", on: &state) }
    #expect(ChartRuns.xRange(state) == 0...400)
    Driver.type("f", on: &state)
    #expect(ChartRuns.xRange(state).upperBound == 400)
    Driver.type("faaaa{{{{{}}w", on: &state)
    #expect(state.chart.axes == .logY && state.chart.smoothing == 2)
  }
}
