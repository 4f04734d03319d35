import Messages
import Synchronization

/// What waits for the dashboard's thread: replies in order, and the newest snapshot only.
package final class Inbox: Sendable {
  private struct Content {
    var inputs: [Input] = []
    var snapshot: Snapshot?
    /// Commands and questions whose answers have not come yet.
    var pending = 0
  }

  private let content = Mutex(Content())

  package init() {}

  package func expectAnswer() { content.withLock { $0.pending += 1 } }

  package func answer(_ input: Input) {
    content.withLock {
      $0.pending -= 1
      $0.inputs.append(input)
    }
  }

  package func put(_ snapshot: Snapshot) { content.withLock { $0.snapshot = snapshot } }

  package func takeInputs() -> [Input] {
    content.withLock { content in
      defer { content.inputs = [] }
      return content.inputs
    }
  }

  package func takeSnapshot() -> Snapshot? {
    content.withLock { content in
      defer { content.snapshot = nil }
      return content.snapshot
    }
  }

  package var hasSnapshot: Bool { content.withLock { $0.snapshot != nil } }
  package var isWaiting: Bool { content.withLock { $0.pending > 0 } }
}
