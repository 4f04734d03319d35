import Dashboard
import Messages
import Recipe
import Terminal
import Testing

/// Combinations by their names wherever there is room; columns, digits and cells explained where they stand.
@Suite("Names, not codes")
struct NamesTests {
  private func text(_ state: DashboardState) -> [String] { Render.screen(state).text }

  @Test(
    "the table has names from 120 columns on, cells below, digits nowhere", arguments: [60, 80, 120, 160, 200, 300])
  func table(_ columns: Int) {
    var state = TestData.state(columns: columns, rows: columns < 80 ? 16 : 40)
    Driver.type("6", on: &state)
    state.runs.selected = 12
    let row = text(state).first { $0.contains("✓ done") && $0.contains("69.6±") }
    #expect(row?.contains(columns >= 120 ? " 12 qkv+fc1+fc2 " : " 12 Q·12 ") == true, "\(row ?? "")")
    #expect(row?.contains(" D ") == false)
  }

  @Test(
    "a legend names all runs, by modules, by cells or by number, and cuts none",
    arguments: [60, 80, 100, 120, 140, 200])
  func legend(_ columns: Int) throws {
    for (keys, pane) in [("4", Pane.loss), ("C1", .compareLoss)] {
      var state = TestData.state(columns: columns, rows: 40)
      Driver.type(keys, on: &state)
      let rect = try #require(state.layout.rect(of: pane))
      // A tall plot has some rows for it.
      let rows = text(state)[(rect.y + 1)..<(rect.y + 5)].map { String(Array($0)[(rect.x + 1)..<(rect.right - 1)]) }
      let legend = rows.joined(separator: "\n")
      for id in [11, 12, 13] { #expect(legend.contains("#\(id) "), "\(columns): \(legend)") }
      #expect(!legend.contains(" D 0") && !legend.contains("…"), "\(columns): \(legend)")
    }
    var wide = TestData.state(columns: 200, rows: 60)
    Driver.type("C1", on: &wide)
    #expect(text(wide).contains { $0.contains("#13 qkv+o_proj+fc1+fc2 ") && $0.contains("#12 qkv+fc1+fc2 ") })
  }

  @Test("the digits of the scatter plot are explained beside them", arguments: [(80, 24), (120, 36), (200, 60)])
  func digits(_ columns: Int, _ rows: Int) {
    var state = TestData.state(columns: columns, rows: rows)
    Driver.type("5", on: &state)
    #expect(text(state).contains { $0.contains("1 qkv + 2 o_proj + 4 fc1 + 8 fc2") })
    #expect(text(state).joined().contains("◆D"))
    // Where nothing is in the plot there is nothing to explain.
    var empty = TestData.snapshot
    empty.runs = []
    var none = TestData.state(columns: columns, rows: rows, snapshot: empty)
    Driver.type("5", on: &none)
    #expect(!text(none).contains { $0.contains("2 o_proj + ") })
  }

  @Test("h and l explain the columns of the runs, one at a time, and Esc ends it")
  func columns() {
    for (width, rows) in [(60, 16), (80, 24), (120, 36), (200, 60)] {
      var state = TestData.state(columns: width, rows: rows)
      Driver.type("6", on: &state)
      let news = text(state)[rows - 2]
      var lines: [String] = []
      for _ in 0..<30 {
        Driver.type("l", on: &state)
        let line = text(state)[rows - 2]
        if line == lines.first { break }
        lines.append(line)
      }
      #expect(Set(lines).count == lines.count && lines.count >= 7 && !lines.contains(news), "\(lines)")
      #expect(lines[0].hasPrefix(" #: "))
      #expect(lines.contains { $0.hasPrefix(" score %: ") } && lines.contains { $0.hasPrefix(" modules: ") })
      // A whole sentence from 100 columns on.
      if width >= 100 { #expect(!lines.contains { $0.contains("…") }, "\(lines)") }
      Driver.type("h", on: &state)
      #expect(text(state)[rows - 2] == lines.last)
      // The title of the column is told apart.
      #expect(
        Render.screen(state).styleLetters != Render.screen(TestData.state(columns: width, rows: rows)).styleLetters)
      Driver.press(.escape, on: &state)
      #expect(text(state)[rows - 2] == news)
    }
  }

  @Test("news comes before what a column says")
  func news() {
    var state = TestData.state()
    Driver.type("6l", on: &state)
    #expect(text(state)[34].hasPrefix(" #: "))
    var snapshot = TestData.snapshot
    snapshot.notices.append(Notice(level: .good, text: "#13 done", time: TestData.now + 5))
    Driver.apply(.snapshot(snapshot), to: &state)
    state.now = TestData.now + 6
    #expect(text(state)[34].contains("#13 done"))
    state.now = TestData.now + 20
    #expect(text(state)[34].hasPrefix(" #: "))
  }

  @Test("so do they in Compare's results")
  func results() {
    var state = TestData.state(columns: 160, rows: 45)
    Driver.type("C3", on: &state)
    var lines: [String] = []
    for _ in 0..<13 {
      Driver.type("l", on: &state)
      lines.append(text(state)[43])
    }
    #expect(lines.contains { $0.hasPrefix(" vs #11: points over the baseline") })
    #expect(
      lines.contains { $0.hasPrefix(" p (Holm): ") } && lines.contains { $0.hasPrefix(" verdict: ◆ on the front") })
    Driver.press(.escape, on: &state)
    #expect(state.screen == .compare && !text(state)[43].contains(": points"))
  }

