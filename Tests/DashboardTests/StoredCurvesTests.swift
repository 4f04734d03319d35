import Dashboard
import Messages
import Synchronization
import Terminal
import Testing

/// Curves that lie in a store are read beside the dashboard's thread, which shows what is there meanwhile.
@Suite struct StoredCurvesTests {
  /// The test data's runs, their losses in a store that counts what is read of it.
  private func snapshot(_ reads: @escaping @Sendable () -> Void) -> Snapshot {
    var snapshot = TestData.snapshot
    for place in snapshot.runs.indices where snapshot.runs[place].losses.count > 0 {
      let losses = snapshot.runs[place].losses
      let values = losses.values(0..<losses.count)
      snapshot.runs[place].losses = MetricSeries(count: values.count, newest: values.last) { stretches in
        reads()
        return stretches.flatMap { values[$0] }
      } load: {
        reads()
        return values
      }
    }
    return snapshot
  }

  private func readings(_ effects: [Effect]) -> [CurveReading] {
    effects.compactMap { if case .read(let reading) = $0 { reading } else { nil } }
  }

  @Test("the first frame reads nothing, and the last one shows what the test data's own series do")
  func firstFrame() {
    let reads = Mutex(0)
    var state = DashboardState(size: ScreenSize(columns: 200, rows: 60), themeNames: ["Day", "Night"])
    state.now = TestData.now
    let snapshot = snapshot { reads.withLock { $0 += 1 } }
    var waiting = readings(Driver.apply(.snapshot(snapshot), to: &state))
    let first = Render.screen(state).text.joined(separator: "\n")
    #expect(reads.withLock { $0 } == 0)
    #expect(first.contains("reading the curve of #"))
    #expect(waiting.count == 2)
    // What is being read is not asked for again.
    #expect(readings(Driver.apply(.snapshot(snapshot), to: &state)).isEmpty)
    while !waiting.isEmpty { waiting += readings(Driver.apply(waiting.removeFirst().read(), to: &state)) }
    #expect(reads.withLock { $0 } > 0)
    let count = reads.withLock { $0 }
    let shown = Render.screen(state)
    #expect(reads.withLock { $0 } == count)
    let expected = Render.screen(TestData.state(columns: 200, rows: 60))
    #expect(shown.text == expected.text)
    #expect(shown.styleLetters == expected.styleLetters)
  }

  @Test("rows in the order of their losses stand as they will when these were read")
  func order() {
    var state = DashboardState(size: ScreenSize(columns: 120, rows: 36), themeNames: ["Day", "Night"])
    state.now = TestData.now
    state.runs.sort = .loss
    var waiting = readings(Driver.apply(.snapshot(snapshot {}), to: &state))
    while !waiting.isEmpty { waiting += readings(Driver.apply(waiting.removeFirst().read(), to: &state)) }
    var other = TestData.state()
    other.runs.sort = .loss
    Driver.press(.control("l"), on: &other)
    #expect(state.runRows.ids == other.runRows.ids)
    #expect(!state.runRows.ids.isEmpty)
  }

  @Test("a curve that cannot be read is asked for once, and one that nothing draws any more is dropped")
  func unreadable() {
    var store = CurveStore()
    var run = TestData.run(1, "F", state: .done)
    run.losses = MetricSeries(count: 3, newest: 1) { nil }
    let unread = store.take(run, .loss)
    #expect(unread != nil && store.take(run, .loss) == nil)
    #expect(store.whyUnread(1, .loss) == "reading the curve of #1")
    if let unread { store.take(unread.read()) }
    #expect(store.view(1, .loss).isEmpty && store.take(run, .loss) == nil)
    #expect(store.whyUnread(1, .loss) == "the store cannot be read: no curve of #1")
    run.losses = MetricSeries(count: 3, newest: 1) { [3, 2, 1] }
    let again = store.take(run, .loss)
    store.keep(only: [])
    if let again { store.take(again.read()) }
    #expect(store.view(1, .loss).isEmpty)
    // By now it is here.
    #expect(store.take(run, .loss) == nil && store.view(1, .loss).count == 3)
  }
}
