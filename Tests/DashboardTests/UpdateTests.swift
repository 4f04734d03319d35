import Dashboard
import Messages
import Recipe
import Terminal
import Testing

@Suite("Update")
struct UpdateTests {
  @Test("n queues the setup with the first seed that is left")
  func queue() throws {
    var state = TestData.state()
    state.setup.targets = [.qkv, .fc2]
    state.setup.seeds = [0, 1, 2]
    let commands = Driver.commands(Driver.type("n", on: &state))
    guard case .queue(let plan)? = commands.first else {
      Issue.record("no run was queued")
      return
    }
    // Seed 0 of this set failed and seed 1 is paused: the failed one may be tried again.
    #expect(plan.settings.seed == 0)
    #expect(plan.targets == [.qkv, .fc2])
    #expect(plan.model == .builtin)
    #expect(plan.settings.steps == 400)
    #expect(commands.count == 1)
  }

  @Test("a refusal of the engine is shown")
  func refusal() {
    var state = TestData.state()
    Driver.apply(.outcome(.pauseQueue(true), .refused("store: disk is full; free 1 GiB")), to: &state)
    #expect(Render.screen(state).text.contains { $0.contains("disk is full") })
  }

  @Test("sorting and new data keep the cursor on its run")
  func cursor() {
    var state = TestData.state()
    Driver.type("6jj", on: &state)
    let selected = state.runs.selected
    Driver.type("sn", on: &state)
    #expect(state.runs.sort == .number)
    #expect(state.runs.selected == selected)
    Driver.type("sn", on: &state)
    #expect(state.runs.isReversed)
    var snapshot = TestData.snapshot
    snapshot.version += 1
    snapshot.runs.append(TestData.run(18, "A", state: .waiting))
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(state.runs.selected == selected)
  }

  @Test("sort by score: running first, then the best, waiting last in the order of the queue")
  func order() {
    let state = TestData.state()
    #expect(state.runRows.map(\.id) == [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 14, 15, 16, 17, 3])
  }

  @Test("the filter narrows rows by digit, state and label")
  func filter() {
    var state = TestData.state()
    Driver.type("6/nan", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.runRows.map(\.id) == [5])
    Driver.press(.escape, on: &state)
    #expect(state.runs.filter.isEmpty)
    Driver.type("/f done", on: &state)
    #expect(state.runRows.isEmpty)
    Driver.press(.control("u"), on: &state)
    Driver.type("d", on: &state)
    #expect(state.runRows.map(\.id) == [12])
    Driver.press(.escape, on: &state)
    #expect(state.runRows.count == 15)
  }

  @Test("conditions filter while they are typed; what is wrong is said, and Enter does not take it")
  func conditions() {
    var state = TestData.state()
    Driver.type("6/score>0.6 -targets:qkv", on: &state)
    #expect(state.runRows.map(\.id) == [11, 10, 8])
    #expect(state.field?.message == nil)
    Driver.type(" rank=x", on: &state)
    #expect(state.runRows.map(\.id) == [11, 10, 8])
    #expect(state.field?.message?.contains("“x” is no number") == true)
    Driver.press(.enter, on: &state)
    #expect(state.field != nil)
    #expect(Render.screen(state).text.contains { $0.contains("is no number") })
    Driver.press(.backspace, .character("8"), .enter, on: &state)
    #expect(state.field == nil && state.runs.filter == "score>0.6 -targets:qkv rank=8")
    #expect(state.runRows.map(\.id) == [11, 10, 8])
  }

  @Test("Tab completes a field's name, and says what it is")
  func completion() {
    var state = TestData.state()
    Driver.type("6/scor", on: &state)
    Driver.press(.tab, on: &state)
    #expect(state.field?.field.text == "score" && state.field?.message?.contains("score>0.9") == true)
    Driver.type(">0.6 ra", on: &state)
    Driver.press(.tab, on: &state)
    #expect(state.field?.message?.contains("rank rank-by-group") == true)
    Driver.press(.left, .left, .left, .tab, on: &state)
    #expect(state.field?.field.text == "score>0.6 ra")
  }

