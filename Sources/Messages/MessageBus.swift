import Synchronization

/// What the engine side implements; a front end never sees it, only the bus.
public protocol EngineEndpoint: Sendable {
  func handle(_ command: Command) async -> CommandOutcome
  func answer(_ query: Query) async -> Reply
}

/// Carries commands and queries to the engine, and the engine's events to the store and to screens.
///
/// Two lanes: *lossless* into the store, in order and with back pressure; *lossy* to screens, as the newest
/// `Snapshot` only. Snapshots are dropped, events never.
public actor MessageBus {
  /// Shortest time between two published snapshots: 30 a second at most.
  private static let publishInterval = Duration.milliseconds(34)

  private struct Subscribers {
    var latest = Snapshot()
    var next = 0
    var continuations: [Int: AsyncStream<Snapshot>.Continuation] = [:]
  }

  package nonisolated let lanes: EventLanes
  private nonisolated let subscribers = Mutex(Subscribers())
  private var snapshot = Snapshot()
  private var engine: (any EngineEndpoint)?
  private var lastPublished: ContinuousClock.Instant?
  private var isPublishScheduled = false

  public init() {
    self.init(capacity: 4096)
  }

  /// - Parameter capacity: events that may wait for the store before a runner waits.
  package init(capacity: Int) {
    let lanes = EventLanes(capacity: capacity)
    self.lanes = lanes
    Task { [weak self] in
      for await _ in lanes.lossySignal {
        guard let self else { return }
        await self.fold()
      }
    }
  }

  deinit {
    lanes.finish()
    let continuations = subscribers.withLock { $0.continuations }
    for continuation in continuations.values { continuation.finish() }
  }

  // MARK: Front ends

  public func attach(_ engine: any EngineEndpoint) { self.engine = engine }

  public func send(_ command: Command) async -> CommandOutcome {
    guard let engine else { return .refused("no engine is attached: the command was not carried out") }
    let outcome = await engine.handle(command)
    fold()
    // Whoever learns the outcome sees what it changed: the next key must not act on what was before.
    if isPublishScheduled { publish() }
    return outcome
  }

  public func ask(_ query: Query) async -> Reply {
    guard let engine else { return .refused("no engine is attached: the question cannot be answered") }
    return await engine.answer(query)
  }

  /// The newest snapshot first and at once, then at most 30 a second; a reader that never reads costs one snapshot.
  public nonisolated func snapshots() -> AsyncStream<Snapshot> {
    let (stream, continuation) = AsyncStream.makeStream(of: Snapshot.self, bufferingPolicy: .bufferingNewest(1))
    let id = subscribers.withLock { subscribers in
      defer { subscribers.next += 1 }
      subscribers.continuations[subscribers.next] = continuation
      continuation.yield(subscribers.latest)
      return subscribers.next
    }
    continuation.onTermination = { [weak self] _ in
      self?.subscribers.withLock { _ = $0.continuations.removeValue(forKey: id) }
    }
    return stream
  }

  /// Everything that was emitted before the call is in it.
  public func currentSnapshot() -> Snapshot {
    fold()
    return snapshot
  }

  // MARK: Engine side

  /// Reports one event, in order; waits while the store is so far behind that the buffer is full.
  /// Only for threads that may block: a runner's own queue.
  public nonisolated func emit(_ content: Event.Content, run: RunID?) {
    lanes.emit(run: run, content, mayWait: true)
  }

  /// Reports one event without ever waiting: for actors and tasks.
  public nonisolated func post(_ content: Event.Content, run: RunID?) {
    lanes.emit(run: run, content, mayWait: false)
  }

  /// Changes the snapshot, in order with the events; for what is no event (queue order, the selected model).
  public nonisolated func change(_ body: @escaping @Sendable (inout Snapshot) -> Void) { lanes.change(body) }

  /// Carries events into a store until the bus is closed: `write` gets every event once and in order, in batches, and
  /// is called again with the same batch if it throws. The returned task ends when all is written after `close()`.
  public nonisolated func pump(
    retryAfter: Duration = .milliseconds(500), into write: @escaping @Sendable ([Event]) async throws -> Void,
    blocked: @escaping @Sendable (String?) async -> Void
  ) -> Task<Void, Never> {
    let lanes = lanes
    return Task { await StorePump.run(lanes, retryAfter: retryAfter, write: write, blocked: blocked) }
  }

  /// Returns when all events emitted before the call are stored.
  public nonisolated func flush() async { await lanes.flush() }

  /// The same for a thread that may block; false if it takes longer than `seconds`.
  public nonisolated func waitUntilStored(seconds: Double) -> Bool { lanes.waitUntilStored(seconds: seconds) }

  /// No more waiting: the engine ends. Events already emitted are still written by the pump.
  public nonisolated func close() { lanes.close() }

  // MARK: The lossy lane

  private func fold() {
    let items = lanes.takeLossy()
    if items.isEmpty { return }
    for item in items {
      switch item {
      case .event(let event): snapshot.fold(event)
      case .change(let body): body(&snapshot)
      }
    }
    schedulePublication()
  }

  private func schedulePublication() {
    if isPublishScheduled { return }
    let now = ContinuousClock.now
    guard let lastPublished, now < lastPublished + Self.publishInterval else { return publish() }
    isPublishScheduled = true
    let due = lastPublished + Self.publishInterval
    Task { [weak self] in
      try? await Task.sleep(until: due, clock: .continuous)
      await self?.publish()
    }
  }

  private func publish() {
    isPublishScheduled = false
    lastPublished = .now
    snapshot.version += 1
    let newest = snapshot
    let continuations = subscribers.withLock { subscribers in
      subscribers.latest = newest
      return subscribers.continuations
    }
    for continuation in continuations.values { continuation.yield(newest) }
  }
}
