import Dashboard
import Foundation
import Messages
import Recipe
import Terminal
import Testing

/// Every pane at every size, on a store that is large and has extreme values.
@Suite("Whole screens")
struct WholeScreensTests {
  private static let sizes = [(80, 24), (120, 36), (200, 60)]

  /// 1 500 runs on three data sets, with figures from tiny to huge.
  private static let snapshot: Snapshot = {
    var snapshot = TestData.snapshot
    let digits = Array("123456789ABCDEF")
    let scales = [0.00001, 0.0715, 1, 250, 123_456]
    snapshot.runs = (1...1500).map { number in
      let id = RunID(number)
      let scale = scales[number % scales.count]
      var run = TestData.run(
        id, digits[number % 15], seed: number % 7 == 0 ? 18_446_744_073_709_551_615 : UInt64(number % 3), state: .done,
        steps: 3, loss: 0.4, score: number % 11 == 0 ? 1 : 0.5 + Double(number % 100) / 250,
        fail: number % 13 == 0 ? 1 : 0.012,
        overhead: number % 5 == 0 ? 12_345.6 : 11.9)
      run.plan.data = .task(name: ["sums", "medmcqa", "a-long-name-of-2023-and-2024.jsonl"][number % 3])
      if number % 4 == 0 { run.plan.settings.rank = 4096 }
      if number % 6 == 0 { run.plan.settings.steps = 1_000_000 }
      run.losses = MetricSeries([Float(scale) * 3, Float(scale) * 2, Float(scale)])
      run.gradientNorms = run.losses
      run.learningRates = MetricSeries([1e-7, 1e-7, 1e-7])
      run.totalSteps = 1_000_000
      run.step = 1_000_000
      run.tokensPerSecond = scale * 100
      run.score?.metric = number % 2 == 0 ? "strict choice accuracy" : "key-value match"
      run.latency?.p50 = scale
      run.latency?.p95 = scale * 1.5
      run.latency?.baseP50 = scale * 0.9
      run.latency?.coreShare = number % 9 == 0 ? 0.5 : 0.99
      run.adapterPath = "/data/runs/\(id)/adapter"
      return run
    }
    let states: [RunState] = [.training, .waiting, .paused, .failed, .stopped, .awaitingLatency, .cancelled]
    for (offset, state) in states.enumerated() {
      let place = 1490 + offset
      snapshot.runs[place].state = state
      snapshot.runs[place].score = nil
      snapshot.runs[place].latency = nil
      snapshot.runs[place].secondsLeft = 1_234_567
    }
    for (slot, place) in [1031, 1032, 1033, 1489].enumerated() { snapshot.runs[place].seriesSlot = slot }
    snapshot.queue = [1492]
    return snapshot
  }()

  private func state(_ columns: Int, _ rows: Int) -> DashboardState {
    var state = DashboardState(
      size: ScreenSize(columns: columns, rows: rows), themeNames: ["Day", "Night"])
    state.now = TestData.now
    Driver.apply(.snapshot(Self.snapshot), to: &state)
    return state
  }

  /// Every screen with every pane focused, and zoomed; the cursor at the start, in the middle and at the end of the table.
  private func screens(_ columns: Int, _ rows: Int, _ check: (Canvas, String) -> Void) {
    for selected in [RunID(1), 1032, 1500] {
      var state = state(columns, rows)
      state.runs.selected = selected
      for screen in ScreenName.allCases {
        Driver.apply(.key(.character(screen.letter)), to: &state)
        for pane in 1...screen.panes.count {
          Driver.type("\(pane)", on: &state)
          check(Render.screen(state), "\(screen) \(pane) at \(columns)×\(rows)")
          Driver.type("z", on: &state)
          check(Render.screen(state), "\(screen) \(pane) zoomed at \(columns)×\(rows)")
          Driver.type("z", on: &state)
        }
      }
    }
  }

  @Test("no number is cut in any pane", arguments: sizes)
  func numbers(_ columns: Int, _ rows: Int) {
    screens(columns, rows) { canvas, name in
      for line in canvas.text {
        let characters = Array(line)
        for (place, character) in characters.enumerated().dropFirst() where character == "…" {
          let before = characters[place - 1]
          #expect(!(before.isASCII && before.isNumber), "\(name): \(line)")
        }
      }
    }
  }

  @Test("run numbers are whole from the first to the last", arguments: sizes)
  func runNumbers(_ columns: Int, _ rows: Int) {
    var state = state(columns, rows)
    state.runs.sort = .number
    Driver.type("6", on: &state)
    for id in [RunID(1500), 1032, 999] {
      state.runs.selected = id
      let screen = Render.screen(state).text
      #expect(screen.contains { $0.contains("▸") && $0.contains("\(id) ") }, "#\(id) at \(columns)×\(rows)")
    }
    state.runs.selected = 1032
    #expect(Render.screen(state).text.contains { $0.contains("#1032 ") })
    Driver.type("R", on: &state)
    #expect(Render.screen(state).text[1].contains("#1032 "))
    Driver.type("C", on: &state)
    #expect(Render.screen(state).text.contains { $0.contains("#1032") })
  }

