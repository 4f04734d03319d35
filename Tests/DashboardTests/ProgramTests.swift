import Dashboard
import Foundation
import Messages
import Synchronization
import Terminal
import Testing

/// An engine that remembers what it was told and answers from test data.
final class RecordingEngine: EngineEndpoint {
  private let received = Mutex<[String]>([])
  let bus: MessageBus

  init(bus: MessageBus) { self.bus = bus }

  var commands: [String] { received.withLock { $0 } }

  func handle(_ command: Command) async -> CommandOutcome {
    received.withLock { $0.append("\(command)") }
    if case .shutdown = command { bus.change { $0.engine.hasShutDown = true } }
    return .accepted(runs: [18])
  }

  func answer(_ query: Query) async -> Reply {
    switch query {
    case .estimate(let plan): .estimate(TestData.estimate(plan))
    case .compare: .comparison(TestData.comparison)
    case .examples: .examples(TestData.examples)
    case .log: .log(TestData.snapshot.notices)
    default: .refused("not in this test")
    }
  }
}

/// Hands out keys one at a time, each only after a frame that shows what it waits for.
final class PatientScreen: Screen {
  struct Step: Sendable {
    var waitFor: String
    var key: Key
  }

  let size = ScreenSize(columns: 120, rows: 36)
  let characterSet = Terminal.CharacterSet.braille
  var colorDepth = ColorDepth.truecolor
  private var steps: [Step]
  private var last: [String] = []
  private var polls = 0

  init(_ steps: [Step]) { self.steps = steps }

  func present(_ canvas: Canvas, theme: Theme) { last = canvas.text }

  func nextKey(timeoutMilliseconds: Int) -> Key? {
    guard let step = steps.first, step.waitFor.isEmpty || last.contains(where: { $0.contains(step.waitFor) }) else {
      usleep(1000)
      polls += 1
      // What never shows must not hang the tests: the expectations after it fail instead.
      return polls > 5000 ? .hangup : nil
    }
    steps.removeFirst()
    return step.key
  }

  func invalidate() {}
  func setMouse(_ on: Bool) {}
  func copy(_ text: String) {}
  func suspend() {}
  func resume() {}
  func close() {}
}

@Suite("Program")
struct ProgramTests {
  private func bus() async -> (MessageBus, RecordingEngine) {
    let bus = MessageBus()
    let engine = RecordingEngine(bus: bus)
    await bus.attach(engine)
    bus.change { snapshot in
      let version = snapshot.version
      snapshot = TestData.snapshot
      snapshot.version = version
    }
    _ = await bus.currentSnapshot()
    return (bus, engine)
  }

  @Test("keys reach the engine through the bus, answers reach the screen, quitting saves")
  func session() async {
    let (bus, engine) = await bus()
    let screen = PatientScreen([
      .init(waitFor: "#12 done", key: .character("2")),
      .init(waitFor: "2 Modules", key: .character(" ")),
      .init(waitFor: "0.49M = 0.14 %", key: .character("C")),
      .init(waitFor: "exact McNemar", key: .character("M")),
      .init(waitFor: "2 Modules", key: .character("P")),
      .init(waitFor: "2 Modules", key: .character("q")),
      .init(waitFor: "Save and quit", key: .character("s")),
    ])
    let program = DashboardProgram(bus: bus, screen: screen, theme: .night)
    let reason = await program.run()
    #expect(reason == .quit)
    #expect(engine.commands.contains { $0.contains("pauseQueue(true)") })
    #expect(engine.commands.last?.contains("shutdown") == true)
  }

  @Test("a lost terminal ends the program with status 129, and the engine is told to save")
  func hangup() async {
    let (bus, engine) = await bus()
    let screen = PatientScreen([.init(waitFor: "#12 done", key: .hangup)])
    let reason = await DashboardProgram(bus: bus, screen: screen, theme: .night).run()
    #expect(reason.exitStatus == 129)
    #expect(engine.commands.last?.contains("shutdown") == true)
  }

  @Test("frame latency is written where it is asked for")
  func latencyFile() async throws {
    let (bus, _) = await bus()
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("frames-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    let screen = PatientScreen([
      .init(waitFor: "#12 done", key: .character("j")), .init(waitFor: "▸ [x] O", key: .signal(15)),
    ])
    let options = DashboardOptions(frameLatencyFile: file)
    let reason = await DashboardProgram(bus: bus, screen: screen, theme: .night, options: options).run()
    #expect(reason == .terminated(signal: 15))
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text.contains("\"p99_ms\""))
  }

  @Test("the histogram's percentiles")
  func histogram() {
    var latency = FrameLatency()
    for value in 1...100 { latency.add(milliseconds: Double(value)) }
    latency.add(milliseconds: .nan)
    #expect(latency.count == 100)
    #expect(abs(latency.percentile(0.5) - 50) < 0.2)
    #expect(abs(latency.percentile(0.99) - 99) < 0.2)
    #expect(latency.most == 100)
  }

  @Test("plain progress: one line for each change")
  func plain() {
    var progress = PlainProgress()
    var snapshot = TestData.snapshot
    let first = progress.lines(for: snapshot)
    #expect(first.contains { $0.hasPrefix("#13 qkv+o_proj+fc1+fc2 seed 0: training") })
    #expect(!first.contains { $0.contains("#12") })
    #expect(progress.lines(for: snapshot).isEmpty)
    snapshot.runs[10].step = 320
    let step = progress.lines(for: snapshot)
    #expect(step.count == 1)
    #expect(step.first?.contains("step 320/400") == true)
    snapshot.runs[10].state = .failed
    snapshot.runs[10].reason = "loss is NaN at step 320"
    #expect(progress.lines(for: snapshot) == ["#13 qkv+o_proj+fc1+fc2 seed 0: failed, loss is NaN at step 320"])
  }
}
