import Dashboard
import Messages
import Terminal
import Testing

/// Which data set a run is from, and what sets it apart, is said wherever it is shown.
@Suite("Several data sets")
struct SeveralDataSetsTests {
  /// Runs 11 and 12 are of another data set than Setup's.
  private func snapshot(_ name: String = "cocohd") -> Snapshot {
    var snapshot = TestData.snapshot
    for index in snapshot.runs.indices where [11, 12].contains(snapshot.runs[index].id) {
      snapshot.runs[index].plan.data = .task(name: name)
    }
    return snapshot
  }

  private func text(_ state: DashboardState) -> [String] { Render.screen(state).text }

  @Test("pane 6 has a column of data sets once there are two", arguments: [(60, 16), (80, 24), (120, 36), (200, 60)])
  func table(_ columns: Int, _ rows: Int) {
    var one = TestData.state(columns: columns, rows: rows)
    Driver.type("6", on: &one)
    #expect(!text(one).contains { $0.contains(" data ") && $0.contains("score") })
    var state = TestData.state(columns: columns, rows: rows, snapshot: snapshot())
    Driver.type("6", on: &state)
    let screen = text(state)
    #expect(screen.contains { $0.contains("data") && $0.contains("modules") && $0.contains(" # ") })
    let names = ["12 Q·12 ", "12 qkv+fc1+fc2 "]
    #expect(screen.contains { row in names.contains { row.contains($0) } && row.contains("cocohd") })
  }

  @Test("the Run screen speaks of its run, not of Setup")
  func run() {
    var state = TestData.state(snapshot: snapshot())
    state.runs.selected = 12
    Driver.type("R", on: &state)
    let screen = text(state)
    #expect(screen[0].contains("builtin/cocohd") && !screen[0].contains("sums"))
    #expect(screen[1].contains("cocohd"))
    state.run.run = 10
    #expect(text(state)[0].contains("builtin/sums") && text(state)[1].contains("sums"))
  }

  @Test("Compare's heads, results and samples name the data sets")
  func compare() throws {
    var state = TestData.state(columns: 160, rows: 45, snapshot: snapshot())
    Driver.type("C", on: &state)
    // The reply that the tests have is of one data set.
    var comparison = try #require(state.compare.comparison)
    for index in comparison.rows.indices where [11, 12].contains(comparison.rows[index].run.id) {
      comparison.rows[index].run.plan.data = .task(name: "cocohd")
    }
    state.compare.answer.value = comparison
    let screen = text(state)
    #expect(screen[0].contains("2 data sets"))
    #expect(screen.contains { $0.contains("#12 cocohd") || $0.contains("#11 cocohd") || $0.contains("12 D cocohd") })
  }

  @Test("curves of several data sets say which each is of; the scatter says whose it is")
  func charts() {
    let mixed = text(TestData.state(columns: 200, rows: 60, snapshot: snapshot()))
    #expect(mixed.contains { $0.contains("#12 qkv+fc1+fc2 cocohd") })
    #expect(mixed.contains { $0.contains("Accuracy / latency") && $0.contains("sums") })
    // Points of the chosen data set only.
    let state = TestData.state(snapshot: snapshot())
    #expect(state.scatterPoints.points.flatMap(\.runs).allSatisfy { ![11, 12].contains($0) })
    var alike = snapshot()
    for index in alike.runs.indices where alike.runs[index].id == 13 {
      alike.runs[index].plan.data = .task(name: "cocohd")
    }
    let one = text(TestData.state(columns: 200, rows: 60, snapshot: alike))
    #expect(one.contains { $0.contains("4 Loss") && $0.contains("cocohd") })
  }

  @Test("two runs that differ in a setting only do not look alike", arguments: [(80, 24), (120, 36)])
  func differences(_ columns: Int, _ rows: Int) {
    var snapshot = TestData.snapshot
    for index in snapshot.runs.indices where snapshot.runs[index].id == 10 {
      snapshot.runs[index].plan.settings.rank = 32
      snapshot.runs[index].plan.settings.learningRate = 1e-3
    }
    var state = TestData.state(columns: columns, rows: rows, snapshot: snapshot)
    Driver.type("6", on: &state)
    state.runs.selected = 10
    let screen = text(state)
    #expect(screen.contains { $0.contains("r32") })
    #expect(screen.contains { $0.contains("r8 ") })
    Driver.type("R", on: &state)
    #expect(text(state)[1].contains("cocohd") == false && text(state).joined().contains("r32"))
  }

  /// Wide, joined and combining characters in names of data files.
  @Test(
    "columns stay aligned whatever a data file is called",
    arguments: [
      "👨‍👩‍👧 run.jsonl", "⚠️ x.jsonl", "e\u{301}e\u{301}.jsonl", "日本語のデータ集合.jsonl", "esc\u{1b}[31m\nx.jsonl", "‮gpj.jsonl",
      "नमस्ते.jsonl", "🇩🇪🇫🇷.jsonl",
    ])
  func names(_ name: String) throws {
    var snapshot = TestData.snapshot
    for index in snapshot.runs.indices where [11, 12].contains(snapshot.runs[index].id) {
      snapshot.runs[index].plan.data = .file(path: "/data/\(name)", evaluation: .none)
    }
    for (columns, rows) in [(80, 24), (120, 36), (200, 60)] {
      var state = TestData.state(columns: columns, rows: rows, snapshot: snapshot)
      Driver.type("6", on: &state)
      for keys in ["", "R", "C"] {
        state.runs.selected = 12
        Driver.type(keys, on: &state)
        let canvas = Render.screen(state)
        for y in 0..<canvas.height {
          // Every row ends with its frame, and what a terminal would obey is not there.
          let row = (0..<canvas.width).map { canvas[$0, y].scalar }
          #expect(
            !row.contains {
              $0.value != 0 && ($0.value < 0x20 || (0x7f..<0xa0).contains($0.value) || $0.value == 0x202e)
            })
        }
        Driver.type("M", on: &state)
      }
      let canvas = Render.screen(state)
      let edge = try #require(state.layout.rect(of: .runs)).right - 1
      let table = (0..<canvas.height).filter { canvas[edge, $0].scalar == "┃" }
      #expect(table.count > 4, "the frame of the table is broken at \(columns)")
    }
  }
}
