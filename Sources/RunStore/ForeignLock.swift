import Foundation
import GRDB

/// Holds a store's write lock as a program that knows nothing of lorascope would. For tests.
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
