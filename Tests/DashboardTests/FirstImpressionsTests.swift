import Dashboard
import Foundation
import Messages
import Terminal
import Testing

/// What a reader meets in the first minutes: nothing misleads, nothing is silent, nothing that fits is cut.
@Suite("First impressions")
struct FirstImpressionsTests {
  private func text(_ state: DashboardState) -> [String] { Render.screen(state).text }

  @Test("seeds without a run are called that")
  func seeds() {
    var state = TestData.state()
    #expect(text(state).contains { $0.contains("queued or done: seed 0") })
    state.setup.seeds = [0, 1, 2]
    #expect(text(state).contains { $0.contains("no run yet: seeds 1 2") })
    #expect(!text(state).contains { $0.contains("seeds left") || $0.contains("has its run") })
  }

  @Test("the time until the queue is empty runs down while a run goes on, and never below that run's own")
  func timeLeft() {
    var snapshot = TestData.snapshot
    #expect(text(TestData.state(snapshot: snapshot))[0].contains("ETA 23m"))
    snapshot.engine.secondsLeftTime = TestData.now - 300
    #expect(text(TestData.state(snapshot: snapshot))[0].contains("ETA 18m"))
    snapshot.engine.secondsLeftTime = TestData.now - 2000
    #expect(text(TestData.state(snapshot: snapshot))[0].contains("ETA 1m58"))
    // A clock that was set back adds nothing.
    snapshot.engine.secondsLeftTime = TestData.now + 900
    #expect(text(TestData.state(snapshot: snapshot))[0].contains("ETA 23m"))
  }

  @Test("a bar and a time left only while something is under way")
  func bars() throws {
    var state = TestData.state(columns: 200, rows: 60)
    Driver.type("6", on: &state)
    let rows = text(state).filter { $0.contains("done") && $0.contains("±") }
    #expect(rows.count >= 7 && !rows.contains { $0.contains("100%") })
    // Of what has ended there is no bar beside its state.
    #expect(rows.count { $0.contains("✓ done        ") } >= 7)
    #expect(text(state).contains { $0.contains("▸ train") && $0.contains("████░░░░") && $0.contains("62%") })
    var finished = TestData.snapshot
    finished.runs.removeAll { $0.state != .done }
    finished.queue = []
    var over = TestData.state(columns: 200, rows: 60, snapshot: finished)
    Driver.type("6", on: &over)
    #expect(!text(over).contains { $0.contains(" eta ") || $0.contains("progress") })
  }

  @Test("the legend's value is the table's, whatever the axes and the smoothing")
  func legend() {
    for keys in ["", "a", "aa", "}", "}}a", "{{", "{{a"] {
      var state = TestData.state(columns: 230, rows: 60)
      Driver.type("4" + keys, on: &state)
      let legend = text(state).first { $0.contains("#12 qkv+fc1+fc2 ") } ?? ""
      let value = legend.components(after: "#12 qkv+fc1+fc2 ")
      #expect(value.flatMap(Double.init).map { (0.3..<4).contains($0) } == true, "\(legend)")
      let row = text(state).first { $0.contains(" 12 qkv+fc1+fc2 ") } ?? ""
      #expect(row.contains(" \(value ?? "?") "), "\(keys): \(row)")
    }
  }

  @Test("the newest raw value of a live run is inside its plot", arguments: [(80, 24), (120, 36), (200, 60)])
  func newest(_ columns: Int, _ rows: Int) {
    var snapshot = TestData.snapshot
    for index in snapshot.runs.indices where snapshot.runs[index].id == 13 {
      snapshot.runs[index].losses = MetricSeries((0..<40).map { Float(4 * pow(0.8, Double($0))) })
    }
    var state = TestData.state(columns: columns, rows: rows, snapshot: snapshot)
    state.runs.selected = 13
    for keys in ["4", "4}}", "4a"] {
      var copy = state
      Driver.type(keys, on: &copy)
      #expect(!text(copy).contains { $0.contains("▾▾") }, "\(keys)")
    }
  }

