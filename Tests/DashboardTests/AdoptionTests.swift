import Dashboard
import Messages
import Recipe
import Terminal
import Testing

/// Setup begins where the store ended.
@Suite("Setup begins with the newest run")
struct AdoptionTests {
  private let model = ModelReference.folder(path: "/models/mine")
  private let data = DataReference.task(name: "mine")

  /// The newest of the runs is one on other data and another model, with a rank of its own.
  private func snapshot() -> Snapshot {
    var snapshot = TestData.snapshot
    var run = TestData.run(19, "2", state: .done, loss: 0.5, score: 0.7)
    run.plan.model = model
    run.plan.data = data
    run.plan.settings.rank = 32
    run.plan.settings.seed = 5
    snapshot.runs.append(run)
    // An evaluation of the base and a pruned adapter say nothing of what a person trains.
    var base = TestData.base
    base.id = 20
    snapshot.runs.append(base)
    return snapshot
  }

  private func state(_ snapshot: Snapshot, adopts: Bool = true) -> (DashboardState, [Effect]) {
    var state = DashboardState(size: ScreenSize(columns: 120, rows: 36), themeNames: ["Night"])
    state.now = TestData.now
    state.adoptsNewest = adopts
    let effects = Driver.apply(.snapshot(snapshot), to: &state)
    return (state, effects)
  }

  /// The same once the engine has chosen them.
  private func chosen(_ snapshot: Snapshot) -> Snapshot {
    var after = snapshot
    after.version += 1
    after.data = TestData.data
    after.data?.reference = data
    after.data?.name = "mine"
    after.model = TestData.model
    after.model?.reference = model
    return after
  }

  @Test("its model, data and settings are chosen, which is said, and stays said")
  func adopts() {
    var (state, effects) = state(snapshot())
    #expect(Driver.commands(effects).prefix(2) == [.selectModel(model), .selectData(data)])
    #expect(state.notice?.text.contains("Setup begins as #19 was trained") == true)
    for command in Driver.commands(effects).prefix(2) {
      Driver.apply(.outcome(command, .accepted(runs: [])), to: &state)
    }
    Driver.apply(.snapshot(chosen(snapshot())), to: &state)
    #expect(state.notice?.text.contains("Setup begins as #19 was trained") == true)
    #expect(state.setup.settings.rank == 32 && state.setup.settings.seed == 0)
    #expect(state.setup.touched == [.rank])
    let head = Render.screen(state).text.first { $0.contains("1 Setup") } ?? ""
    #expect(head.contains("from #19"))
  }

  @Test("Backspace on the model goes back to the embedded base and its first task, with their settings")
  func goesBack() {
    var (state, effects) = state(snapshot())
    for command in Driver.commands(effects) { Driver.apply(.outcome(command, .accepted(runs: [])), to: &state) }
    Driver.apply(.snapshot(chosen(snapshot())), to: &state)
    Driver.type("1", on: &state)
    state.setupField = .model
    let back = Driver.commands(Driver.press(.backspace, on: &state))
    #expect(back == [.selectModel(.builtin), .selectData(TestData.data.reference)])
    Driver.apply(.snapshot(TestData.snapshot), to: &state)
    #expect(state.setup.origin == nil && state.setup.touched.isEmpty)
    #expect(state.setup.settings == TestData.data.recommendedSettings)
    #expect(!Render.screen(state).text.contains { $0.contains("from #19") })
  }

  @Test("a model that is gone is said, and Setup stands at the embedded base; what a person chooses is theirs")
  func refused() {
    var (state, effects) = state(snapshot())
    let commands = Driver.commands(effects)
    Driver.apply(.outcome(commands[0], .refused("no folder /models/mine")), to: &state)
    #expect(state.setup.origin == nil && state.notice?.text == "no folder /models/mine")
    Driver.apply(.outcome(commands[1], .accepted(runs: [])), to: &state)
    let other = Command.selectData(.task(name: "other"))
    Driver.apply(.outcome(other, .accepted(runs: [])), to: &state)
    #expect(state.notice?.text == "dataset: other")
  }

  @Test("nothing is chosen where a person named it, in an empty store, or where the newest run is as Setup stands")
  func leaves() {
    #expect(Driver.commands(state(snapshot(), adopts: false).1).allSatisfy { $0 != .selectModel(model) })
    var empty = TestData.snapshot
    empty.runs = []
    empty.queue = []
    #expect(state(empty).0.setup.origin == nil)
    let (same, effects) = state(TestData.snapshot)
    #expect(same.setup.origin == 17)
    #expect(!Driver.commands(effects).contains(.selectData(TestData.data.reference)))
  }
}
