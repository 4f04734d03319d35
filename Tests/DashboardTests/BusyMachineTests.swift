import Dashboard
import Messages
import Terminal
import Testing

/// Latencies that were measured on a busy machine: marked wherever they are shown, and measured again on a key.
@Suite("Busy machine")
struct BusyMachineTests {
  /// Runs 9 and 10 were measured with half of the cores.
  private var snapshot: Snapshot {
    var snapshot = TestData.snapshot
    for index in snapshot.runs.indices where snapshot.runs[index].state == .done {
      snapshot.runs[index].adapterPath = "/data/runs/\(snapshot.runs[index].id)/adapter"
      let isBusy = [9, 10].contains(snapshot.runs[index].id)
      snapshot.runs[index].latency?.coreShare = isBusy ? 0.49 : 0.99
    }
    return snapshot
  }

  private func text(_ state: DashboardState) -> [String] { Render.screen(state).text }

  @Test("the table marks it in the colour of a warning")
  func table() {
    var state = TestData.state(columns: 160, rows: 45, snapshot: snapshot)
    Driver.type("6", on: &state)
    let screen = text(state)
    #expect(screen.contains { $0.contains("~+4.1±0.5!") && $0.contains("~19.2") })
    #expect(!screen.contains { $0.contains("~+11.9") })
    let canvas = Render.screen(state)
    for y in 0..<canvas.height {
      for x in 0..<canvas.width - 1 where canvas[x, y].scalar == "~" && canvas[x + 1, y].scalar == "+" {
        #expect(canvas[x, y].style.letter == Style(.warn).letter)
      }
    }
  }

  @Test("it is no point of the front, and hollow")
  func scatter() {
    let state = TestData.state(columns: 160, rows: 45, snapshot: snapshot)
    let points = state.scatterPoints.points
    #expect(points.filter(\.isBusy).map(\.label).sorted() == ["3", "4"])
    #expect(points.filter { $0.place == .front }.map(\.label) == ["2", "8", "C", "D"])
    #expect(text(state).joined().contains("◌"))
    #expect(text(state).joined().contains("busy"))
  }

  @Test("the Run screen says it, and what to do")
  func run() {
    var state = TestData.state(columns: 160, rows: 45, snapshot: snapshot)
    state.runs.selected = 10
    Driver.type("R", on: &state)
    let screen = text(state).joined(separator: "\n")
    #expect(screen.contains("~+4.1±0.5!"), "\(screen)")
    #expect(screen.contains("51 % of the"), "\(screen)")
  }

  @Test("t measures again: one run, the marked ones, or all of a busy machine")
  func key() {
    func sent(_ effects: [Effect]) -> [[RunID]] {
      Driver.commands(effects).compactMap { if case .measureLatency(let runs) = $0 { runs } else { nil } }
    }
    var state = TestData.state(snapshot: snapshot)
    state.runs.selected = 10
    Driver.type("6t", on: &state)
    #expect(state.dialog?.choices.count == 4)
    var copy = state
    #expect(sent(Driver.type("r", on: &copy)) == [[10]])
    copy = state
    #expect(sent(Driver.type("m", on: &copy)) == [[12, 11]])
    copy = state
    #expect(sent(Driver.type("b", on: &copy)) == [[9, 10]])
    // On Run it is that run, where no other comes into question.
    var quiet = TestData.snapshot
    for index in quiet.runs.indices { quiet.runs[index].seriesSlot = nil }
    var alone = TestData.state(snapshot: quiet)
    alone.runs.selected = 12
    #expect(sent(Driver.type("Rt", on: &alone)) == [[12]])
    // What cannot be measured says why.
    alone.run.run = 11
    Driver.type("t", on: &alone)
    #expect(alone.notice?.text.contains("no adapter") == true)
    alone.run.run = 13
    Driver.type("t", on: &alone)
    #expect(alone.notice?.text.contains("finished") == true)
  }

  @Test("a run that is measured again shows it, and t takes it back")
  func again() {
    var snapshot = snapshot
    for index in snapshot.runs.indices where snapshot.runs[index].id == 10 {
      snapshot.runs[index].remeasuring = .waiting
    }
    for index in snapshot.runs.indices where snapshot.runs[index].id == 9 {
      snapshot.runs[index].remeasuring = .measuring
      snapshot.runs[index].phaseProgress = 0.4
    }
    var state = TestData.state(columns: 160, rows: 45, snapshot: snapshot)
    state.runs.selected = 10
    Driver.type("6", on: &state)
    #expect(text(state).contains { $0.contains("10 fc1 ") && $0.contains("· tpot") })
    #expect(text(state).contains { $0.contains(" 9 qkv+o_proj ") && $0.contains("▸ tpot") && $0.contains("40%") })
    let commands = Driver.commands(Driver.type("t", on: &state))
    guard case .keepLatency([10])? = commands.first else {
      Issue.record("it was not taken back")
      return
    }
  }

  @Test("sorted by overhead, it stands behind what can be compared")
  func order() {
    var state = TestData.state(snapshot: snapshot)
    state.runs.sort = .overhead
    let measured = state.runRows.filter { $0.latency != nil }.map(\.id)
    #expect(measured == [6, 8, 7, 11, 12, 10, 9])
  }

  @Test("a run that waits for its measurement says so in words")
  func awaiting() {
    var snapshot = TestData.snapshot
    for index in snapshot.runs.indices where snapshot.runs[index].id == 13 {
      snapshot.runs[index].state = .awaitingLatency
    }
    var state = TestData.state(columns: 160, rows: 45, snapshot: snapshot)
    state.runs.selected = 13
    Driver.type("R", on: &state)
    #expect(!text(state)[1].contains("awaitingLatency"))
    #expect(text(state)[1].contains("waits for TPOT"))
  }
}
