import Dashboard
import Messages
import Terminal
import Testing

@Suite("The palette of actions")
struct PaletteTests {
  private func text(_ state: DashboardState) -> [String] { Render.screen(state).text }

  private func entries(_ query: String, _ state: DashboardState) -> [PaletteEntry] {
    PaletteEntry.matching(query, state, .standard)
  }

  private func isClosed(_ state: DashboardState) -> Bool { state.field == nil && state.palette == nil }

  /// Where a text stands on the screen.
  private func place(_ wanted: String, _ state: DashboardState) -> (x: Int, y: Int)? {
    for (y, line) in text(state).enumerated() {
      if let range = line.range(of: wanted) { return (line.distance(from: line.startIndex, to: range.lowerBound), y) }
    }
    return nil
  }

  private func click(_ wanted: String, _ state: inout DashboardState) throws -> [Effect] {
    let place = try #require(self.place(wanted, state), "\(wanted)")
    return Driver.press(.mouse(MouseEvent(.press, .left, x: place.x, y: place.y)), on: &state)
  }

  @Test("it lists every action of the screen and of every place once, with its key, whatever pane has the focus")
  func complete() {
    for pane in Pane.allCases {
      var state = TestData.state()
      state.screen = pane.screen
      state.focus[pane.screen] = pane
      let entries = self.entries("", state)
      let contexts = Set(pane.screen.panes.flatMap(\.chain))
      for binding in contexts.flatMap({ Keymap.standard.bindings(of: $0) }) {
        if case .go(.pane(let number)) = binding.action, number > pane.screen.panes.count { continue }
        let found = entries.filter { entry in
          guard case .binding(let own, _) = entry.deed else { return false }
          return own.action == binding.action && own.keys == binding.keys && own.text == binding.text
        }
        #expect(found.count == (binding.action == .go(.command) ? 0 : 1), "\(pane): \(binding.text)")
        for entry in found {
          #expect(entry.text.hasPrefix(binding.text) && entry.key == binding.keys.map(\.printed).joined(separator: " "))
        }
      }
      #expect(entries.filter { $0.key.hasPrefix(":") }.map(\.key) == [":quit", ":help", ":undelete", ":theme", ":set"])
    }
  }

  @Test("letters in order find, whole words and beginnings of words come first, capitals and blanks do not matter")
  func best() {
    let state = TestData.state()
    #expect(entries("export", state).first?.text == "export the adapter as a PEFT folder…")
    #expect(entries("QUEUE CUR", state).first?.text == "queue the current setup")
    // The first letters of words.
    #expect(entries("prq", state).first?.text == "pause or resume the queue")
    // A key that is typed.
    #expect(entries("z", state).first?.text == "pane to full screen and back")
    #expect(entries("T", state).first?.text == "theme…")
    #expect(entries("qqqq", state).isEmpty)
    #expect(entries("tropxe", state).allSatisfy { !$0.text.hasPrefix("export") })
    let count = entries("", state).count
    #expect(entries("e", state).count > entries("ex", state).count && entries("   ", state).count == count)
  }

  @Test("Enter performs what the cursor is on, in the pane where it is at home")
  func enter() {
    var state = TestData.state()
    Driver.type("2:sortby", on: &state)
    Driver.press(.enter, on: &state)
    #expect(isClosed(state) && state.dialog?.title == "Sort runs by" && state.focusedPane == .runs)
    Driver.press(.escape, on: &state)
    // A field that the action opens stays open.
    Driver.type("2:filter", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.palette == nil && state.field?.purpose == .runsFilter)
    Driver.press(.escape, on: &state)
    Driver.type(":gotosweep", on: &state)
    Driver.press(.enter, on: &state)
    #expect(isClosed(state) && state.screen == .sweep)
    Driver.type(":", on: &state)
    let second = entries("", state)[1]
    Driver.press(.down, on: &state)
    #expect(state.palette?.cursor == 1)
    Driver.press(.up, .up, on: &state)
    #expect(state.palette?.cursor == entries("", state).count - 1)
    Driver.press(.pageUp, .pageUp, .pageUp, .pageUp, .pageUp, .pageUp, on: &state)
    #expect(state.palette?.cursor == 0)
    #expect(second.text == "all or none")
    Driver.press(.control("n"), .enter, on: &state)
    #expect(isClosed(state) && state.sweep.included.isEmpty)
  }

  @Test("what cannot act says why on its row and on Enter, does nothing and stays open")
  func refused() {
    var state = TestData.state()
    state.runs.selected = 12
    Driver.type("6:pause or resume", on: &state)
    #expect(text(state).contains { $0.contains("▸ p") && $0.contains("the selected run is finished") })
    #expect(Driver.commands(Driver.press(.enter, on: &state)).isEmpty)
    #expect(state.field?.message == "p: the selected run is finished" && state.palette != nil)
    Driver.press(.escape, on: &state)
    #expect(isClosed(state))
    state.isReadOnly = true
    Driver.type(":pause or resume the queue", on: &state)
    #expect(Driver.commands(Driver.press(.enter, on: &state)).isEmpty)
    #expect(state.field?.message == "P: read only: started with --read-only")
    Driver.press(.control("u"), on: &state)
    Driver.type("bring a deleted", on: &state)
    #expect(Driver.press(.enter, on: &state).isEmpty)
    #expect(state.field?.message == "read only: started with --read-only")
  }

