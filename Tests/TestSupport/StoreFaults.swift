import Foundation
import GRDB
import Messages
import RunStore

/// What happens to a store from outside, for the tests of several rooms.
extension RunStore {
  /// Makes the database refuse to grow beyond what it is now, as a full disk does; false lifts that.
  package func limitGrowth(_ isLimited: Bool) async throws {
    try await writer?.writeWithoutTransaction { db in
      let pages = isLimited ? try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 1 : 1_000_000_000
      try db.execute(sql: "PRAGMA max_page_count = \(pages)")
    }
  }

  /// Pretends that a version after this one has written the store.
  package func markAsNewer() async throws {
    try await writer?.write {
      try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('999 from the future')")
    }
  }

  /// Latencies count as measured on a quiet machine, however busy the tests' own is.
  package func countLatenciesAsQuiet() async throws {
    try await writer?.write { try $0.execute(sql: "UPDATE runs SET latency = json_set(latency, '$.coreShare', 1)") }
  }

  /// Makes a run's plan unreadable, as a later version or another program might.
  package func damage(_ id: RunID) async throws {
    try await writer?.write { try $0.execute(sql: "UPDATE runs SET plan = '{}' WHERE id = ?", arguments: [id]) }
  }
}

/// Holds a store's write lock as a program that knows nothing of lorascope would.
package final class ForeignLock: Sendable {
  private let queue: DatabaseQueue

  package init(on store: URL) throws {
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    configuration.busyMode = .timeout(10)
    queue = try DatabaseQueue(path: store.path, configuration: configuration)
    try queue.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
  }

  package func release() throws { try queue.inDatabase { try $0.execute(sql: "ROLLBACK") } }
}
