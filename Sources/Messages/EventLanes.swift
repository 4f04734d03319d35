import Dispatch
import Foundation
import Synchronization

/// Where events begin: an ordered, lock-protected buffer that runner threads fill synchronously.
///
/// One lock gives every event its sequence number and puts it into both lanes, so that both keep the same order.
/// The lossless lane is bounded: when the store is slow, the thread that emits waits until there is room again.
/// The lossy lane is emptied by an actor that never waits for anything, so that it needs no bound of its own.
package final class EventLanes: Sendable {
  /// What the lossy lane carries: events, and changes of the snapshot that are no events.
  package enum Item: Sendable {
    case event(Event)
    case change(@Sendable (inout Snapshot) -> Void)
  }

  package struct Counters: Hashable, Sendable {
    package var emitted: UInt64 = 0
    package var stored: UInt64 = 0
    /// The most events that were ever waiting in the lossless lane.
    package var largestPending = 0
    /// How many times an emitting thread had to wait for the store.
    package var waits = 0
  }

  private struct State {
    var counters = Counters()
    var lossless: [Event] = []
    var lossy: [Item] = []
    var waiters: [DispatchSemaphore] = []
    var flushes: [(sequence: UInt64, continuation: CheckedContinuation<Void, Never>)] = []
    var isClosed = false
  }

  /// Events that may wait in the buffer before a runner thread has to wait itself.
  package let capacity: Int
  private let state = Mutex(State())
  package let losslessSignal: AsyncStream<Void>
  package let lossySignal: AsyncStream<Void>
  private let wakeLossless: AsyncStream<Void>.Continuation
  private let wakeLossy: AsyncStream<Void>.Continuation

  package init(capacity: Int) {
    self.capacity = capacity
    (losslessSignal, wakeLossless) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    (lossySignal, wakeLossy) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  package var counters: Counters { state.withLock { $0.counters } }

  /// Appends one event to both lanes.
  ///
  /// - Parameter mayWait: true on a thread of its own, which waits while the buffer is full; false on Swift's
  ///   cooperative pool, where nothing may block and where only a few events a command are made.
  package func emit(run: RunID?, _ content: Event.Content, mayWait: Bool) {
    while true {
      let semaphore: DispatchSemaphore? = state.withLock { state in
        if mayWait && !state.isClosed && state.lossless.count >= capacity {
          let semaphore = DispatchSemaphore(value: 0)
          state.waiters.append(semaphore)
          state.counters.waits += 1
          return semaphore
        }
        state.counters.emitted += 1
        let event = Event(
          sequence: state.counters.emitted, time: Date().timeIntervalSince1970, run: run, content: content)
        state.lossless.append(event)
        state.lossy.append(.event(event))
        state.counters.largestPending = max(state.counters.largestPending, state.lossless.count)
        return nil
      }
      guard let semaphore else { break }
      semaphore.wait()
    }
    wakeLossless.yield()
    wakeLossy.yield()
  }

  package func change(_ body: @escaping @Sendable (inout Snapshot) -> Void) {
    state.withLock { $0.lossy.append(.change(body)) }
    wakeLossy.yield()
  }

  package func takeLossy() -> [Item] {
    state.withLock { state in
      defer { state.lossy = [] }
      return state.lossy
    }
  }

  /// Takes everything that waits to be stored and lets waiting threads go on.
  package func takeLossless() -> [Event] {
    let (events, waiters) = state.withLock { state in
      defer {
        state.lossless = []
        state.waiters = []
      }
      return (state.lossless, state.waiters)
    }
    for waiter in waiters { waiter.signal() }
    return events
  }

  /// The store has everything up to this sequence number.
  package func markStored(_ sequence: UInt64) {
    let done = state.withLock { state in
      state.counters.stored = max(state.counters.stored, sequence)
      let stored = state.counters.stored
      let done = state.flushes.filter { $0.sequence <= stored }
      state.flushes.removeAll { $0.sequence <= stored }
      return done
    }
    for flush in done { flush.continuation.resume() }
  }

  /// Returns when all events emitted before the call are stored.
  package func flush() async {
    await withCheckedContinuation { continuation in
      let isDone = state.withLock { state in
        if state.isClosed || state.counters.stored >= state.counters.emitted { return true }
        state.flushes.append((state.counters.emitted, continuation))
        return false
      }
      if isDone { continuation.resume() }
    }
    wakeLossless.yield()
  }

  /// Waits, on a thread that may block, until all events emitted before the call are stored.
  /// - Returns: false if that takes longer than `seconds`, or if the lanes are closed.
  package func waitUntilStored(seconds: Double) -> Bool {
    let target = counters.emitted
    let deadline = ContinuousClock.now + .seconds(seconds)
    while counters.stored < target {
      if state.withLock({ $0.isClosed }) || ContinuousClock.now > deadline { return false }
      Thread.sleep(forTimeInterval: 0.002)
    }
    return true
  }

  /// After this nobody waits any more: the engine gave up on the store, or is gone.
  package func close() {
    let (waiters, flushes) = state.withLock { state in
      state.isClosed = true
      defer {
        state.waiters = []
        state.flushes = []
      }
      return (state.waiters, state.flushes)
    }
    for waiter in waiters { waiter.signal() }
    for flush in flushes { flush.continuation.resume() }
    wakeLossless.finish()
  }

  /// Ends the lossy lane's signal; the bus is gone.
  package func finish() {
    close()
    wakeLossy.finish()
  }
}

/// Carries the lossless lane into the store, in batches.
///
/// A batch that cannot be written is tried again until it can: nothing is lost. Meanwhile the lane fills to its capacity,
/// then the runners wait; that and the batch are the whole memory it can take.
package enum StorePump {
  package typealias Write = @Sendable ([Event]) async throws -> Void
  /// Called with a reason when the store does not take a batch, and with nil when it takes one again.
  package typealias Blocked = @Sendable (String?) async -> Void

  /// Events of so short a time share a transaction.
  private static let pause = Duration.milliseconds(20)

  /// Runs until the lanes are closed and all that was taken is written, or until it is cancelled.
  package static func run(
    _ lanes: EventLanes, retryAfter: Duration, write: @escaping Write, blocked: @escaping Blocked
  ) async {
    func store(_ batch: [Event]) async {
      guard let last = batch.last else { return }
      var isBlocked = false
      while !Task.isCancelled {
        do {
          try await write(batch)
          lanes.markStored(last.sequence)
          if isBlocked { await blocked(nil) }
          return
        } catch {
          if !isBlocked { await blocked("\(error)") }
          isBlocked = true
          try? await Task.sleep(for: retryAfter)
        }
      }
    }
    for await _ in lanes.losslessSignal {
      let next = ContinuousClock.now + pause
      await store(lanes.takeLossless())
      try? await Task.sleep(until: next, clock: .continuous)
    }
    await store(lanes.takeLossless())
  }
}
