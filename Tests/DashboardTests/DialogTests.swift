import Dashboard
import Messages
import Recipe
import Terminal
import Testing

/// Questions, the command line and the ways out.
@Suite("Dialogs")
struct DialogTests {
  @Test("Esc goes back one rung a press and never quits")
  func ladder() {
    var state = TestData.state()
    Driver.type("4iz", on: &state)
    #expect(state.chart.crosshair != nil && state.isZoomed)
    Driver.press(.escape, on: &state)
    #expect(state.chart.crosshair == nil && state.isZoomed)
    Driver.press(.escape, on: &state)
    #expect(!state.isZoomed)
    Driver.type("C", on: &state)
    Driver.type("L", on: &state)
    Driver.press(.escape, on: &state)
    #expect(state.screen == .compare)
    Driver.press(.escape, on: &state)
    #expect(state.screen == .main)
    for _ in 0..<5 {
      let effects = Driver.press(.escape, on: &state)
      #expect(Driver.exit(effects) == nil)
      #expect(Driver.commands(effects).isEmpty)
    }
  }

  @Test("q asks while there is work, with Cancel focused; idle it leaves at once")
  func quit() {
    var state = TestData.state()
    #expect(Driver.exit(Driver.type("q", on: &state)) == nil)
    #expect(state.dialog?.choices[state.dialog?.focused ?? 0].action == nil)
    Driver.press(.enter, on: &state)
    #expect(state.dialog == nil)
    let commands = Driver.commands(Driver.type("qs", on: &state))
    guard case .shutdown(.save)? = commands.first else {
      Issue.record("saving was not asked for")
      return
    }
    var ended = TestData.snapshot
    ended.version += 1
    ended.engine.hasShutDown = true
    #expect(Driver.exit(Driver.apply(.snapshot(ended), to: &state)) == .quit)

    var idle = TestData.snapshot
    idle.queue = []
    idle.runs = idle.runs.filter(\.state.isTerminal)
    var quiet = TestData.state(snapshot: idle)
    #expect(Driver.exit(Driver.type("q", on: &quiet)) == .quit)
  }

  @Test("Ctrl-C three times within two seconds saves and quits")
  func interrupts() {
    var state = TestData.state()
    #expect(Driver.commands(Driver.press(.control("c"), .control("c"), on: &state)).isEmpty)
    let commands = Driver.commands(Driver.press(.control("c"), on: &state))
    guard case .shutdown(.save)? = commands.first else {
      Issue.record("saving was not asked for")
      return
    }
  }

  @Test("signals and a lost terminal save without a question")
  func signals() {
    var state = TestData.state()
    #expect(Driver.exit(Driver.press(.signal(15), on: &state)) == .terminated(signal: 15))
    #expect(ExitReason.terminated(signal: 15).exitStatus == 143)
    #expect(Driver.exit(Driver.press(.hangup, on: &state)) == .hangup)
    #expect(ExitReason.hangup.exitStatus == 129)
  }

  @Test("stop asks, with the safe choice first; delete has Cancel focused")
  func stop() {
    var state = TestData.state()
    state.runs.selected = 13
    Driver.type("6x", on: &state)
    let commands = Driver.commands(Driver.press(.enter, on: &state))
    guard case .stop(13, keepPartialResult: true)? = commands.first else {
      Issue.record("the safe choice is not first")
      return
    }
    state.runs.selected = 12
    Driver.type("d", on: &state)
    #expect(Driver.commands(Driver.press(.enter, on: &state)).isEmpty)
    let deleted = Driver.commands(Driver.type("dd", on: &state))
    guard case .delete([12])? = deleted.first else {
      Issue.record("the record was not deleted")
      return
    }
  }

  @Test("finish, then quit is taken back by the same choice")
  func takeBack() {
    var state = TestData.state()
    Driver.type("q", on: &state)
    guard case .shutdown(.finishCurrentRun)? = Driver.commands(Driver.type("f", on: &state)).first else {
      Issue.record("not asked for")
      return
    }
    var snapshot = TestData.snapshot
    snapshot.version += 1
    snapshot.engine.finishesThenQuits = true
    Driver.apply(.snapshot(snapshot), to: &state)
    Driver.type("q", on: &state)
    #expect(state.dialog?.choices.contains { $0.text.contains("Do not quit") } == true)
    guard case .shutdown(.finishCurrentRun)? = Driver.commands(Driver.type("f", on: &state)).first else {
      Issue.record("not taken back")
      return
    }
    #expect(state.notice?.text.contains("does not quit") == true)
  }

