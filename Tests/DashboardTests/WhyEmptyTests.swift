import Dashboard
import Messages
import Recipe
import Testing

/// What empty panes say is true of what has become of the run.
@Suite struct WhyEmptyTests {
  private func lone(_ run: RunSummary, _ change: (inout Snapshot) -> Void = { _ in }) -> DashboardState {
    var snapshot = TestData.snapshot
    snapshot.runs = [run]
    snapshot.queue = run.state == .waiting ? [run.id] : []
    change(&snapshot)
    return TestData.state(columns: 200, rows: 60, snapshot: snapshot)
  }

  private func shows(_ text: String, _ state: DashboardState) -> Bool {
    Render.screen(state).text.contains { $0.contains(text) }
  }

  /// On Run, with its samples and token latencies.
  private func opened(_ run: RunSummary, _ change: (inout Snapshot) -> Void = { _ in }) -> DashboardState {
    var state = lone(run, change)
    Driver.type("R", on: &state)
    return state
  }

  @Test("the curves of the first run, from the queue to its first step")
  func firstRun() {
    func run(_ state: RunState) -> RunSummary { TestData.run(1, "3", state: state, steps: 0) }
    #expect(shows("#1: waiting: it is next", lone(run(.waiting))))
    #expect(shows("#1: queue paused, P goes on", lone(run(.waiting)) { $0.engine.queuePaused = true }))
    #expect(shows("#1: loading model and data", lone(run(.preparing))))
    #expect(shows("#1 is in its first step", lone(run(.training))))
    #expect(shows("#1: failed before step 1", lone(run(.failed))))
    for state in RunState.allCases { #expect(!shows("Space in Runs", lone(run(state))), "\(state)") }
  }

  @Test("no reason is cut, at the usual size and at the smallest one", arguments: [(120, 36), (80, 24)])
  func whole(_ columns: Int, _ rows: Int) throws {
    for state in RunState.allCases {
      for id in [RunID(1), 1234] {
        var snapshot = TestData.snapshot
        snapshot.runs = [TestData.run(id, "3", state: state, steps: 0)]
        snapshot.queue = state == .waiting ? [id] : []
        for paused in [false, true] {
          snapshot.engine.queuePaused = paused
          let dashboard = TestData.state(columns: columns, rows: rows, snapshot: snapshot)
          let rect = try #require(dashboard.layout.rect(of: .loss))
          let lines = Render.screen(dashboard).text[(rect.y + 1)..<(rect.bottom - 1)].map {
            String(Array($0)[rect.x..<rect.right])
          }
          #expect(!lines.contains { $0.contains("…") }, "\(state): \(lines)")
        }
      }
    }
  }

  @Test("a base and a pruned run have no curve, and that is why")
  func untrained() {
    var base = TestData.run(1, "3", state: .evaluating, steps: 0)
    base.plan.targets = []
    #expect(shows("#1: the base is not trained", lone(base)))
    #expect(shows("the base is not trained", opened(base)))
    var pruned = TestData.run(2, "3", state: .done, steps: 0, score: 0.5, overhead: 3)
    pruned.plan.pruning = Pruning(parent: 1)
    #expect(shows("pruned from #1: no step", lone(pruned)))
    #expect(shows("of a pruned adapter no energies are kept", opened(pruned)))
  }

  @Test("beside a base stand the newest curves of what was trained on the same data")
  func besideTheBase() {
    // Ids grow along the runs.
    var state = lone(TestData.base) { $0.runs = TestData.snapshot.runs.filter { $0.state == .done } + $0.runs }
    state.marks = Marks()
    state.runs.selected = TestData.base.id
    #expect(state.selectedRun?.plan.isBaseline == true && ChartRuns.of(state).map(\.id) == [10, 11, 12])
    #expect(shows("#12 qkv+fc1+fc2 0.418", state) && !shows("the base is not trained", state))
    // Of other data there is nothing to stand beside it.
    for index in state.snapshot.runs.indices where !state.snapshot.runs[index].plan.isBaseline {
      state.snapshot.runs[index].plan.data = .task(name: "cocohd")
    }
    #expect(ChartRuns.of(state).map(\.id) == [TestData.base.id] || ChartRuns.of(state).isEmpty)
  }

  @Test("outputs and token latencies of a run that will have none")
  func unmeasured() {
    #expect(shows("outputs appear when the run is evaluated", opened(TestData.run(1, "3", state: .training))))
    #expect(shows("it ended before it was evaluated", opened(TestData.run(1, "3", state: .failed))))
    var run = TestData.run(1, "3", state: .training)
    run.plan.settings.evaluationExamples = 0
    run.plan.settings.measureLatency = false
    var state = opened(run)
    #expect(shows("no example was to be evaluated", state))
    #expect(shows("it was not asked for", state))
    #expect(!shows("TPOT is measured after training", state))
    run.plan.settings.measureLatency = true
    state = opened(run)
    #expect(shows("tokens are measured after training", state) && shows("TPOT is measured after training", state))
  }

  @Test("nothing is proposed where nothing can be begun")
  func readOnly() {
    var snapshot = TestData.snapshot
    (snapshot.runs, snapshot.queue) = ([], [])
    #expect(shows("train the checked set", TestData.state(snapshot: snapshot)))
    snapshot.engine.isReadOnly = true
    let state = TestData.state(snapshot: snapshot)
    #expect(shows("there is no run here", state) && !shows("train the checked set", state))
    #expect(!shows("the curve starts at step 1", state))
  }

  @Test("the scatter plot of runs whose TPOT is not measured")
  func scatter() {
    let done = TestData.run(1, "3", state: .done, loss: 0.5, score: 0.5)
    #expect(shows("scored, TPOT was not measured", lone(done)))
    #expect(shows("scored; TPOT is measured last", lone(TestData.run(1, "3", state: .measuring, score: 0.5))))
    #expect(shows("each finished run is a point", lone(TestData.run(1, "3", state: .training))))
  }
}
