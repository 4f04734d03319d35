import Dashboard
import Messages
import Terminal
import Testing

@Suite("Keymap")
struct KeymapTests {
  @Test("every pane's chain holds each key once")
  func conflicts() { #expect(Keymap.standard.conflicts() == []) }

  @Test("a conflict names both actions")
  func conflictIsFound() {
    let twice = Keymap(
      Keymap.standard.bindings + [KeyBinding(.runs, [.character("q")], "quarrel", .go(.help))])
    let lines = twice.conflicts()
    #expect(lines.count == 1)
    #expect(lines.first?.contains("quarrel") == true)
    #expect(lines.first?.contains("leave the screen") == true)
  }

  @Test("every context of a chain has a binding, and every binding is in a chain")
  func reach() {
    let used = Set(Pane.allCases.flatMap(\.chain))
    for binding in Keymap.standard.bindings { #expect(used.contains(binding.context), "\(binding.text)") }
    for context in used { #expect(!Keymap.standard.bindings(of: context).isEmpty, "\(context)") }
  }

  @Test("every binding prints its keys")
  func labels() {
    for binding in Keymap.standard.bindings {
      for key in binding.keys { #expect(!key.printed.isEmpty, "\(binding.text)") }
      #expect(!binding.text.isEmpty)
    }
  }

  @Test("help lists every binding of every pane")
  func helpIsComplete() {
    for pane in Pane.allCases {
      var state = TestData.state(columns: 120, rows: 36)
      state.screen = pane.screen
      state.focus[pane.screen] = pane
      Driver.type("?", on: &state)
      var text = ""
      for _ in 0..<3 {
        text += Render.screen(state).text.joined(separator: "\n")
        Driver.press(.pageDown, on: &state)
      }
      for context in pane.chain {
        for binding in Keymap.standard.bindings(of: context) {
          if case .go(.pane) = binding.action { continue }
          #expect(text.contains(binding.text.prefix(24)), "\(pane): \(binding.text)")
        }
      }
    }
  }

  @Test("a key that cannot act says why, and does nothing")
  func whyNot() {
    var state = TestData.state()
    state.runs.selected = 12
    Driver.type("6", on: &state)
    let effects = Driver.type("p", on: &state)
    #expect(Driver.commands(effects).isEmpty)
    #expect(state.notice?.text.contains("finished") == true)
  }

  @Test("the hint row always ends with help and quit, and never shows a key that cannot act")
  func hints() {
    for columns in [60, 80, 100, 120, 200] {
      let state = TestData.state(columns: columns, rows: 30)
      let hints = HintRow.hints(state, keymap: .standard, columns: columns - 2)
      #expect(hints.suffix(2).map(\.key) == ["?", "q"])
    }
    var state = TestData.state()
    state.runs.selected = 12
    Driver.type("6", on: &state)
    let keys = HintRow.hints(state, keymap: .standard, columns: 300).map(\.key)
    #expect(keys.contains("Space"))
    #expect(!keys.contains("p"))
  }
}
