import Dashboard
import Messages
import Testing

/// A store whose program has died, seen by one who only reads.
@Suite("Runs that nothing computes any more")
struct AbandonedRunsTests {
  private var snapshot: Snapshot {
    var snapshot = TestData.snapshot
    snapshot.engine.isReadOnly = true
    return snapshot
  }

  @Test("where no program holds the store nothing is under way")
  func died() throws {
    let settled = snapshot.settled { false }
    let run = try #require(settled.run(13))
    #expect(run.state == .paused && run.secondsLeft == nil)
    #expect(run.reason?.hasPrefix("interrupted") == true)
    // What ended or waits is as it was.
    #expect(settled.run(12)?.state == .done && settled.run(14)?.state == .waiting && settled.run(4)?.reason == nil)
    var state = TestData.state(snapshot: settled)
    state.runs.selected = 13
    Driver.type("6", on: &state)
    #expect(!Render.screen(state).text.contains { $0.contains("▸ train") })
    Driver.type("R", on: &state)
    #expect(Render.screen(state).text.contains { $0.contains("interrupted: the program that computed it has ended") })
  }

  @Test("a run that waits for its latency is interrupted, too")
  func waitsForLatency() throws {
    var snapshot = snapshot
    for index in snapshot.runs.indices where snapshot.runs[index].id == 13 {
      snapshot.runs[index].state = .awaitingLatency
    }
    #expect(snapshot.settled { false }.run(13)?.state == .paused)
  }

  @Test("where one holds it, where nobody knows, and in the engine's own dashboard, runs are as stored")
  func lives() {
    #expect(snapshot.settled { true }.run(13)?.state == .training)
    #expect(snapshot.settled(nil).run(13)?.state == .training)
    #expect(TestData.snapshot.settled { false }.run(13)?.state == .training)
  }
}
