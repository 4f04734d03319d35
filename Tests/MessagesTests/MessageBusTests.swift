import Dispatch
import Messages
import Recipe
import Synchronization
import Testing

@Suite struct MessageBusTests {
  private static func step(_ step: Int) -> Event.Content {
    .step(
      StepSample(step: step, loss: Float(step), gradientNorm: 1, learningRate: 1, tokens: 10, seconds: 0.01))
  }

  private static func addRun(_ id: RunID, to bus: MessageBus) {
    let plan = RunPlan(model: .builtin, data: .task(name: "cocohd"), targets: .oProj, settings: RunSettings())
    bus.change { $0.runs.append(RunSummary(id: id, plan: plan, state: .training, created: 0)) }
  }

  /// Emits on a thread of its own, as a runner does, and returns when all is emitted.
  private static func emit(_ count: Int, run: RunID, on bus: MessageBus) async {
    await withCheckedContinuation { continuation in
      DispatchQueue(label: "runner").async {
        for index in 1...count { bus.emit(step(index), run: run) }
        continuation.resume()
      }
    }
  }

  @Test func aSubscriberThatNeverReadsCostsNothingAndLosesNoStep() async throws {
    let bus = MessageBus(capacity: 64)
    Self.addRun(1, to: bus)
    let neverRead = bus.snapshots()
    let stored = Mutex<[Event]>([])
    let pump = bus.pump { batch in
      // Slower than the runner, so that it has to wait.
      try await Task.sleep(for: .milliseconds(1))
      stored.withLock { $0 += batch }
    } blocked: { _ in
    }
    await Self.emit(5000, run: 1, on: bus)
    await bus.flush()
    let events = stored.withLock { $0 }
    #expect(events.count == 5000)
    #expect(events.map(\.sequence) == (1...5000).map { UInt64($0) })
    let steps = events.compactMap { event -> Int? in
      if case .step(let sample) = event.content { sample.step } else { nil }
    }
    #expect(steps == Array(1...5000))
    let counters = bus.lanes.counters
    #expect(counters.largestPending <= 64)
    #expect(counters.waits > 0)
    #expect(counters.stored == 5000)
    let snapshot = await bus.currentSnapshot()
    #expect(snapshot.run(1)?.losses.count == 5000)
    bus.close()
    await pump.value
    // One snapshot was kept for the reader, whatever was published meanwhile.
    var iterator = neverRead.makeAsyncIterator()
    let first = try #require(await iterator.next())
    #expect(first.version >= snapshot.version)
  }

  @Test func aStoreThatRefusesIsAskedAgainWithTheSameBatch() async {
    let bus = MessageBus(capacity: 16)
    let attempts = Mutex(0)
    let stored = Mutex<[UInt64]>([])
    let reasons = Mutex<[String?]>([])
    struct Full: Error, CustomStringConvertible { let description = "no room" }
    let pump = bus.pump(retryAfter: .milliseconds(1)) { batch in
      let attempt = attempts.withLock { attempts in
        attempts += 1
        return attempts
      }
      if attempt <= 3 { throw Full() }
      stored.withLock { $0 += batch.map(\.sequence) }
    } blocked: { reason in
      reasons.withLock { $0.append(reason) }
    }
    await Self.emit(100, run: 1, on: bus)
    await bus.flush()
    #expect(stored.withLock { $0 } == (1...100).map { UInt64($0) })
    bus.close()
    await pump.value
    #expect(reasons.withLock { $0 } == ["no room", nil])
  }

  @Test func closingLetsAWaitingRunnerGoAndTheRestIsWritten() async {
    let bus = MessageBus(capacity: 4)
    let emitted = Task { await Self.emit(50, run: 1, on: bus) }
    // Nobody stores yet: the runner has to wait in the middle.
    while bus.lanes.counters.waits == 0 { await Task.yield() }
    #expect(bus.lanes.counters.emitted == 4)
    bus.close()
    await emitted.value
    let stored = Mutex(0)
    await bus.pump { batch in
      stored.withLock { $0 += batch.count }
    } blocked: { _ in
    }.value
    #expect(stored.withLock { $0 } == 50)
  }

  @Test func newestSnapshotFirstAndAtOnce() async throws {
    let bus = MessageBus()
    Self.addRun(4, to: bus)
    let current = await bus.currentSnapshot()
    #expect(current.runs.map(\.id) == [4])
    var iterator = bus.snapshots().makeAsyncIterator()
    #expect(try #require(await iterator.next()).runs.map(\.id) == [4])
    bus.change { $0.engine.queuePaused = true }
    #expect(try #require(await iterator.next()).engine.queuePaused)
  }

  @Test func eventsAndChangesKeepTheirOrder() async {
    let bus = MessageBus()
    for id in 1...20 as ClosedRange<RunID> {
      Self.addRun(id, to: bus)
      bus.post(.stateChanged(.preparing, reason: nil), run: id)
      bus.change { snapshot in
        if snapshot.runs.last?.state == .preparing { snapshot.queue.append(id) }
      }
    }
    #expect(await bus.currentSnapshot().queue == Array(1...20))
  }

  @Test func withoutAnEngineEverythingIsRefusedInOneLine() async {
    let bus = MessageBus()
    guard case .refused(let refusal) = await bus.send(.pauseQueue(true)) else {
      Issue.record("a command was accepted by no engine")
      return
    }
    #expect(!refusal.line.contains("\n"))
    guard case .refused = await bus.ask(.log(limit: 1)) else {
      Issue.record("a question was answered by no engine")
      return
    }
  }
}
