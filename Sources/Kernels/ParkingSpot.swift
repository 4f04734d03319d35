import Dispatch
import Synchronization

/// Where one idle worker sleeps, without a lost wake-up: whoever takes the `parked` flag down owns the signal.
final class ParkingSpot: Sendable {
  private let parked = Atomic<Bool>(false)
  private let semaphore = DispatchSemaphore(value: 0)

  /// Sleeps until ``wake()``, unless `stillIdle` turns out false after the flag went up.
  func sleep(while stillIdle: () -> Bool) {
    parked.store(true, ordering: .sequentiallyConsistent)
    if stillIdle() {
      semaphore.wait()
    } else if !parked.exchange(false, ordering: .sequentiallyConsistent) {
      // The waker saw the flag and has signalled, or is about to: take that signal.
      semaphore.wait()
    }
  }

  func wake() {
    if parked.exchange(false, ordering: .sequentiallyConsistent) { semaphore.signal() }
  }
}
