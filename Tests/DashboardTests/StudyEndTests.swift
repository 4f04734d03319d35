import Dashboard
import Foundation
import Messages
import Recipe
import Terminal
import Testing

@Suite("The end of a study, and what a person's marks and questions are worth")
struct StudyEndTests {
  /// A state in which three runs are queued and then done.
  private func end(_ change: (inout DashboardState) -> Void, failing: Bool = false) -> [Effect] {
    var snapshot = TestData.snapshot
    for index in snapshot.runs.indices where !snapshot.runs[index].state.isTerminal {
      snapshot.runs[index].state = .done
    }
    snapshot.queue = []
    var state = TestData.state()
    change(&state)
    Driver.apply(.snapshot(snapshot), to: &state)
    snapshot.runs[0].state = .training
    snapshot.runs[1].state = .waiting
    snapshot.queue = [snapshot.runs[1].id]
    let begins = Driver.apply(.snapshot(snapshot), to: &state)
    #expect(!begins.contains { if case .ring = $0 { true } else { false } })
    snapshot.runs[0].state = .done
    snapshot.runs[1].state = failing ? .failed : .done
    snapshot.queue = []
    var effects = Driver.apply(.snapshot(snapshot), to: &state)
    // It ends once.
    effects += Driver.apply(.snapshot(snapshot), to: &state)
    return effects
  }

  private func rings(_ effects: [Effect]) -> Int { effects.count { if case .ring = $0 { true } else { false } } }

  private func messages(_ effects: [Effect]) -> [String] {
    effects.compactMap { if case .notify(let text) = $0 { text } else { nil } }
  }

  @Test("the bell and the desktop's message come once, and only where they are wanted")
  func bell() {
    #expect(rings(end { _ in }) == 0)
    #expect(messages(end { _ in }).isEmpty)
    #expect(rings(end { $0.options.bell = true }) == 1)
    #expect(messages(end { $0.options.notify = true }) == ["lorascope: 2 runs done"])
    #expect(messages(end({ $0.options.notify = true }, failing: true)) == ["lorascope: 1 run done, 1 ended otherwise"])
  }

  @Test("runs that were marked by themselves give way to those that a person marks")
  func marks() throws {
    var state = TestData.state()
    var snapshot = TestData.snapshot
    state.marks = Marks()
    state.handled = []
    // Eight runs begin one after the other, and are marked by themselves.
    let chosen = snapshot.runs.filter { $0.losses.count > 0 && !$0.plan.isBaseline }.prefix(8).map(\.id)
    try #require(chosen.count == 8)
    for id in chosen {
      guard let index = snapshot.runs.firstIndex(where: { $0.id == id }) else { continue }
      snapshot.runs[index].state = .training
    }
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(state.marks.runs.count == Marks.most)
    let other = try #require(snapshot.runs.first { !state.marks.contains($0.id) }?.id)
    state.focus[.main] = .runs
    state.runs.selected = other
    let effects = Driver.press(.space, on: &state)
    #expect(state.marks.contains(other) && state.marks.runs.count == Marks.most)
    #expect(Driver.commands(effects).contains { if case .setSeriesSlot(_, nil) = $0 { true } else { false } })
  }

  @Test("a question that loses nothing has its Start focused, even where the time is not known")
  func start() {
    var state = TestData.state()
    Driver.type("S", on: &state)
    state.sweepEstimate = Asked()
    state.dialog = Dialogs.sweep(state)
    #expect(state.dialog?.focused == 0)
  }

  @Test("Sweep measures its seconds unasked, once, and never beside anything that computes")
  func clock() {
    var state = TestData.state()
    var snapshot = TestData.snapshot
    for index in snapshot.runs.indices where !snapshot.runs[index].state.isTerminal {
      snapshot.runs[index].state = .done
    }
    snapshot.queue = []
    Driver.apply(.snapshot(snapshot), to: &state)
    func asked(_ state: DashboardState, _ change: (inout DashboardState) -> Void) -> Int {
      var copy = state
      change(&copy)
      var effects = Driver.type("S", on: &copy)
      // Answered with an estimate that knows no time.
      guard let key = copy.sweepEstimate.key else { return -1 }
      var estimate = TestData.estimate(key.plan)
      for index in estimate.items.indices {
        estimate.items[index].secondsPerRun = nil
        estimate.items[index].have = 0
      }
      copy.sweepEstimate = Asked()
      _ = copy.sweepEstimate.want(key)
      effects += Update.apply(.reply(.sweepEstimate(key), .estimate(estimate)), to: &copy)
      effects += Update.apply(.key(.character("j")), to: &copy)
      return Driver.commands(effects).count { if case .measureSpeed = $0 { true } else { false } }
    }
    #expect(asked(state) { _ in } == 1)
    #expect(asked(state) { $0.snapshot.engine.isMeasuring = true } == 0)
    #expect(asked(state) { $0.isReadOnly = true } == 0)
    #expect(asked(state) { $0.snapshot.runs[0].state = .training } == 0)
  }