  @Test("export asks for a folder, and before it overwrites one")
  func export() throws {
    var state = TestData.state()
    state.runs.selected = 13
    Driver.type("6e", on: &state)
    #expect(state.field == nil && state.notice?.text.contains("no adapter yet") == true)
    state.runs.selected = 12
    Driver.type("e", on: &state)
    #expect(state.field?.field.text.hasSuffix("sums-qkv+fc1+fc2-seed0") == true)
    Driver.press(.control("u"), on: &state)
    Driver.type("/tmp/mine", on: &state)
    let command = try #require(Driver.commands(Driver.press(.enter, on: &state)).first)
    guard case .export(12, path: "/tmp/mine", replace: false) = command else {
      Issue.record("\(command)")
      return
    }
    Driver.apply(.outcome(command, .wouldReplace("/tmp/mine is there already.")), to: &state)
    #expect(state.dialog?.lines == ["/tmp/mine is there already."])
    #expect(Driver.commands(Driver.press(.enter, on: &state)).isEmpty, "Cancel has the focus")
    Driver.apply(.outcome(command, .wouldReplace("/tmp/mine is there already.")), to: &state)
    guard case .export(12, path: "/tmp/mine", replace: true)? = Driver.commands(Driver.type("r", on: &state)).first
    else {
      Issue.record("not replaced")
      return
    }
  }

  @Test(":undelete lists the trash and brings a run back")
  func undelete() {
    var state = TestData.state()
    Driver.type(":undelete", on: &state)
    let effects = Driver.press(.enter, on: &state)
    guard case .ask(.trash)? = effects.first else {
      Issue.record("the trash was not asked for")
      return
    }
    Driver.apply(.reply(.trash, .trash([])), to: &state)
    #expect(state.notice?.text == "the trash is empty")
    let deleted = [
      DeletedRun(id: 1, plan: TestData.plan("2"), deleted: TestData.now - 9000, score: 0.5),
      DeletedRun(id: 2, plan: TestData.plan("F"), deleted: TestData.now - 200_000, score: nil),
    ]
    Driver.apply(.reply(.trash, .trash(deleted)), to: &state)
    #expect(state.dialog?.choices.map(\.text).first == "#2 qkv+o_proj+fc1+fc2 seed 0")
    #expect(state.dialog?.choices[1].note == "sums, deleted 2 h ago")
    guard case .undelete([2])? = Driver.commands(Driver.press(.enter, on: &state)).first else {
      Issue.record("nothing came back")
      return
    }
    Driver.type(":undelete x", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.field?.message?.contains("NUMBER") == true)
    Driver.press(.escape, on: &state)
    // What one order deleted comes back by one.
    let together = [3, 4].map { DeletedRun(id: $0, plan: TestData.plan("2"), deleted: TestData.now - 60, score: nil) }
    Driver.apply(.reply(.trash, .trash(deleted + together)), to: &state)
    #expect(Driver.commands(Driver.type("a", on: &state)) == [.undelete([3, 4])])
  }

  @Test("the theme dialog shows each theme and goes back on Esc")
  func themes() {
    var state = TestData.state()
    Driver.type("T", on: &state)
    Driver.press(.up, on: &state)
    #expect(state.themeName == "Day")
    Driver.press(.escape, on: &state)
    #expect(state.themeName == "Night" && state.dialog == nil)
  }

  @Test("the command line completes, refuses and acts")
  func commandLine() {
    var state = TestData.state()
    Driver.type(":th", on: &state)
    Driver.press(.tab, on: &state)
    Driver.type("day", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.themeName == "Day" && state.field == nil)
    Driver.type(":set color 16", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.colorDepth == .palette16)
    Driver.type(":nonsense", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.field?.message?.contains("no command") == true)
  }

  @Test("a sweep is asked about and sent with the included sets")
  func sweep() {
    var state = TestData.state()
    Driver.type("St", on: &state)
    #expect(state.sweep.preset == .article)
    Driver.type(" ", on: &state)
    #expect(state.sweep.preset == .custom)
    Driver.type("n", on: &state)
    let commands = Driver.commands(Driver.type("s", on: &state))
    guard case .sweep(let plan)? = commands.first else {
      Issue.record("no sweep was sent")
      return
    }
    #expect(plan.combinations.count == 8 || plan.combinations.count == 10)
    #expect(plan.seeds == [0])
    #expect(state.screen == .main)
  }

  @Test("below the least size only pause and quit work")
  func tooSmall() {
    var state = TestData.state(columns: 48, rows: 8)
    Driver.type("S6?:", on: &state)
    #expect(state.screen == .main && state.help == nil && state.field == nil)
    let commands = Driver.commands(Driver.type("p", on: &state))
    guard case .pause(13)? = commands.first else {
      Issue.record("the run was not paused")
      return
    }
    #expect(Driver.exit(Driver.type("q", on: &state)) == .quit)
  }
}
