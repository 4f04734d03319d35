import Dashboard
import Messages
import Recipe
import Terminal
import Testing

/// The form, the checklist and what they make of the next run.
@Suite("Setup")
struct SetupTests {
  @Test("a toggle changes the parameter count at once")
  func toggle() {
    var state = TestData.state()
    Driver.type("2", on: &state)
    state.setup.targets = .all
    #expect(Render.screen(state).text.contains { $0.contains("4.34M = 1.20 %") })
    Driver.type(" ", on: &state)
    #expect(state.setup.targets == [.oProj, .fc1, .fc2])
    #expect(Render.screen(state).text.contains { $0.contains("3.19M = 0.88 %") })
  }

  @Test("rank changes every count at once")
  func rank() {
    var state = TestData.state()
    Driver.type("1", on: &state)
    Driver.type("+", on: &state)
    #expect(state.setup.settings.rank == 16)
    #expect(Render.screen(state).text.contains { $0.contains("rank 16") })
    #expect(Render.screen(state).text.contains { $0.contains("3.28M") })
  }

  @Test("groups unfold into single projections")
  func unfold() {
    var state = TestData.state()
    Driver.type("2", on: &state)
    Driver.press(.enter, .down, .down, .space, on: &state)
    #expect(state.setup.targets == [.qProj, .vProj, .oProj])
    Driver.press(.left, on: &state)
    #expect(state.checklist.cursor == .group(.qkv))
    Driver.type(" ", on: &state)
    #expect(state.setup.targets.contains(.qkv))
    Driver.type("aa", on: &state)
    #expect(state.setup.targets.isEmpty)
    #expect(Driver.commands(Driver.type("n", on: &state)).isEmpty)
  }

  @Test("fields check as they are typed, take valid values only, and Esc restores the old one")
  func fields() {
    var state = TestData.state()
    Driver.type("1", on: &state)
    Driver.press(.enter, .control("u"), on: &state)
    Driver.type("0", on: &state)
    #expect(state.field?.message != nil)
    Driver.press(.enter, on: &state)
    #expect(state.field != nil && state.setup.settings.rank == 8)
    Driver.press(.escape, on: &state)
    #expect(state.field == nil && state.setup.settings.rank == 8)
    Driver.press(.enter, .control("u"), on: &state)
    Driver.type("32", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.setup.settings.rank == 32 && state.setup.touched.contains(.rank))
    Driver.press(.backspace, on: &state)
    #expect(state.setup.settings.rank == 8)
  }

  @Test("every field reads back what it shows")
  func roundTrip() {
    for field in SetupField.allCases {
      var setup = Setup()
      setup.settings = TestData.settings
      setup.seeds = [0, 1, 7]
      let before = setup
      #expect(field.set(field.text(setup), in: &setup) == nil, "\(field)")
      setup.settings.alpha = before.settings.alpha
      #expect(setup == before, "\(field)")
      // An interpreter may be called anything.
      let isFree = field.isChoice || field == .python
      for bad in ["-1", "x", "1e99", "", "nan"] where !isFree && !(field == .alpha && bad.isEmpty) {
        #expect(field.set(bad, in: &setup) != nil, "\(field) took “\(bad)”")
      }
    }
    var setup = Setup()
    #expect(SetupField.steps.set("2 ep", in: &setup) == nil)
    #expect(setup.settings.steps == nil && setup.settings.epochs == 2)
  }

  @Test("values by group are typed as on the command line, shown in short and kept by other edits")
  func byGroup() {
    var setup = Setup()
    #expect(SetupField.learningRate.set("3e-3,o_proj=6e-3", in: &setup) == nil)
    #expect(setup.settings.learningRate == 3e-3 && setup.settings.learningRateByGroup == ByGroup([.oProj: 6e-3]))
    #expect(SetupField.learningRate.shown(setup) == "3e-3 · o 6e-3")
    #expect(SetupField.learningRate.text(setup) == "3e-3,o_proj=6e-3")
    SetupField.learningRate.stepped(1, &setup)
    #expect(SetupField.rank.set("4,fc2=32", in: &setup) == nil && SetupField.ratio.set("qkv=4", in: &setup) == nil)
    #expect(SetupField.learningRate.text(setup) == "5e-3,o_proj=6e-3")
    #expect(setup.settings.rankByGroup == ByGroup([.fc2: 32]) && SetupField.ratio.text(setup) == "1,qkv=4")
    // New data bring nothing over what a person has set; one number is that of every group again.
    var other = Setup()
    SetupField.rank.copy(from: setup.settings, to: &other.settings)
    #expect(other.settings.rankByGroup == ByGroup([.fc2: 32]))
    #expect(SetupField.rank.set("8", in: &setup) == nil && setup.settings.rankByGroup.isEmpty)
    for (bad, words) in [("8,o=4", "there are qkv"), ("8,fc2=0", "from 1 to 4096"), ("8,fc2", "a whole number from")] {
      #expect(SetupField.rank.set(bad, in: &setup)?.contains(words) == true, "\(bad)")
    }
    #expect(setup.settings.rank == 8 && setup.settings.rankByGroup.isEmpty)
  }

