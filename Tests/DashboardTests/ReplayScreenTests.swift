import Dashboard
import Messages
import Terminal
import Testing

/// A replay is told from the present on every screen, and its keys move it.
@Suite("Replay")
struct ReplayScreenTests {
  private static let status = ReplayStatus(time: TestData.now, share: 0.434, speed: 10, isPaused: false)

  private static func state(columns: Int = 80, rows: Int = 24, _ status: ReplayStatus = status) -> DashboardState {
    var snapshot = TestData.snapshot
    snapshot.engine.replay = status
    snapshot.engine.isReadOnly = true
    snapshot.engine.secondsLeft = nil
    return TestData.state(columns: columns, rows: rows, snapshot: snapshot)
  }

  @discardableResult
  private func press(_ keys: String, on state: inout DashboardState) -> [Command] {
    let effects = keys.flatMap {
      Update.apply(.key(.character($0)), to: &state, at: 5, keymap: Keymap.standard.replaying)
    }
    return Driver.commands(effects)
  }

  @Test("the compact screen says that it is a replay")
  func golden() throws { try Golden.check(Self.state(), "replay-80x24", keymap: Keymap.standard.replaying) }

  @Test("every screen says it, at every size, under everything that is open over it")
  func mark() {
    for (columns, rows) in [(60, 16), (80, 24), (120, 36), (200, 60)] {
      for screen in ScreenName.allCases {
        for keys in ["", "?", ":"] {
          var state = Self.state(columns: columns, rows: rows)
          press(String(screen.letter) + keys, on: &state)
          let text = Render.screen(state, keymap: Keymap.standard.replaying).text
          #expect(text.first?.contains("REPLAY ×10 43 %") == true, "\(columns) \(screen) \(keys): \(text.first ?? "")")
          #expect(text.first?.contains("read only") == false)
        }
      }
    }
    let small = Render.screen(Self.state(columns: 48, rows: 8)).text.joined(separator: "\n")
    #expect(small.contains("REPLAY ×10 43 %: nothing trains") && !small.contains("save"))
  }

  @Test("how it goes is said")
  func words() {
    func header(_ change: (inout ReplayStatus) -> Void) -> String {
      var status = Self.status
      change(&status)
      return Render.screen(Self.state(status)).text.first ?? ""
    }
    #expect(header { $0.isPaused = true }.contains("REPLAY paused 43 %"))
    #expect(header { $0.speed = 0.125 }.contains("REPLAY ×0.125 43 %"))
    #expect(header { $0.share = 0.99999 }.contains("REPLAY ×10 99 %"))
    #expect(header { $0.share = 1 }.contains("REPLAY at its end"))
  }

  @Test("its keys move it, and at its end say that it is there")
  func keys() {
    var state = Self.state()
    #expect(press("P()$", on: &state) == [.replay(.pause), .replay(.slower), .replay(.faster), .replay(.toEnd)])
    #expect(Keymap.standard.replaying.conflicts() == [])
    #expect(Keymap.standard.bindings.allSatisfy { !$0.text.contains("replay") })
    var end = Self.status
    end.share = 1
    state = Self.state(end)
    #expect(press("P()$", on: &state) == [])
    #expect(state.statusNotice?.text.contains("at its end") == true)
  }

  @Test("keys that would change runs are refused with one line, and leaving asks nothing")
  func refused() {
    var state = Self.state()
    press("6", on: &state)
    for key in "npxrdt+-" {
      #expect(press(String(key), on: &state) == [], "\(key)")
      #expect(state.statusNotice?.text == "a replay changes nothing", "\(key)")
      #expect(state.dialog == nil)
    }
    // Marks are the screen's own.
    #expect(press(" ", on: &state) == [])
    let left = Update.apply(.key(.character("q")), to: &state, keymap: Keymap.standard.replaying)
    #expect(Driver.exit(left) == .quit)
  }

  @Test("the screen's clock is the study's")
  func clock() {
    var state = Self.state()
    _ = Update.apply(.resize(ScreenSize(columns: 80, rows: 24)), to: &state, at: 2_000_000_000)
    #expect(state.now == TestData.now)
    var snapshot = state.snapshot
    snapshot.engine.replay?.time = TestData.now + 60
    _ = Update.apply(.snapshot(snapshot), to: &state, at: 2_000_000_000)
    #expect(state.now == TestData.now + 60)
    snapshot.engine.replay = nil
    _ = Update.apply(.snapshot(snapshot), to: &state, at: 2_000_000_000)
    _ = Update.apply(.resize(ScreenSize(columns: 80, rows: 24)), to: &state, at: 2_000_000_001)
    #expect(state.now == 2_000_000_001)
  }

  @Test("plain lines go on until its end, whatever is waiting on the way")
  func plain() {
    var progress = PlainProgress()
    var snapshot = Snapshot()
    snapshot.engine.replay = Self.status
    #expect(progress.lines(for: snapshot) == [])
    snapshot.runs = [TestData.run(1, "F", state: .waiting)]
    _ = progress.lines(for: snapshot)
    snapshot.runs[0] = TestData.run(1, "F", state: .done, loss: 0.4, score: 0.5)
    #expect(progress.lines(for: snapshot).first?.contains("done") == true)
    // Nothing waits, and more is to come.
    #expect(!PlainProgress.isIdle(snapshot))
    snapshot.engine.replay?.share = 1
    #expect(PlainProgress.isIdle(snapshot))
  }
}
