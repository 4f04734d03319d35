import Foundation
import Recipe

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One process a task. The scheduler starts a task again only when it is over; this is for what the scheduler does not see: a
/// task that was started by hand, or a node that was lost to the controller and works on.
package struct TaskClaim: Sendable {
  package let folder: ClusterFolder
  /// Longer than a network file system may show an old file.
  package var patience = 75.0
  /// Seconds between two looks.
  package var interval = 1.0

  package init(_ folder: ClusterFolder) { self.folder = folder }

  /// Takes the task where nobody is at work on it.
  ///
  /// - Throws: `Refusal` (69) where its status still moves.
  package func take(_ own: TaskStatus) async throws {
    if let other = folder.readStatus(of: own.task), other.state == .working, !isGone(other, here: own.host) {
      let end = ContinuousClock.now + .seconds(patience)
      while ContinuousClock.now < end {
        try await Task.sleep(for: .seconds(interval))
        guard let now = folder.readStatus(of: own.task), now.owner != other.owner || now.beat != other.beat else {
          continue
        }
        if now.state != .working { break }
        throw Refusal(
          "task \(own.task) is at work on \(OneLine.text(now.host)) (process \(now.process)) already: it is not begun twice",
          exitStatus: 69)
      }
    }
    try folder.write(own)
  }

  /// Whether a task is still the one that took it.
  package func holds(_ own: TaskStatus) -> Bool {
    folder.readStatus(of: own.task).map { $0.owner == own.owner } ?? true
  }

  /// A process of this machine that is there no more needs no patience.
  private func isGone(_ other: TaskStatus, here: String) -> Bool {
    other.host == here && kill(other.process, 0) != 0 && errno == ESRCH
  }
}