  @Test("adapter parameters follow the ranks of groups, matched to a budget or not")
  func parametersByGroup() throws {
    var state = TestData.state()
    state.setup.settings.rankByGroup = ByGroup([.oProj: 16])
    let model = TestData.model
    let wanted = model.adapterParameters(.fc2, rank: 8) + model.adapterParameters(.oProj, rank: 16)
    #expect(state.adapterParameters([.oProj, .fc2]) == wanted)
    let matched = state.setup.settings.matched(to: 2 * wanted, [.oProj, .fc2], in: model)
    #expect(matched.rank == 16 && matched.rankByGroup == ByGroup([.oProj: 32]))
    #expect(matched.rankSplit == ByGroup([.oProj: 2]) && matched.resolvedAlpha(of: .oProj) == 64)
    #expect(model.adapterParameters([.oProj, .fc2], matched) == 2 * wanted)
    // DoRA's magnitudes are in the budget, and no rank falls below 1.
    state.setup.settings.useDoRA = true
    let least = state.setup.settings.matched(to: 1, .fc2, in: model)
    #expect(least.rank == 1 && least.rankByGroup == ByGroup([.oProj: 1]))
  }

  @Test("stepping a field stays in its range for ever")
  func stepping() {
    for field in SetupField.allCases where !field.isChoice && field != .seeds {
      for direction in [-1, 1] {
        var setup = Setup()
        setup.settings.steps = 400
        for _ in 0..<40 { field.stepped(direction, &setup) }
        #expect(field.set(field.text(setup), in: &setup) == nil, "\(field) \(direction): \(field.text(setup))")
      }
    }
  }

  @Test("new data bring their settings; what a person set stays")
  func recommended() {
    var state = TestData.state()
    state.setup.settings.learningRate = 5e-4
    state.setup.touched = [.learningRate]
    var snapshot = TestData.snapshot
    var other = TestData.data
    other.reference = .task(name: "other")
    other.recommendedSettings.steps = 123
    other.recommendedSettings.learningRate = 1e-3
    snapshot.version += 1
    snapshot.data = other
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(state.setup.settings.steps == 123)
    #expect(state.setup.settings.learningRate == 5e-4)
  }

  /// Down from the rank to the engine.
  private func atEngine() -> DashboardState {
    var state = TestData.state()
    Driver.type("1", on: &state)
    let rows = SetupField.rows
    let rank = rows.firstIndex { $0.contains(.rank) } ?? 0
    let engine = rows.firstIndex { $0.contains(.engine) } ?? 0
    for _ in rank..<engine { Driver.press(.down, on: &state) }
    return state
  }

  private func asked(_ effects: [Effect]) -> [PEFTRequest] {
    effects.compactMap { if case .ask(.peft(let request)) = $0 { request } else { nil } }
  }

