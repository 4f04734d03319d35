import Dashboard
import Messages
import Terminal
import Testing

/// A cluster's study on whose folder the dashboard looks: how it goes is at the top, and P gives orders to all of it.
@Suite("Cluster")
struct ClusterScreenTests {
  private static func status(_ change: (inout ClusterStatus) -> Void = { _ in }) -> ClusterStatus {
    var status = ClusterStatus(
      summary: "5 of 13 runs done, 2 at work; tasks: 2 on node1, 1 waits (Priority)", done: 5, runs: 13,
      tasks: (0..<11).map { ClusterStatus.Task(number: $0, state: $0 < 2 ? "on node1" : "waits (Priority)", runs: 1) },
      open: 3)
    change(&status)
    return status
  }

  private static func state(_ status: ClusterStatus?) -> DashboardState {
    var snapshot = TestData.snapshot
    snapshot.engine.cluster = status
    snapshot.engine.isReadOnly = true
    return TestData.state(columns: 120, rows: 36, snapshot: snapshot)
  }

  private func press(_ keys: String, on state: inout DashboardState) -> [Command] {
    Driver.commands(
      keys.flatMap { Update.apply(.key(.character($0)), to: &state, at: 5, keymap: Keymap.standard.watching) })
  }

  @Test("the first row says how it goes")
  func header() {
    func first(_ status: ClusterStatus) -> String { Render.screen(Self.state(status)).text.first ?? "" }
    #expect(first(Self.status()).contains("5/13 runs, 3 tasks"))
    #expect(first(Self.status { $0.held = 3 }).contains("5/13 runs, 3 tasks, 3 paused"))
    #expect(first(Self.status { ($0.round, $0.open) = (2, 0) }).contains("round 2: 5/13 runs, no task"))
  }

  @Test("P asks, and offers what can be done")
  func orders() {
    var state = Self.state(Self.status())
    #expect(press("P", on: &state).isEmpty)
    #expect(state.dialog?.lines.contains("task 1, 1 run: on node1") == true)
    #expect(state.dialog?.lines.last == "and 3 tasks more")
    #expect(state.dialog?.choices.map(\.letter) == ["p", "x", nil])
    #expect(state.dialog?.choices[state.dialog?.focused ?? 0].action == nil)
    #expect(press("p", on: &state) == [.cluster(.hold)])
    state = Self.state(Self.status { ($0.held, $0.missing) = (3, 2) })
    #expect(press("Pc", on: &state) == [.cluster(.release)])
    #expect(press("Pr", on: &state) == [.cluster(.resubmit)])
    #expect(press("Px", on: &state) == [.cluster(.cancel)])
  }

  @Test("where Slurm is not, nothing is offered and the reason is said")
  func elsewhere() {
    var state = Self.state(Self.status { $0.whyNoOrders = "There are no programs of Slurm here." })
    #expect(press("Pp", on: &state).isEmpty)
    #expect(state.dialog?.lines.last == "There are no programs of Slurm here." && state.dialog?.choices.count == 1)
    state = Self.state(nil)
    #expect(press("P", on: &state).isEmpty && state.dialog == nil)
  }
}