  @Test("at 60 × 16 the checklist shows all of its rows")
  func single() {
    var state = TestData.state(columns: 60, rows: 16)
    Driver.type("2", on: &state)
    for name in ["Q qkv", "O o", "1 fc1", "2 fc2"] {
      #expect(text(state).contains { $0.contains("] \(name)") }, "\(name)")
    }
  }

  @Test("a key without a meaning here says where it has one")
  func unbound() {
    var state = TestData.state()
    Driver.type("C1V", on: &state)
    #expect(state.notice?.text.contains("V does nothing here; on Main, 6 Runs: choose all runs") == true)
    Driver.type("$", on: &state)
    #expect(state.notice?.text == "$ does nothing here: ? lists the keys")
    // A second dialog's letters are its own.
    Driver.type("Mq", on: &state)
    let notice = state.notice
    Driver.type("$", on: &state)
    #expect(state.dialog != nil && state.notice == notice)
  }

  @Test("a word that is a key's, typed as a command, finds the key, its place and why it cannot act")
  func command() {
    var state = TestData.state()
    state.runs.selected = 13
    Driver.type(":export", on: &state)
    #expect(text(state).contains { $0.contains("▸ e          export the adapter as a PEFT folder…") })
    Driver.press(.enter, on: &state)
    #expect(
      state.field?.message
        == "e on Main, 6 Runs: export the adapter as a PEFT folder…: the selected run has no adapter yet")
    Driver.press(.escape, on: &state)
    Driver.type(":xyz", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.field?.message?.contains("no command xyz: ") == true)
  }

  @Test("the help's filter finds the keys of every place")
  func help() {
    var state = TestData.state()
    Driver.type("?", on: &state)
    #expect(!text(state).contains { $0.contains("mark for curves") })
    Driver.type("/mark", on: &state)
    #expect(text(state).contains { $0.contains("mark for curves and Compare") })
    #expect(text(state).contains { $0.contains("In Runs") })
  }

  @Test("in ASCII a plus-minus is no ellipsis")
  func ascii() {
    var state = TestData.state(characterSet: .ascii)
    Driver.type("6", on: &state)
    state.runs.selected = 12
    let screen = text(state)
    #expect(screen.contains { $0.contains("69.6~2.1") })
    #expect(screen.contains { $0.contains("export>") || $0.contains("stop>") })
  }

  @Test("what is missing is counted in good grammar")
  func missing() {
    #expect(text(TestData.state(columns: 59, rows: 15)).joined().contains("short by 1 column and 1 row"))
    #expect(text(TestData.state(columns: 58, rows: 14)).joined().contains("short by 2 columns and 2 rows"))
    var snapshot = TestData.snapshot
    for index in snapshot.runs.indices { snapshot.runs[index].prepared?.threads = 1 }
    var state = TestData.state(snapshot: snapshot)
    state.runs.selected = 12
    Driver.type("R", on: &state)
    #expect(text(state).contains { $0.contains(", 1 thread ") } && !text(state).contains { $0.contains("1 threads") })
  }

  @Test("partial credit is told from right answers")
  func partly() {
    var state = TestData.state()
    state.runs.selected = 12
    Driver.type("R", on: &state)
    #expect(!text(state).contains { $0.contains("partly") })
    state.run.answer.value = TestData.examples.enumerated().map { index, example in
      var example = example
      if index < 5 { example.score = 0.5 }
      return example
    }
    #expect(text(state).contains { $0.contains(" right, 5 partly, ") })
  }

  @Test("a recommendation from one seed says how little that is", arguments: [(80, 24), (120, 36)])
  func oneSeed(_ columns: Int, _ rows: Int) throws {
    var state = TestData.state(columns: columns, rows: rows)
    Driver.type("A", on: &state)
    #expect(!text(state).contains { $0.contains("one seed is a guess") || $0.contains("too few") })
    var advice = try #require(state.advise.answer.value)
    for index in advice.cards.indices { advice.cards[index].figures?.seeds = 1 }
    state.advise.answer.value = advice
    #expect(text(state).contains { $0.contains("one seed is a guess") || $0.contains("too few") })
  }
}

extension String {
  /// The word behind the first occurrence of a text.
  fileprivate func components(after start: String) -> String? {
    guard let range = range(of: start) else { return nil }
    return self[range.upperBound...].split(separator: " ").first.map(String.init)
  }
}
