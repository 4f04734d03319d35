import Foundation
import GRDB
import Messages

/// A run's losses on held-out examples, read from the store when a chart or a report first asks for them.
enum StoredHeldOutLosses {
  /// Gives a run its series. A point that cannot be read is no number, as one that is not there.
  ///
  /// - Parameter last: the newest step that has one, 0 for none.
  static func attach(to run: inout RunSummary, last: Int, reader: any DatabaseReader, path: String) {
    let steps = run.heldOutSteps
    let count = steps.count(upTo: last)
    guard count > 0 else { return }
    run.heldOutLosses = MetricSeries(count: count, newest: nil) { [id = run.id] in
      let fetch: (Database) throws -> [Float] = { try values(of: id, steps: steps, count: count, in: $0) }
      return (try? reader.unsafeReentrantRead(fetch)) ?? alone(path, fetch)
    }
  }

  private static func values(of run: RunID, steps: HeldOutSteps, count: Int, in db: Database) throws -> [Float] {
    var values = [Float](repeating: .nan, count: count)
    let statement = try db.cachedStatement(
      sql: "SELECT step, loss FROM heldOutLosses WHERE run = ? AND typeof(step) = 'integer' ORDER BY step")
    let rows = try Row.fetchCursor(statement, arguments: [run])
    while let row = try rows.next() {
      let loss: DatabaseValue = row[1]
      if let index = steps.index(of: row[0] as Int), index < count { values[index] = loss.float }
    }
    return values
  }

  /// A run may be looked at when its engine has ended and the pool is closed.
  private static func alone(_ path: String, _ fetch: (Database) throws -> [Float]) -> [Float]? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    var configuration = Configuration()
    configuration.readonly = true
    return try? DatabaseQueue(path: path, configuration: configuration).read(fetch)
  }
}
