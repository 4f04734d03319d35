import Dashboard
import Messages
import Recipe
import Terminal
import Testing

/// Compare's pictures: who got which right, all pairs, token times, and marks in the outputs.
@Suite("Compare's panes")
struct CompareScreensTests {
  private func text(_ state: DashboardState) -> [String] { Render.screen(state).text }

  @Test("golden screens of each pane at three sizes, in ASCII, and as sixteen colours show it")
  func goldens() throws {
    for (columns, rows) in [(80, 24), (120, 36), (200, 60)] {
      for (key, name) in [("5", "examples"), ("6", "pairs"), ("7", "latency"), ("8", "layers"), ("4", "samples")] {
        var state = CompareData.state(runs: 4, columns: columns, rows: rows)
        Driver.type(key, on: &state)
        try Golden.check(state, "compare-\(name)-\(columns)x\(rows)")
      }
    }
    for (key, name) in [("5", "examples"), ("6", "pairs"), ("7", "latency"), ("8", "layers"), ("4", "samples")] {
      var state = CompareData.state(runs: 4, columns: 80, rows: 24, characterSet: .ascii)
      Driver.type(key, on: &state)
      try Golden.check(state, "compare-\(name)-ascii-80x24")
      state = CompareData.state(runs: 8)
      Driver.type(key, on: &state)
      try Golden.check(state, "compare-\(name)-eight-120x36")
    }
    var state = CompareData.state(runs: 4, columns: 80, rows: 24)
    Driver.type("5", on: &state)
    try Golden.check16(state, "compare-examples-16-80x24")
  }