  @Test("actions of other screens are found behind those of this one, and are said with their place")
  func elsewhere() throws {
    var state = TestData.state()
    Driver.type(":baseline", on: &state)
    let found = entries("baseline", state)
    let here = found.prefix { if case .elsewhere = $0.deed { false } else { true } }
    #expect(found.dropFirst(here.count).allSatisfy { if case .elsewhere = $0.deed { true } else { false } })
    let index = try #require(found.firstIndex { $0.text == "make this run the baseline" })
    #expect(found[index].reason == "on Compare, 3 Results")
    for _ in 0..<index { Driver.press(.down, on: &state) }
    Driver.press(.enter, on: &state)
    #expect(state.field?.message == "b Enter on Compare, 3 Results: make this run the baseline")
    #expect(state.screen == .main)
    #expect(entries("", state).allSatisfy { if case .elsewhere = $0.deed { false } else { true } })
  }

  @Test("commands are found by what they do, and take words")
  func commands() {
    var state = TestData.state()
    Driver.type(":bring a del", on: &state)
    let effects = Driver.press(.enter, on: &state)
    #expect(effects.contains { if case .ask(.trash) = $0 { true } else { false } } && isClosed(state))
    Driver.type(":use a th", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.field?.field.text == "theme ")
    Driver.type("nowhere", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.field?.message?.hasPrefix("no theme nowhere") == true)
    Driver.press(.control("w"), on: &state)
    Driver.type("Day", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.themeName == "Day" && isClosed(state))
    Driver.type(":q", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.dialog?.title == Dialogs.quitTitle && isClosed(state))
  }

  @Test("rows and the closing box can be clicked, the wheel moves, a click beside does nothing")
  func mouse() throws {
    var state = TestData.state()
    Driver.type("6:sort", on: &state)
    _ = try click("sort by…", &state)
    #expect(isClosed(state) && state.dialog?.title == "Sort runs by")
    Driver.press(.escape, on: &state)
    Driver.type(":", on: &state)
    Driver.press(.mouse(MouseEvent(.wheelDown, .none, x: 60, y: 12)), on: &state)
    #expect(state.palette?.cursor == 1)
    Driver.press(.mouse(MouseEvent(.press, .left, x: 0, y: 12)), on: &state)
    #expect(state.palette?.cursor == 1 && state.screen == .main)
    // In a list that is scrolled too, a click is on what is seen.
    for _ in 0..<20 where place("go to Compare", state) == nil { Driver.press(.pageDown, on: &state) }
    _ = try click("go to Compare", &state)
    #expect(isClosed(state) && state.screen == .compare)
    Driver.type(":", on: &state)
    _ = try click("[x]", &state)
    #expect(isClosed(state) && state.screen == .compare)
  }

  @Test("a question that comes while it is open takes the keys")
  func covered() {
    var state = TestData.state()
    Driver.type(":", on: &state)
    let deleted = DeletedRun(id: 1, plan: TestData.plan("2"), deleted: TestData.now, score: nil)
    Driver.apply(.reply(.trash, .trash([deleted])), to: &state)
    Driver.press(.escape, on: &state)
    #expect(state.dialog == nil && state.palette != nil)
    Driver.press(.control("c"), on: &state)
    #expect(isClosed(state) && state.dialog == nil)
  }

  @Test("it is drawn inside the screen at every size, and typing anything never leaves its rows")
  func sizes() {
    for (columns, rows) in [(60, 16), (80, 24), (120, 36), (240, 70)] {
      for characters in [CharacterSet.braille, .ascii] {
        var state = TestData.state(columns: columns, rows: rows, characterSet: characters)
        Driver.type(":", on: &state)
        for _ in 0..<120 { Driver.press(.down, on: &state) }
        #expect(text(state).filter { $0.contains("Actions: Main") && $0.contains(" [x] ") }.count == 1)
        Driver.type("nothing at all has this", on: &state)
        #expect(text(state).contains { $0.contains("nothing has these letters") })
        Driver.press(.down, .up, .pageDown, on: &state)
        #expect(state.palette?.cursor == 0)
      }
    }
  }

  @Test func goldens() throws {
    var state = TestData.state(columns: 80, rows: 24)
    Driver.type("6:", on: &state)
    try Golden.check(state, "palette-80x24")
    state.size = ScreenSize(columns: 120, rows: 36)
    Driver.type("run", on: &state)
    Driver.press(.down, on: &state)
    try Golden.check(state, "palette-120x36")
  }
}
