import Dispatch
import Foundation
import Synchronization

/// Turns the first terminating signal into a call, and the second into an immediate exit.
///
/// `@unchecked Sendable`: `sources` is set in the initialiser and only kept alive afterwards; the rest is atomic.
final class SignalWatch: @unchecked Sendable {
  private final class Received: Sendable {
    let count = Atomic<Int>(0)
    let first = Atomic<Int32>(0)
  }

  private let state: Received
  private let sources: [any DispatchSourceSignal]

  /// The first signal that came, if one did.
  var received: Int32? {
    let signal = state.first.load(ordering: .acquiring)
    return signal == 0 ? nil : signal
  }

  init(_ action: @escaping @Sendable (Int32) -> Void) {
    let state = Received()
    self.state = state
    sources = [SIGINT, SIGTERM, SIGHUP].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInitiated))
      source.setEventHandler {
        if state.count.add(1, ordering: .acquiringAndReleasing).newValue > 1 { _exit(128 + number) }
        state.first.store(number, ordering: .releasing)
        action(number)
      }
      source.resume()
      return source
    }
  }
}
