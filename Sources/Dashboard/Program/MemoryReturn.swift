import Foundation
import Synchronization

/// Gives memory that is free inside of the process back to the system once a minute, for as long as it lives.
///
/// Snapshots of many runs are copied on several threads, and glibc keeps what each of them has freed: a dashboard that was left
/// open over hundreds of runs held four times what it used. Nothing is returned while latency is measured, since the allocator's
/// locks are held meanwhile.
final class MemoryReturn: Sendable {
  private static let interval = Duration.seconds(60)
  private let rests: Rests
  private let task: Task<Void, Never>

  private final class Rests: Sendable {
    let value = Atomic<Bool>(false)
  }

  init() {
    let rests = Rests()
    self.rests = rests
    task = Task.detached(priority: .utility) {
      while !Task.isCancelled {
        try? await Task.sleep(for: Self.interval)
        if !Task.isCancelled, !rests.value.load(ordering: .relaxed) { Self.giveBack() }
      }
    }
  }

  deinit { task.cancel() }

  /// - Parameter rests: latency is being measured.
  func set(rests: Bool) { self.rests.value.store(rests, ordering: .relaxed) }

  /// glibc's `malloc_trim`, which its module for Swift leaves out and other C libraries do not have.
  private static let trim: (@convention(c) (Int) -> Int32)? = dlsym(nil, "malloc_trim").map {
    unsafeBitCast($0, to: (@convention(c) (Int) -> Int32).self)
  }

  private static func giveBack() { _ = trim?(0) }
}