  @Test("each example has one cell in each run's line, and the counts of the title are those of the answer")
  func cells() throws {
    var state = CompareData.state(runs: 3, examples: 60)
    Driver.type("5z", on: &state)
    let grid = ExampleGrid(try #require(state.compare.comparison).samples)
    let screen = text(state)
    #expect(
      screen.contains { $0.contains("60 examples · \(grid.count(of: .all)) all right · \(grid.count(of: .none)) none") }
    )
    for (place, row) in try #require(state.compare.comparison).rows.enumerated() {
      let line = try #require(
        screen.first { $0.contains("#\(row.run.id) ") && $0.contains("  \(grid.rightOfRun[place]) ") })
      #expect(line.count { $0 == "█" } == grid.rightOfRun[place], "\(line)")
      let unread = grid.marks[place].count { $0 == .unread }
      #expect(line.count { $0 == "?" } == unread)
      #expect(line.count { $0 == "·" } + unread + grid.rightOfRun[place] == 60)
    }
  }

  @Test("h l step by a cell, j k by a line, g G to the ends; n and N go where the runs differ, d leaves only those")
  func moving() {
    var state = CompareData.state(runs: 3, examples: 300, columns: 120, rows: 50)
    Driver.type("5z", on: &state)
    let order = state.compare.grid.examples(.byRight)
    Driver.type("g", on: &state)
    #expect(state.compare.sample == order[0])
    Driver.type("lll", on: &state)
    #expect(state.compare.sample == order[3])
    Driver.type("h", on: &state)
    #expect(state.compare.sample == order[2])
    Driver.type("j", on: &state)
    let place = order.firstIndex(of: state.compare.sample) ?? 0
    #expect(place > 40)
    Driver.type("k", on: &state)
    #expect(state.compare.sample == order[2])
    Driver.type("G", on: &state)
    #expect(state.compare.sample == order[299])
    Driver.type("j", on: &state)
    #expect(state.compare.sample == order[299])
    Driver.type("gn", on: &state)
    #expect(state.compare.grid.agreement[state.compare.sample] == .differ)
    Driver.type("d", on: &state)
    #expect(state.compare.examples.allSatisfy { state.compare.grid.agreement[$0] == .differ })
    #expect(text(state).contains { $0.contains("only those that differ") })
    Driver.type("do", on: &state)
    #expect(state.compare.order == .inData && state.compare.examples.count == 300)
    // The example that is read is the same in Samples.
    let sample = state.compare.sample
    Driver.press(.enter, on: &state)
    #expect(state.focusedPane == .compareSamples && state.compare.sample == sample)
  }

  @Test("a click chooses the example under the pointer")
  func click() throws {
    var state = CompareData.state(runs: 2, examples: 30)
    Driver.type("5", on: &state)
    let rect = try #require(state.layout.rect(of: .compareExamples))
    let row = text(state)[rect.y + 2]
    let column = try #require(row.firstIndex(of: "█")).utf16Offset(in: row)
    Driver.apply(.key(.mouse(MouseEvent(.press, .left, x: column + 4, y: rect.y + 2))), to: &state)
    #expect(state.compare.examples.firstIndex(of: state.compare.sample) == 4)
  }

  @Test("where no run differs, and before there is a comparison, the keys say why they do nothing")
  func reasons() throws {
    var state = CompareData.state(runs: 2, examples: 6)
    var comparison = try #require(state.compare.comparison)
    comparison.samples = Array(comparison.samples.prefix(1))
    comparison.samples[0].outcomes = comparison.samples[0].outcomes.map { outcome in
      var outcome = outcome
      outcome?.score = 1
      return outcome
    }
    let request = try #require(state.compare.answer.key)
    Driver.apply(.reply(.compare(request), .comparison(comparison)), to: &state)
    Driver.type("5d", on: &state)
    #expect(state.notice?.text == "d: no prompt differs among these runs")
    Driver.type("l", on: &state)
    #expect(state.notice?.text.contains("there is no other prompt") == true)
    comparison.samples = []
    comparison.pairs = []
    comparison.tokenTimes = nil
    Driver.apply(.reply(.compare(request), .comparison(comparison)), to: &state)
    #expect(text(state).contains { $0.contains("these runs evaluated no example") })
    Driver.press(.enter, on: &state)
    #expect(state.notice?.text.contains("there is no example to read") == true)
    Driver.type("6", on: &state)
    #expect(text(state).contains { $0.contains("No two of these runs evaluated the same") })
    Driver.type("7", on: &state)
    #expect(text(state).contains { $0.contains("Times of single tokens are not stored") })
  }

  @Test("the matrix says of each pair which is better, and the chosen one's test in words")
  func pairs() {
    var state = CompareData.state(runs: 5, columns: 200, rows: 60)
    Driver.type("6g", on: &state)
    Driver.type("llll", on: &state)
    #expect(text(state).contains { $0.contains("#5 minus #9: #5 is worse, -4.0 points") })
    Driver.type("G", on: &state)
    Driver.type("hhhh", on: &state)
    let screen = text(state)
    #expect(screen.contains { $0.contains("#9 minus #5: #9 is better, +4.0 points") })
    #expect(screen.contains { $0.contains("↑ better  ↓ worse  ≈ can't tell") })
    // A number is whole or not there.
    for (columns, rows) in [(80, 24), (120, 36)] {
      state.size = ScreenSize(columns: columns, rows: rows)
      #expect(text(state).contains { $0.contains("+4.0") && $0.contains("↑") }, "\(columns)")
    }
  }

  @Test("words that not every output has are marked, and those that the expected answer lacks")
  func marks() throws {
    var state = CompareData.state(runs: 2, examples: 1, columns: 120, rows: 50)
    let request = try #require(state.compare.answer.key)
    var comparison = try #require(state.compare.comparison)
    func outcome(_ output: String, _ score: Double) -> ExampleOutcome {
      ExampleOutcome(
        index: 0, prompt: "", expected: "", output: output, score: score, parsed: true, lenient: score, outputTokens: 3)
    }
    comparison.samples = [
      Comparison.Sample(
        prompt: "p", expected: #"{"total": 75, "unit": "kg"}"#,
        outcomes: [outcome(#"{"total": 74, "unit": "kg"}"#, 0), outcome(#"{"total": 75, "unit": "kg"}"#, 1)])
    ]
    Driver.apply(.reply(.compare(request), .comparison(comparison)), to: &state)
    Driver.type("4z", on: &state)
    let canvas = Render.screen(state)
    let row = try #require(canvas.text.firstIndex { $0.contains("74") })
    let line = Array(canvas.text[row])
    let wrong = try #require(line.indices.first { line[$0] == "7" && line[$0 + 1] == "4" })
    let right = try #require(line.indices.last { line[$0] == "7" && line[$0 + 1] == "5" })
    let total = try #require(line.indices.first { line[$0] == "t" && line[$0 + 1] == "o" })
    #expect(canvas[wrong, row].style.bold && canvas[wrong, row].style.underline)
    // A right answer is not held against the expected one; that the other has it otherwise is marked.
    #expect(!canvas[right, row].style.bold && canvas[right, row].style.underline)
    #expect(!canvas[total, row].style.bold && !canvas[total, row].style.underline)
    #expect(canvas.text.contains { $0.contains("not in the expected answer") && $0.contains("not in every output") })
  }

  @Test(
    "prompts and outputs of any length are read to their ends; signs that would command the terminal are shown only")
  func scrolling() throws {
    var state = CompareData.state(runs: 2, examples: 1)
    let request = try #require(state.compare.answer.key)
    var comparison = try #require(state.compare.comparison)
    let long = (1...400).map { "word\($0)" }.joined(separator: " ")
    comparison.samples = [
      Comparison.Sample(
        prompt: long, expected: "first\nsecond\nlast line",
        outcomes: (0..<2).map { run in
          ExampleOutcome(
            index: 0, prompt: "", expected: "",
            output: "\u{1b}[2J\u{202e}\u{7}שלום 日本語 e\u{301} " + long.replacing("word", with: "out\(run)x"), score: 0,
            parsed: true, lenient: 0, outputTokens: 900)
        })
    ]
    Driver.apply(.reply(.compare(request), .comparison(comparison)), to: &state)
    Driver.type("4", on: &state)
    let first = text(state)
    #expect(first.contains { $0.contains("word1 ") } && !first.contains { $0.contains("word400") })
    #expect(first.contains { $0.contains("j k: scrolled 0 of") })
    #expect(first.contains { $0.contains("only the first 250 words are compared") })
    #expect(first.contains { $0.contains("שלום") && $0.contains("日本語") })
    Driver.type("j", on: &state)
    #expect(text(state).contains { $0.contains("j k: scrolled 1 of") })
    Driver.type("G", on: &state)
    let last = text(state)
    #expect(last.contains { $0.contains("word400") } && last.contains { $0.contains("out0x400") })
    #expect(last.contains { $0.contains("last line") })
    for scalar in (first + last).joined().unicodeScalars {
      #expect(scalar.value >= 0x20 && scalar.properties.generalCategory != .format, "\(scalar.value)")
    }
    Driver.type(".", on: &state)
    Driver.type("g", on: &state)
    #expect(state.compare.sampleTop == 0)
  }

  @Test("seeds of a combination stand together on a key, which says why where there is one seed only")
  func groups() throws {
    var state = CompareData.state(runs: 3, columns: 120, rows: 36)
    Driver.type("3c", on: &state)
    #expect(state.notice?.text.contains("no combination is here with two seeds") == true)
    var comparison = try #require(state.compare.comparison)
    var pair = Comparison.Group(rows: [1, 2])
    pair.score = Interval(estimate: 0.63, low: 0.6, high: 0.66)
    pair.difference = Interval(estimate: 3, low: 1, high: 5)
    pair.pValue = 0.004
    pair.verdict = .better
    var base = Comparison.Group(rows: [0])
    base.score = Interval(estimate: 0.6, low: 0.57, high: 0.63)
    base.verdict = .baseline
    comparison.groups = [base, pair]
    let request = try #require(state.compare.answer.key)
    Driver.apply(.reply(.compare(request), .comparison(comparison)), to: &state)
    #expect(text(state).contains { $0.contains("c: seeds together") })
    Driver.type("c", on: &state)
    try Golden.check(state, "compare-groups-120x36")
    let screen = text(state)
    #expect(screen.contains { $0.contains("#6 #7") && $0.contains("63.0 ± 3.0") && $0.contains("+3.0 ± 2.0 ↑") })
    #expect(screen.contains { $0.contains("Of one seed the interval is over examples only") })
    // Another answer without seeds is shown run by run again.
    comparison.groups = []
    Driver.apply(.reply(.compare(request), .comparison(comparison)), to: &state)
    #expect(!state.compare.showsGroups)
  }

  @Test("maps show which modules each run adapts in which layers, and say where shapes are not known")
  func layers() {
    // #5 trains fc1 and fc2, #6 qkv too, #7 fc1 alone; the model has 32 layers.
    var state = CompareData.state(runs: 3)
    Driver.type("8wz", on: &state)
    let screen = text(state)
    let query = screen.first { $0.contains(" q_proj ") } ?? ""
    #expect(query.count { $0 == "·" } == 64 && query.contains(String(repeating: "▓", count: 32)), "\(query)")
    let gate = screen.first { $0.contains(" gate_proj ") } ?? ""
    #expect(gate.count { $0 == "█" } == 96, "\(gate)")
    #expect(!screen.contains { $0.contains(" o_proj ") } && screen.contains { $0.contains("· layers 0-31") })
    state.snapshot.model = nil
    // Another answer is asked for nothing new: what was counted for a known model is not shown for none.
    #expect(text(state).contains { $0.contains("model are not known here") })
  }

  @Test("outputs that have no room come in with h and l, which stop at the last one")
  func outputs() {
    var state = CompareData.state(runs: 5, columns: 80, rows: 24)
    Driver.type("4", on: &state)
    #expect(text(state).contains { $0.contains("h l: 1-2 of 5") })
    Driver.type("llllllll", on: &state)
    #expect(text(state).contains { $0.contains("h l: 4-5 of 5") })
    Driver.type("h", on: &state)
    #expect(text(state).contains { $0.contains("h l: 3-4 of 5") })
  }

  @Test("every pane of Compare is named wherever it is not open, and its number opens it")
  func places() {
    for (columns, rows) in [(60, 16), (80, 24), (120, 36), (200, 60)] {
      for pane in ScreenName.compare.panes {
        var state = CompareData.state(runs: 3, columns: columns, rows: rows)
        Driver.type("\(pane.number)", on: &state)
        #expect(state.layout.rect(of: pane) != nil)
        let screen = text(state)
        for other in ScreenName.compare.panes {
          // What an open map shows is its title.
          let titles =
            [other.title, other.shortTitle] + (other == .compareLayers ? LayerMeasure.allCases.map(\.title) : [])
          let names = titles.map { "\(other.number) \($0.prefix(8))" }
          #expect(
            screen.contains { row in names.contains { row.contains($0) } }, "\(columns) \(pane): \(other)")
        }
      }
    }
  }
}
