import Dashboard
import Messages
import Terminal
import Testing

@Suite("Golden screens")
struct GoldenScreenTests {
  @Test func main() throws { try Golden.check(TestData.state(), "main-120x36") }

  @Test func mainLarge() throws { try Golden.check(TestData.state(columns: 180, rows: 50), "main-180x50") }

  @Test func mainCompact() throws { try Golden.check(TestData.state(columns: 80, rows: 24), "main-80x24") }

  @Test func mainCompactOverlays() throws {
    var state = TestData.state(columns: 80, rows: 24)
    Driver.type("1", on: &state)
    try Golden.check(state, "main-80x24-setup")
    Driver.type("5", on: &state)
    try Golden.check(state, "main-80x24-scatter")
  }

  @Test func mainSingle() throws {
    var state = TestData.state(columns: 60, rows: 16)
    Driver.type("6", on: &state)
    try Golden.check(state, "main-60x16")
  }

  @Test func tooSmall() throws { try Golden.check(TestData.state(columns: 48, rows: 8), "too-small-48x8") }

  @Test func ascii() throws {
    try Golden.check(TestData.state(columns: 80, rows: 24, characterSet: .ascii), "ascii-80x24")
    try Golden.check(TestData.state(characterSet: .ascii), "ascii-120x36")
  }

  @Test func blocks() throws { try Golden.check(TestData.state(characterSet: .blocks), "blocks-120x36") }

  @Test func firstRun() throws {
    var snapshot = Snapshot()
    snapshot.version = 1
    try Golden.check(TestData.state(columns: 80, rows: 24, snapshot: snapshot), "first-run-no-model-80x24")
    snapshot.model = TestData.model
    snapshot.data = TestData.data
    try Golden.check(TestData.state(snapshot: snapshot), "first-run-120x36")
  }

  @Test func runsPane() throws {
    var state = TestData.state()
    Driver.type("6jj", on: &state)
    try Golden.check(state, "main-runs-120x36")
  }

  @Test func inspect() throws {
    var state = TestData.state()
    Driver.type("4ihhhhhhhhhh", on: &state)
    try Golden.check(state, "main-inspect-120x36")
  }

  @Test func baseline() throws {
    var snapshot = TestData.snapshot
    snapshot.runs.append(TestData.base)
    var state = TestData.state(snapshot: snapshot)
    Driver.type("6", on: &state)
    try Golden.check(state, "main-base-120x36")
    state.size = ScreenSize(columns: 80, rows: 24)
    try Golden.check(state, "main-base-80x24")
    Driver.type("5", on: &state)
    try Golden.check(state, "main-base-scatter-80x24")
  }

  @Test func divergence() throws {
    var state = TestData.state()
    state.runs.selected = 5
    Driver.type("R", on: &state)
    try Golden.check(state, "run-diverged-120x36")
  }

  @Test func unfoldedModules() throws {
    var state = TestData.state()
    Driver.type("2", on: &state)
    Driver.press(.enter, .down, .space, on: &state)
    try Golden.check(state, "main-unfolded-120x36")
  }

  @Test func compare() throws {
    var state = TestData.state()
    Driver.type("C", on: &state)
    try Golden.check(state, "compare-120x36")
    state.size = ScreenSize(columns: 80, rows: 24)
    try Golden.check(state, "compare-80x24")
  }

  @Test func run() throws {
    var state = TestData.state()
    state.runs.selected = 12
    Driver.type("R", on: &state)
    try Golden.check(state, "run-120x36")
    state.size = ScreenSize(columns: 80, rows: 24)
    try Golden.check(state, "run-80x24")
  }

  @Test func sweep() throws {
    var state = TestData.state(columns: 110, rows: 26)
    Driver.type("S", on: &state)
    try Golden.check(state, "sweep-110x26")
    state.size = ScreenSize(columns: 80, rows: 24)
    try Golden.check(state, "sweep-80x24")
    Driver.type("n", on: &state)
    try Golden.check(state, "sweep-question-80x24")
  }

  @Test func severalDataSets() throws {
    var snapshot = TestData.snapshot
    snapshot.availableData = ["sums", "dates", "invoices"].map { name in
      var data = TestData.data
      data.name = name
      data.reference = .task(name: name)
      return data
    }
    var state = TestData.state(columns: 110, rows: 26, snapshot: snapshot)
    Driver.type("S3j j ", on: &state)
    Driver.type("2jjj", on: &state)
    Driver.press(.right, on: &state)
    try Golden.check(state, "sweep-data-110x26")
    Driver.type("n", on: &state)
    try Golden.check(state, "sweep-data-question-110x26")
  }

  @Test func advise() throws {
    var state = TestData.state()
    Driver.type("A", on: &state)
    try Golden.check(state, "advise-120x36")
    state.size = ScreenSize(columns: 80, rows: 24)
    try Golden.check(state, "advise-80x24")
    Driver.type("3jl", on: &state)
    try Golden.check(state, "advise-findings-80x24")
    Driver.type("4", on: &state)
    try Golden.check(state, "advise-tradeoffs-80x24")
    state.size = ScreenSize(columns: 60, rows: 16)
    Driver.type("1l", on: &state)
    try Golden.check(state, "advise-60x16")
  }

  @Test func advisePublished() throws {
    var snapshot = TestData.snapshot
    snapshot.runs = []
    snapshot.queue = []
    var state = TestData.state(snapshot: snapshot)
    Driver.type("A", on: &state)
    try Golden.check(state, "advise-published-120x36")
    Driver.type("e", on: &state)
    try Golden.check(state, "advise-export-120x36")
  }

  @Test func publishedOverlay() throws {
    var state = TestData.state()
    Driver.type("5o", on: &state)
    try Golden.check(state, "main-published-120x36")
  }

  @Test func log() throws {
    var state = TestData.state(columns: 80, rows: 24)
    Driver.type("L", on: &state)
    try Golden.check(state, "log-80x24")
  }

  @Test func help() throws {
    var state = TestData.state()
    Driver.type("6?", on: &state)
    try Golden.check(state, "help-120x36")
  }

  @Test func quitQuestion() throws {
    var state = TestData.state()
    Driver.type("q", on: &state)
    try Golden.check(state, "quit-120x36")
  }

  @Test func textField() throws {
    var state = TestData.state()
    Driver.type("1", on: &state)
    Driver.press(.enter, .control("u"), on: &state)
    Driver.type("abc", on: &state)
    try Golden.check(state, "field-120x36")
  }
}
