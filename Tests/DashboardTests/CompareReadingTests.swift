import Dashboard
import Messages
import Recipe
import Terminal
import Testing

/// Compare as one reads it: whole prompts, all columns or a sign that there are more, and where the runs differ.
@Suite("Reading Compare")
struct CompareReadingTests {
  private func text(_ state: DashboardState) -> [String] { Render.screen(state).text }

  private func outcome(_ score: Double, _ output: String = "x") -> ExampleOutcome {
    ExampleOutcome(
      index: 0, prompt: "", expected: "75", output: output, score: score, parsed: true, lenient: score, outputTokens: 3)
  }

  /// Compare with samples of its own, answered as the engine would.
  private func state(columns: Int, rows: Int, runs: Int = 3, samples: [Comparison.Sample]) throws -> DashboardState {
    var state = TestData.state(columns: columns, rows: rows)
    Driver.type("C", on: &state)
    var comparison = TestData.comparison
    while comparison.rows.count < runs { comparison.rows.append(comparison.rows[comparison.rows.count - 2]) }
    comparison.settings = comparison.settings.map { setting in
      Comparison.Setting(
        name: setting.name, values: (0..<runs).map { setting.values[min($0, setting.values.count - 1)] })
    }
    comparison.samples = samples
    let request = try #require(state.compare.answer.key)
    state.compare.answer.value = nil
    Driver.apply(.reply(.compare(request), .comparison(comparison)), to: &state)
    return state
  }

  private func sample(_ scores: [Double], prompt: String = "How many?") -> Comparison.Sample {
    Comparison.Sample(prompt: prompt, expected: "75", outcomes: scores.map { outcome($0) })
  }

  @Test("the first prompt that is shown is one on which they differ, and n and N go from one to the next")
  func differing() throws {
    let samples = [
      sample([1, 1, 1]), sample([1, 0, 1]), sample([0, 0, 0]), sample([0.5, 0, 0]), sample([0, 0, 1]),
    ]
    var state = try state(columns: 120, rows: 36, samples: samples)
    #expect(state.compare.sample == 1)
    #expect(text(state).contains { $0.contains("prompt 2 of 5") && $0.contains("n N: the 2 that differ") })
    Driver.type("n", on: &state)
    #expect(state.compare.sample == 4)
    Driver.type("n", on: &state)
    #expect(state.compare.sample == 4 && state.notice?.text.contains("no later prompt differs") == true)
    Driver.type("N", on: &state)
    #expect(state.compare.sample == 1)
    // A reply about the same runs leaves the prompt that is read.
    state.compare.sample = 2
    let request = try #require(state.compare.answer.key)
    let same = try #require(state.compare.comparison)
    Driver.apply(.reply(.compare(request), .comparison(same)), to: &state)
    #expect(state.compare.sample == 2)
    var alike = try self.state(columns: 120, rows: 36, samples: [sample([1, 1, 1]), sample([0, 0, 0])])
    #expect(alike.compare.sample == 0)
    Driver.type("n", on: &alike)
    #expect(alike.notice?.text.contains("no prompt differs") == true)
  }

  @Test("a prompt has the rows that the outputs leave free")
  func prompt() throws {
    let words = (1...150).map { "word\($0)" }.joined(separator: " ")
    var state = try state(columns: 120, rows: 60, samples: [sample([1, 0, 1], prompt: words)])
    Driver.type("4z", on: &state)
    #expect(text(state).contains { $0.contains("word150") })
    // Where there is too little room it says that there is more.
    Driver.type("z", on: &state)
    #expect(text(state).contains { $0.contains("word150") || $0.contains("…") })
  }

  @Test("as many outputs as have room stand side by side", arguments: [(80, 2), (120, 3), (200, 5), (300, 5)])
  func columns(_ width: Int, _ shown: Int) throws {
    var state = try state(columns: width, rows: 50, runs: 5, samples: [sample([1, 0, 1, 0, 1])])
    Driver.type("4", on: &state)
    let head = text(state).first { $0.contains("✓ right") } ?? ""
    #expect(head.split(separator: "#", omittingEmptySubsequences: false).count - 1 == shown, "\(head)")
    #expect(head.contains("h l: 1-") == (shown < 5))
  }

  @Test("settings say how many runs are not in view, and h l shows them")
  func settings() throws {
    var state = try state(columns: 120, rows: 36, runs: 8, samples: [sample([1, 0])])
    Driver.type("2", on: &state)
    #expect(text(state).contains { $0.contains("h l: runs 1-3 of 8") || $0.contains("h l: runs 1-4 of 8") })
    Driver.type("ll", on: &state)
    #expect(text(state).contains { $0.contains("h l: runs 3-") })
    #expect(text(state).contains { $0.contains("2 Settings ") && $0.contains("1 differ, 5 same · a: all") })
  }

  @Test("all sentences about three runs are there where there is room")
  func conclusion() {
    var state = TestData.state(columns: 120, rows: 50)
    Driver.type("C", on: &state)
    state.compare.answer.value?.conclusion =
      (1...3).map { "#\($0) is better than #11 by 2.7 ± 1.3 points (exact McNemar, Holm, p = 0.002, n = 2000)" }
      .joined(separator: "; ") + ": the end."
    #expect(text(state).contains { $0.contains("the end.") })
  }

  @Test("without two runs it says once what to do, and names the one that is marked")
  func empty() {
    for (columns, rows) in [(60, 16), (80, 24), (120, 36), (200, 60)] {
      var snapshot = TestData.snapshot
      for index in snapshot.runs.indices { snapshot.runs[index].seriesSlot = nil }
      var state = TestData.state(columns: columns, rows: rows, snapshot: snapshot)
      state.runs.selected = 12
      Driver.type("6u C", on: &state)
      for pane in 1...4 {
        Driver.type("\(pane)", on: &state)
        let screen = text(state)
        let sentences = ["Compare takes two", "mark two runs"]
        let count = screen.count { row in sentences.contains { row.contains($0) } }
        // Alone on a small screen the curve of the marked run is shown.
        #expect(count == (columns == 60 && pane == 1 ? 0 : 1), "\(columns) \(pane)")
        if columns >= 120 { #expect(screen.contains { $0.contains("Marked so far: #12 qkv+fc1+fc2.") }) }
      }
    }
  }

  @Test("a word that is wider than a line begins on the line before")
  func wrap() {
    #expect(Wrap.lines("{\"a\": " + String(repeating: "b", count: 30), columns: 20).count == 2)
    #expect(Wrap.lines("{\"a\": " + String(repeating: "b", count: 30), columns: 20)[0].count == 20)
    #expect(Wrap.lines("one two three", columns: 7) == ["one two", "three"])
    #expect(Wrap.lines(String(repeating: "日", count: 9), columns: 5).allSatisfy { $0.count <= 2 })
    #expect(Wrap.lines("a\n\nb", columns: 5) == ["a", "", "b"])
  }
}
