import Foundation
import GRDB
import Messages

/// Turns rows of `runs` into summaries, with one query for all of them: a run's series wait until someone asks.
final class RunReader: Sendable {
  static let sql = """
    SELECT id, \(RunColumn.all.map(\.name).joined(separator: ", ")),
      (SELECT max(step) FROM steps WHERE run = runs.id AND step <= max(runs.step, runs.totalSteps)),
      (SELECT loss FROM steps WHERE run = runs.id AND step <= max(runs.step, runs.totalSteps)
        ORDER BY step DESC LIMIT 1)
    FROM live AS runs
    """

  /// The most that training accepts.
  private static let mostSteps: Int64 = 100_000_000

  private let reader: any DatabaseReader
  private let path: String
  private let memo = DecodingMemo()

  init(reader: any DatabaseReader, path: String) {
    self.reader = reader
    self.path = path
  }

  /// - Throws: `UnreadableColumn`.
  func summary(of row: Row) throws -> RunSummary {
    var values = StoredValues(row: row)
    var run = RunSummary.unread(RunID.fromDatabaseValue(values.next()) ?? 0)
    for column in RunColumn.all {
      do { try column.read(values.next(), &run, memo) } catch { throw UnreadableColumn(name: column.name) }
    }
    guard let steps = try? values.next().integer(in: 0...Self.mostSteps) ?? 0 else {
      throw UnreadableColumn(name: "steps")
    }
    StoredSeries.attach(to: &run, count: steps, lastLoss: values.next().float, reader: reader, path: path)
    return run
  }
}