  @Test("the engine is chosen in the form, and its Python is asked before a run is queued")
  func engine() throws {
    var state = atEngine()
    #expect(state.setupField == .engine && state.setup.settings.engine == .lorascope)
    let first = try #require(asked(Driver.press(.enter, on: &state)).first)
    #expect(state.setup.settings.engine == .peft && first == PEFTRequest(state.setup.settings))
    #expect(Render.screen(state).text.contains { $0.contains("peft, asks Python") })
    // Another device is another question.
    Driver.press(.down, on: &state)
    #expect(state.setupField == .device)
    let other = try #require(asked(Driver.type("+", on: &state)).first)
    #expect(state.setup.settings.device == .cpu && other.device == .cpu)
    // An answer to what was asked before is none to this.
    Driver.apply(.reply(.peft(first), .refused(Refusal("nothing here", exitStatus: 69))), to: &state)
    #expect(state.peft.refusal == nil && state.peft.value == nil)
    let facts = PEFTFacts(packages: ["torch": "2.13.0+cpu", "peft": "0.21.2"], device: .cpu, gpu: nil)
    Driver.apply(.reply(.peft(other), .peft(facts)), to: &state)
    #expect(Render.screen(state).text.contains { $0.contains("peft 0.21.2 on cpu") })
    // A base in four bits or none: a choice of one.
    Driver.type("l", on: &state)
    #expect(state.setupField == .packing && SetupField.packing.shown(state.setup) == "its own type")
    Driver.type("+", on: &state)
    #expect(state.setup.settings.loadIn == .fourBit)
    Driver.type("+", on: &state)
    #expect(state.setup.settings.loadIn == nil)
    Driver.press(.down, .enter, .control("u"), on: &state)
    Driver.type("/opt/peft/bin/../bin/python", on: &state)
    let named = try #require(asked(Driver.press(.enter, on: &state)).first)
    #expect(state.setup.settings.python == "/opt/peft/bin/python" && named.python == "/opt/peft/bin/python")
    // What it has was another's.
    #expect(state.peft.value == nil)
    let plan = try #require(Driver.commands(Driver.type("n", on: &state)).first)
    guard case .queue(let queued) = plan else {
      Issue.record("\(plan)")
      return
    }
    #expect(queued.settings.engine == .peft && queued.settings.device == .cpu)
    #expect(queued.settings.python == "/opt/peft/bin/python" && queued.settings.engineProblem == nil)
  }

  @Test("a Python that lacks something says what, in the form and in whole in the status row")
  func missingPackages() throws {
    var state = atEngine()
    let request = try #require(asked(Driver.press(.enter, on: &state)).first)
    let line = "python3 (Python 3.11) has no torch: pip install torch, or name another interpreter with --python"
    Driver.apply(.reply(.peft(request), .refused(Refusal(line, exitStatus: 69))), to: &state)
    state.now += 60
    let text = Render.screen(state).text
    #expect(text.contains { $0.contains("peft cannot begin") } && text.contains { $0.contains(line) })
    // Back to lorascope's own: what is PEFT's alone goes, and nothing is asked.
    Driver.press(.down, on: &state)
    Driver.type("+", on: &state)
    Driver.press(.up, on: &state)
    #expect(asked(Driver.press(.enter, on: &state)).isEmpty)
    #expect(state.setup.settings.engine == .lorascope && state.setup.settings.engineProblem == nil)
    #expect(state.peft.refusal == nil)
    Driver.press(.down, on: &state)
    Driver.type("+", on: &state)
    #expect(
      state.setup.settings.device == .auto && state.notice?.text.contains("choose that in the field engine") == true)
    Driver.press(.down, .enter, on: &state)
    #expect(state.setupField == .python && state.field == nil)
    // New data leave it as it was chosen.
    Driver.press(.up, .up, .enter, on: &state)
    var snapshot = TestData.snapshot
    snapshot.version += 1
    snapshot.data?.reference = .task(name: "other")
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(state.setup.settings.engine == .peft)
    Driver.press(.backspace, on: &state)
    #expect(state.setup.settings.engine == .lorascope && !state.setup.touched.contains(.engine))
  }

  @Test("a row's layers are typed, checked against the model and counted at once")
  func layers() throws {
    var state = TestData.state()
    state.setup.targets = []
    state.checklist.cursor = .group(.fc2)
    let whole = TestData.model.adapterParameters(.fc2, rank: 8)
    Driver.type("2@last:40", on: &state)
    #expect(state.field?.message?.contains("32") == true)
    Driver.press(.enter, on: &state)
    #expect(state.setup.targets.isEmpty && state.field != nil)
    Driver.press(.control("u"), on: &state)
    Driver.type("0-3,last:4", on: &state)
    #expect(state.field?.message == nil)
    Driver.press(.enter, on: &state)
    #expect(state.setup.targets.layers(of: LinearModule.downProj)?.layers(of: 32) == [0, 1, 2, 3, 28, 29, 30, 31])
    #expect(TestData.model.adapterParameters(state.setup.targets, rank: 8) == whole / 4)
    try Golden.check(state, "main-layers-120x36")
    Driver.type("@", on: &state)
    #expect(state.field?.field.text == "0-3,last:4")
    Driver.press(.control("u"), .enter, on: &state)
    #expect(state.setup.targets == .fc2)
    Driver.type("@x", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.field?.message?.contains("x") == true)
  }
}