  @Test("a paste never acts as keys")
  func paste() {
    var state = TestData.state()
    let effects = Driver.press(.paste("qqnx\nS"), on: &state)
    #expect(effects.isEmpty)
    #expect(state.screen == .main && state.dialog == nil)
    Driver.type("6/", on: &state)
    Driver.press(.paste("do\nne"), on: &state)
    #expect(state.runs.filter == "do ne")
    #expect(state.field != nil)
  }

  @Test("a filter that leaves no run, and numbers at their end, stop nothing")
  func endsOfLists() {
    var state = TestData.state()
    Driver.type("6/zzz", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.runRows.isEmpty)
    Driver.apply(.key(.character("R")), to: &state)
    Driver.type("><", on: &state)
    Driver.press(.escape, on: &state)
    Driver.type("S2", on: &state)
    state.sweep.field = .seeds
    state.setup.seeds = [.max]
    Driver.type("++", on: &state)
    #expect(state.setup.seeds == [.max, 0])
    state.sweep.field = .match
    state.sweep.parameterBudget = .max / 2
    Driver.type("++", on: &state)
    #expect(state.sweep.parameterBudget == 1_000_000_000_000)
  }

  @Test("a search that is not over gives way to the combinations, and can be ended")
  func openSearch() {
    var state = TestData.state()
    Driver.type("S1", on: &state)
    let before = state.sweep
    let request = SearchRequest(
      model: .builtin, data: .task(name: "medmcqa"), settings: RunSettings(), combinations: [.oProj, .fc2],
      rates: [3e-3])
    let plan = SearchPlan(combinations: [], rates: [3e-3], tuningExamples: 100)
    let search = SearchSummary(id: 7, request: request, plan: plan, status: .paused, created: 0)
    state.snapshot.searches = [search]
    // What is not shown does not change.
    Driver.type(" asjt", on: &state)
    #expect(state.sweep.included == before.included && state.sweep.sort == before.sort)
    #expect(state.sweep.selected == before.selected)
    Driver.type("b ", on: &state)
    #expect(state.sweep.included != before.included)
    // What was hidden is one search's race: the next one's is shown.
    var next = search
    next.id = 8
    state.snapshot.searches.append(next)
    let included = state.sweep.included
    Driver.type(" ", on: &state)
    #expect(state.sweep.included == included)
    state.snapshot.searches.removeLast()
    Driver.type(" ", on: &state)
    #expect(state.sweep.included != included)
    Driver.type("x", on: &state)
    #expect(Driver.commands(Driver.type("e", on: &state)) == [.endSearch(7)])
    state.snapshot.searches = []
    Driver.type("x", on: &state)
    #expect(state.dialog == nil)
  }

  @Test("read only: nothing that changes runs is sent")
  func readOnly() {
    var state = TestData.state()
    state.isReadOnly = true
    for pane in Pane.allCases {
      state.screen = pane.screen
      state.focus[pane.screen] = pane
      for binding in Keymap.standard.bindings where binding.changesRuns && pane.chain.contains(binding.context) {
        var copy = state
        let effects = Driver.press(binding.keys[0], on: &copy)
        #expect(Driver.commands(effects).isEmpty && copy.dialog == nil, "\(binding.text)")
      }
    }
  }

  @Test("the mouse focuses, selects and scrolls")
  func mouse() {
    var state = TestData.state()
    Driver.press(.mouse(MouseEvent(.press, .left, x: 50, y: 23)), on: &state)
    #expect(state.focusedPane == .runs)
    let first = state.runs.selected
    Driver.press(.mouse(MouseEvent(.wheelDown, .none, x: 50, y: 23)), on: &state)
    #expect(state.runs.selected != first)
    #expect(state.mouseIsOn)
    Driver.type("m", on: &state)
    #expect(!state.mouseIsOn)
  }
}
