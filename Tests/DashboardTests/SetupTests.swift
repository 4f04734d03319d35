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
      for bad in ["-1", "x", "1e99", "", "nan"] where !field.isChoice && !(field == .alpha && bad.isEmpty) {
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
