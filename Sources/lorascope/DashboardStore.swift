import Foundation
import RunStore

/// Whether a program works on a store, asked by one who only reads it.
struct StoreHolder: Sendable {
  private let lock: String

  init(store: URL) { lock = StoreFolder(database: store).lock.path }

  /// Looks at the lock without keeping it: the kernel gives one back however its process ends. What cannot be told counts as held.
  /// Who takes the lock in the moment of the look tries again (``StoreFolder``).
  func isThere() -> Bool {
    let descriptor = open(lock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return errno != ENOENT }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return true }
    flock(descriptor, LOCK_UN)
    return false
  }
}