  @Test("after the first run a line says what now; with a second one it is gone")
  func nextStep() {
    var state = TestData.state()
    var snapshot = TestData.snapshot
    guard let done = snapshot.runs.first(where: { $0.id == 12 }) else { return }
    snapshot.runs = [done]
    snapshot.queue = []
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(Render.screen(state).text.contains { $0.contains("What now?") })
    var second = done
    second.id = 13
    snapshot.runs.append(second)
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(!Render.screen(state).text.contains { $0.contains("What now?") })
  }
}

@Suite("The machine's line")
struct MachineTests {
  private func counts(idle: UInt64, busy: UInt64, own: UInt64) -> MachineCounts? {
    MachineCounts(
      stat: "cpu  \(busy) 0 0 \(idle) 0 0 0 0 0 0\ncpu0 1 2 3\ncpu1 1 2 3\nintr 5\n",
      selfStat: "42 (a (b) c) S 1 1 1 0 -1 0 0 0 0 0 \(own - 1) 1 0 0 20", statm: "900 300 1",
      meminfo: "MemTotal:       2048 kB\nMemFree: 3 kB\n", pageSize: 4096)
  }

  @Test("own and foreign shares are of all cores, between two looks")
  func shares() throws {
    let before = try #require(counts(idle: 1000, busy: 500, own: 100))
    let after = try #require(counts(idle: 1100, busy: 600, own: 160))
    let status = try #require(after.status(since: before))
    #expect(status == MachineStatus(cores: 2, own: 0.3, others: 0.2, memory: 300 * 4096, totalMemory: 2048 * 1024))
    #expect(status.isBusy)
    #expect(after.status(since: after) == nil && before.status(since: after) == nil)
  }

  @Test("what is not as the kernel writes it is no reading", arguments: ["", "cpu 1 2\n", "cpu a b c d e f\ncpu0 1\n"])
  func strange(stat: String) {
    #expect(
      MachineCounts(
        stat: stat, selfStat: "1 (x) S", statm: "1 2", meminfo: "MemTotal: 5 kB", pageSize: 4096) == nil)
  }

  @Test("the header says it, amber where others would spoil TPOT, and leaves it out first")
  func header() {
    var state = TestData.state()
    state.size = ScreenSize(columns: 200, rows: 60)
    let quiet = MachineStatus(cores: 16, own: 0.97, others: 0.02, memory: 1 << 30, totalMemory: 64 << 30)
    Driver.apply(.machine(quiet), to: &state)
    #expect(Render.screen(state).text[0].contains("16 cores 97%, 1.0 GiB of 64"))
    var busy = quiet
    busy.others = 0.51
    #expect(!quiet.isBusy && busy.isBusy)
    Driver.apply(.machine(busy), to: &state)
    let canvas = Render.screen(state)
    guard let range = canvas.text[0].range(of: "others 51") else {
      Issue.record("not in the header")
      return
    }
    let x = canvas.text[0].distance(from: canvas.text[0].startIndex, to: range.lowerBound)
    #expect(canvas.styleLetters[0].dropFirst(x).first == "w")
    state.size = ScreenSize(columns: 80, rows: 24)
    #expect(!Render.screen(state).text[0].contains("cores"))
    #expect(Render.screen(state).text[0].contains("ETA"))
  }
}

@Suite("The help searches everywhere")
struct HelpSearchTests {
  @Test(
    "a filter finds keys of other places, columns, settings and options",
    arguments: [
      ("answers from which", "Columns of Runs"),
      ("desktop message", "Options, in config.toml"), ("dataset", "Settings of a run"), ("inspect", "In "),
    ])
  func finds(filter: String, section: String) {
    var state = TestData.state()
    Driver.type("2?/", on: &state)
    Driver.type(filter, on: &state)
    let text = Render.screen(state).text
    #expect(text.contains { $0.contains(section) }, "\(filter)")
  }
}
