import Dispatch
import Synchronization

/// Work that blocks or computes, away from Swift's cooperative pool.
enum Blocking {
  private static let queue = DispatchQueue(label: "lorascope.blocking", attributes: .concurrent)

  static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result(catching: body)) }
    }
  }
}

/// Work that blocks, on a thread of its own beside the caller's.
final class Concurrent<Value: Sendable>: Sendable {
  private let outcome = Mutex<Result<Value, any Error>?>(nil)
  private let done = DispatchSemaphore(value: 0)

  /// Begins at once.
  init(_ body: @escaping @Sendable () throws -> Value) {
    DispatchQueue.global(qos: .userInitiated).async { [self] in
      let result = Result(catching: body)
      outcome.withLock { $0 = result }
      done.signal()
    }
  }

  /// Waits for the end; to be asked once.
  var result: Result<Value, any Error> {
    done.wait()
    return outcome.withLock { $0 } ?? .failure(CancellationError())
  }
}
