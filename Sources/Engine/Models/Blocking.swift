import Dispatch

/// Work that blocks or computes, away from Swift's cooperative pool.
enum Blocking {
  private static let queue = DispatchQueue(label: "lorascope.blocking", attributes: .concurrent)

  static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result(catching: body)) }
    }
  }
}
