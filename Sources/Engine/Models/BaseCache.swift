import Dispatch
import Messages
import Recipe
import Synchronization
import Transformer

/// One copy of each base in memory, however many runs use it.
///
/// The base that was asked for last is kept; others stay only as long as a run holds them.
final class BaseCache: Sendable {
  private struct Held {
    weak var base: LoadedBase?
  }

  private struct State {
    var known: [ModelReference: Held] = [:]
    var newest: LoadedBase?
  }

  private let state = Mutex(State())
  /// Loads one at a time, so that two runs that start together share what the first of them reads.
  private let loading = DispatchQueue(label: "lorascope.bases")

  /// Blocks while it reads: only for a thread of its own.
  func base(_ reference: ModelReference) throws -> LoadedBase {
    try loading.sync {
      if let base = state.withLock({ $0.known[reference]?.base }) {
        state.withLock { $0.newest = base }
        return base
      }
      let base = try load(reference, free: { self.state.withLock { $0.newest = nil } })
      state.withLock { state in
        state.known[reference] = Held(base: base)
        state.newest = base
      }
      return base
    }
  }

  /// Reads a base. Where it does not fit beside the one that was kept for later, that one goes.
  private func load(_ reference: ModelReference, free: () -> Void) throws -> LoadedBase {
    do {
      return try LoadedBase(reference)
    } catch is MemoryShortage {
      free()
      return try LoadedBase(reference)
    }
  }

  /// The same for tasks: reads on a thread of its own.
  func load(_ reference: ModelReference) async throws -> LoadedBase {
    try await Blocking.run { try self.base(reference) }
  }
}
