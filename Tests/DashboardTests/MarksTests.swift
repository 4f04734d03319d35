import Dashboard
import Messages
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

  @Test("one point a set: means over seeds, front, partial results")
  func scatter() {
    var snapshot = TestData.snapshot
    snapshot.runs.append(TestData.run(18, "4", seed: 1, state: .done, loss: 0.6, score: 0.655, overhead: 4.3))
    var partial = TestData.run(19, "A", state: .stopped, loss: 0.6, score: 0.99, overhead: 0.1)
    partial.reason = "stopped"
    snapshot.runs.append(partial)
    let points = ScatterPoints(TestData.state(snapshot: snapshot)).points
    let four = points.first { $0.targets == .fc1 }
    #expect(four?.runs.count == 2)
    #expect(abs((four?.accuracy ?? 0) - 64.5) < 1e-9)
    #expect(abs((four?.overhead.estimate ?? 0) - 4.2) < 1e-9)
    #expect(points.first { $0.isPartial }?.isOnFront == false)
    #expect(points.filter(\.isOnFront).map(\.label) == ["2", "8", "4", "C", "D"])
  }

  @Test("the engine's intervals over seeds take the place of the first guess")
  func combinations() throws {
    var state = TestData.state()
    let request = try #require(state.combinations.answer.key)
    #expect(request.like == 12 && request.finishedRuns == 7)
    let summary = CombinationSummary(
      targets: .fc1, runs: [10], trainableParameters: nil, score: Interval(estimate: 0.64, low: 0.60, high: 0.68),
      overheadPercent: Interval(estimate: 4, low: 3, high: 5), onFront: true, frontProbability: 0.9)
    Driver.apply(.reply(.combinations(request), .combinations([summary])), to: &state)
    let point = ScatterPoints(state).points.first { $0.targets == .fc1 }
    #expect(abs((point?.accuracyHalfWidth ?? 0) - 4) < 1e-9)
    #expect(point?.overhead.high == 5)
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
