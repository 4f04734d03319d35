import Foundation
import GRDB
import Messages
import Synchronization

/// A run's steps, read from the store when a chart, a report or the run itself first asks for one of their series.
final class StoredSeries: Sendable {
  private struct Values {
    var losses: [Float] = []
    var norms: [Float] = []
    var rates: [Float] = []
    var elapsed: [Float] = []
  }

  private static let longestGap = 1 << 20

  private let run: RunID
  private let count: Int
  private let reader: any DatabaseReader
  private let path: String
  private let values = Mutex<Values?>(nil)

  init(run: RunID, count: Int, reader: any DatabaseReader, path: String) {
    self.run = run
    self.count = count
    self.reader = reader
    self.path = path
  }

  /// Gives a run its series; the last loss is known without reading them.
  static func attach(to run: inout RunSummary, count: Int, lastLoss: Float, reader: any DatabaseReader, path: String) {
    guard count > 0 else { return }
    let stored = StoredSeries(run: run.id, count: count, reader: reader, path: path)
    run.losses = MetricSeries(count: count, newest: lastLoss) { stored.read()?.losses }
    run.gradientNorms = MetricSeries(count: count, newest: nil) { stored.read()?.norms }
    run.learningRates = MetricSeries(count: count, newest: nil) { stored.read()?.rates }
    run.elapsed = MetricSeries(count: count, newest: nil) { stored.read()?.elapsed }
  }

  /// Nil where the store cannot be read now.
  private func read() -> Values? {
    values.withLock { known in
      if let known { return known }
      known = (try? reader.unsafeReentrantRead(fetch)) ?? fetchAlone()
      return known
    }
  }

  /// A run may be looked at when its engine has ended and the pool is closed.
  private func fetchAlone() -> Values? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    var configuration = Configuration()
    configuration.readonly = true
    return try? DatabaseQueue(path: path, configuration: configuration).read(fetch)
  }

  private func fetch(_ db: Database) throws -> Values {
    // SQLite has no not-a-number: it stores one as NULL, and what is no number counts as one here.
    let statement = try db.cachedStatement(
      sql: """
        SELECT step, iif(typeof(loss) IN ('real', 'integer'), loss, NULL),
          iif(typeof(gradientNorm) IN ('real', 'integer'), gradientNorm, NULL),
          iif(typeof(learningRate) IN ('real', 'integer'), learningRate, NULL),
          iif(typeof(seconds) IN ('real', 'integer'), seconds, 0)
        FROM steps WHERE run = ? AND step BETWEEN 1 AND ? AND typeof(step) = 'integer' ORDER BY step
        """)
    var values = Values()
    for path in [\Values.losses, \.norms, \.rates, \.elapsed] {
      values[keyPath: path].reserveCapacity(min(count, 1 << 20))
    }
    let rows = try Row.fetchCursor(statement, arguments: [run, count])
    var elapsed: Float = 0
    while let row = try rows.next() {
      let step: Int = row[0]
      // A gap shows as one; one wild number must not ask for memory for all steps that are not there.
      guard step - values.losses.count <= Self.longestGap else { break }
      while values.losses.count < step - 1 {
        values.losses.append(.nan)
        values.norms.append(.nan)
        values.rates.append(.nan)
        values.elapsed.append(elapsed)
      }
      values.losses.append(row[1] ?? .nan)
      values.norms.append(row[2] ?? .nan)
      values.rates.append(row[3] ?? .nan)
      elapsed += Float((row[4] as Double?) ?? 0)
      values.elapsed.append(elapsed)
    }
    return values
  }
}