  @Test("each option of a sweep says what it is for", arguments: [(100, 30), (120, 36)])
  func options(_ columns: Int, _ rows: Int) {
    var state = TestData.state(columns: columns, rows: rows)
    Driver.type("S2", on: &state)
    state.now += 60
    var lines: [String] = []
    for _ in SweepView.Field.allCases {
      lines.append(text(state)[rows - 2].trimmingSuffix)
      Driver.type("j", on: &state)
    }
    #expect(Set(lines).count == SweepView.Field.allCases.count && !lines.contains { $0.contains("…") }, "\(lines)")
    #expect(lines.contains(" how many prompts each run is scored on"))
  }

  @Test("what the checked set has is whole at every width", arguments: [120, 121, 130, 160, 300])
  func figures(_ columns: Int) {
    for share in [1, 10, 100] {
      var snapshot = TestData.snapshot
      snapshot.model?.parameterCount = 361_821_120 / share
      for targets in Targets.fifteen {
        var state = TestData.state(columns: columns, rows: 36, snapshot: snapshot)
        state.setup.targets = targets
        let count = state.adapterParameters(targets) ?? 0
        let part = NumberFormat.fixed(Double(count) * 100 / Double(361_821_120 / share), 2) + " %"
        let row = text(state).first { $0.contains(NumberFormat.count(count) + " ") && $0.contains(part) }
        #expect(row != nil, "\(targets) \(part)")
        #expect(row?.split(separator: "│").first?.contains("of bas ") != true)
      }
    }
  }

  @Test("the compact checklist spells its settings out")
  func compact() {
    let state = TestData.state(columns: 80, rows: 24)
    let screen = text(state)
    #expect(screen.contains { $0.contains("rank 8, alpha 16") } && screen.contains { $0.contains("lr 2e-4, seed 0") })
    #expect(!screen.contains { $0.contains("r8 a16") })
    #expect(
      screen.contains { $0.contains("1.64M = 0.45 % of base") } && screen.contains { $0.contains("+7.4±0.5 % TPOT") })
  }

  @Test("Sweep and Advise have names where there is room")
  func studies() {
    var state = TestData.state(columns: 110, rows: 26)
    Driver.type("S", on: &state)
    #expect(text(state).contains { $0.contains("[x] qkv+o_proj+fc1+fc2 a ") && $0.contains("4.34M") })
    var wide = TestData.state(columns: 200, rows: 60)
    Driver.type("A", on: &wide)
    #expect(text(wide).contains { $0.contains("published: picks o_proj+fc2") })
  }
}

extension String {
  /// Without the blanks at its end.
  fileprivate var trimmingSuffix: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
