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
