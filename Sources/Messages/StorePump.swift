import AsyncAlgorithms
import Synchronization

/// Carries the lossless lane into the store, in batches, through a bounded watermark channel.
///
/// A batch that cannot be written is tried again until it can: nothing is lost. Meanwhile the channel fills to its
/// high watermark, then the buffer to its capacity, then the runners wait; that is the whole memory it can take.
package enum StorePump {
  package typealias Write = @Sendable ([Event]) async throws -> Void
  /// Called with a reason when the store does not take a batch, and with nil when it takes one again.
  package typealias Blocked = @Sendable (String?) async -> Void

  /// Events that are in the channel before the pump waits.
  package static let highWatermark = 1024
  package static let lowWatermark = 256
  private typealias Channel = MultiProducerSingleConsumerAsyncChannel<[Event], Never>

  /// Runs until the lanes are closed and all that was taken is written.
  package static func run(
    _ lanes: EventLanes, retryAfter: Duration, write: @escaping Write, blocked: @escaping Blocked
  ) async {
    var made = Channel.makeChannel(
      backpressureStrategy: .watermark(low: lowWatermark, high: highWatermark, waterLevelForElement: { $0.count }))
    let channel = Mutex<Channel?>(made.takeChannel())
    let consumer = Task {
      guard var channel = channel.withLock({ $0.take() }) else { return }
      while let batch = await channel.next() {
        await store(batch, lanes: lanes, retryAfter: retryAfter, write: write, blocked: blocked)
      }
    }
    for await _ in lanes.losslessSignal {
      let batch = lanes.takeLossless()
      if batch.isEmpty { continue }
      do { try await made.source.send(batch) } catch { break }
      // Events of the next few milliseconds share a transaction.
      try? await Task.sleep(for: .milliseconds(20))
    }
    let rest = lanes.takeLossless()
    if !rest.isEmpty { try? await made.source.send(rest) }
    made.source.finish()
    await withTaskCancellationHandler {
      await consumer.value
    } onCancel: {
      consumer.cancel()
    }
  }

  private static func store(
    _ batch: [Event], lanes: EventLanes, retryAfter: Duration, write: Write, blocked: Blocked
  ) async {
    var isBlocked = false
    while !Task.isCancelled {
      do {
        try await write(batch)
        if let last = batch.last { lanes.markStored(last.sequence) }
        if isBlocked { await blocked(nil) }
        return
      } catch {
        if !isBlocked { await blocked("\(error)") }
        isBlocked = true
        try? await Task.sleep(for: retryAfter)
      }
    }
  }
}
