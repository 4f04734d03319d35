import Messages
import Recipe
import Synchronization
import Transformer

/// What the runs that compute at once have been promised of the memory that is free. A run allocates its share bit by bit, so that
/// the next one cannot see from the outside what is taken.
final class MemoryLedger: Sendable {
  private struct State {
    var promised: [RunID: Int] = [:]
    /// As it was when nothing was promised yet.
    var limit: MemoryLimit?
  }

  private let state = Mutex(State())

  /// Promises `bytes` to a run.
  ///
  /// - Returns: nil if they are its own now; otherwise what is short while others compute: it may ask again when one has ended.
  /// - Throws: `MemoryShortage` for what would not fit alone.
  func promise(_ bytes: Int, to run: RunID, subject: String, advice: (Int) -> String) throws -> MemoryShortage? {
    try state.withLock { state throws(MemoryShortage) -> MemoryShortage? in
      let others = state.promised.filter { $0.key != run }.values.reduce(0, +)
      if others == 0 { state.limit = .current }
      let limit = state.limit ?? .current
      do throws(MemoryShortage) {
        try MemoryShortage.check(bytes, for: subject, beside: others, limit: limit, advice: advice)
        state.promised[run] = bytes
        return nil
      } catch {
        if others == 0 { throw error }
        return error
      }
    }
  }

  func release(_ run: RunID) { state.withLock { $0.promised[run] = nil } }
}