  @Test("the legend's value is the table's")
  func legend() {
    for loss in [Float(0.00412), 0.0374, 0.374, 3.74, 37.4] {
      var snapshot = TestData.snapshot
      for index in snapshot.runs.indices where snapshot.runs[index].id == 12 {
        snapshot.runs[index].losses = MetricSeries([loss])
      }
      var state = TestData.state(columns: 200, rows: 60, snapshot: snapshot)
      Driver.type("6", on: &state)
      let text = NumberFormat.short(Double(loss))
      let screen = Render.screen(state).text
      #expect(screen.contains { $0.contains("#12 qkv+fc1+fc2 \(text) ") }, "\(text)")
      #expect(screen.contains { $0.contains(" 12 qkv+fc1+fc2 ") && $0.contains(" \(text) ") }, "\(text)")
    }
  }

  @Test("percent axes stay within 0 to 100", arguments: sizes)
  func percent(_ columns: Int, _ rows: Int) {
    var snapshot = TestData.snapshot
    snapshot.runs = [TestData.base]
    for score in [0.0, 0.5, 1.0] {
      snapshot.runs[0].score?.score = Interval(estimate: score, low: score, high: score)
      snapshot.queue = []
      var state = TestData.state(columns: columns, rows: rows, snapshot: snapshot)
      Driver.type("5", on: &state)
      // A row has more than one pane.
      let labels = Render.screen(state).text.flatMap { $0.split(whereSeparator: "│┃".contains) }
        .filter { $0.contains("┤") }
      #expect(!labels.contains { $0.contains("e-") || $0.contains("110┤") })
      #expect(labels.contains { $0.contains("100┤") })
    }
  }

  // MARK: Terminals

  @Test("storms of sizes, with whatever is open over the screen")
  func storm() {
    let sizes = [
      (2, 1), (1, 1), (9, 3), (300, 2), (100, 30), (0, 0), (59, 15), (60, 16), (79, 23), (1, 200), (300, 100),
    ]
    let openers: [(String, (inout DashboardState) -> Void)] = [
      ("nothing", { _ in }), ("a question", { Driver.type("q", on: &$0) }), ("a menu", { Driver.type("6s", on: &$0) }),
      ("the help", { Driver.type("6?", on: &$0) }), ("a field", { Driver.type("6/abc", on: &$0) }),
      (
        "the browser",
        {
          Driver.apply(.key(.character("1")), to: &$0)
          $0.browser = BrowserView(.data)
        }
      ),
      (
        "the preview",
        { state in
          let request = DataPreview.Request(model: .builtin, data: TestData.data.reference, settings: RunSettings())
          state.preview = PreviewView(request, isCandidate: true)
        }
      ), ("inspecting", { Driver.type("4i", on: &$0) }),
    ]
    for (name, open) in openers {
      var state = TestData.state()
      open(&state)
      for (columns, rows) in sizes {
        Driver.apply(.resize(ScreenSize(columns: columns, rows: rows)), to: &state)
        let canvas = Render.screen(state)
        #expect(canvas.width == max(0, columns) && canvas.height == max(0, rows), "\(name)")
      }
      Driver.apply(.resize(ScreenSize(columns: 120, rows: 36)), to: &state)
      var fresh = TestData.state()
      open(&fresh)
      #expect(Render.screen(state).text == Render.screen(fresh).text, "\(name)")
    }
  }

  @Test("a paste is no keys; a field takes it without the line's end")
  func paste() {
    var state = TestData.state()
    let before = Render.screen(state).text
    let effects = Driver.press(.paste("n\nq\ny\nx\n"), on: &state)
    #expect(Driver.commands(effects).isEmpty && Driver.exit(effects) == nil)
    #expect(Render.screen(state).text == before)
    for opener in ["q", "6s", "6?"] {
      var state = TestData.state()
      Driver.type(opener, on: &state)
      #expect(Driver.commands(Driver.press(.paste("s\nd\nq\n"), on: &state)).isEmpty, "\(opener)")
    }
    Driver.type("6e", on: &state)
    state.runs.selected = 12
    Driver.type("6e", on: &state)
    Driver.press(.control("u"), .paste("/tmp/a folder\n"), on: &state)
    #expect(state.field?.field.text.trimmingCharacters(in: .whitespaces) == "/tmp/a folder")
    let sent = Driver.commands(Driver.press(.enter, on: &state))
    guard case .export(12, let path, false)? = sent.first else {
      Issue.record("nothing was exported")
      return
    }
    #expect(path == "/tmp/a folder")
  }

  // MARK: At size

  @Test("rows are ordered once for a snapshot, and anew for what changes their order")
  func rows() {
    var state = state(120, 36)
    let first = state.runRows.map(\.id)
    state.runs.selected = 700
    #expect(state.runRows.map(\.id) == first)
    state.runs.sort = .number
    #expect(state.runRows.map(\.id) == (1...1500).reversed().map { RunID($0) })
    state.runs.filter = "#1032"
    #expect(state.runRows.map(\.id) == [1032])
    var other = state
    state.runs.filter = ""
    #expect(other.runRows.map(\.id) == [1032] && state.runRows.count == 1500)
    var fewer = Self.snapshot
    fewer.runs.removeAll { $0.id != 5 && $0.id != 1032 }
    Driver.apply(.snapshot(fewer), to: &other)
    #expect(other.runRows.map(\.id) == [1032])
    #expect(state.runRows.count == 1500)
  }
}
