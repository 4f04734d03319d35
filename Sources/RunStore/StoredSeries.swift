import Foundation
import GRDB
import Messages
import Synchronization

/// A stretch of a run's steps, as the store has them.
struct StoredSteps: Sendable {
  private(set) var losses: [Float] = []
  private(set) var gradientNorms: [Float] = []
  private(set) var learningRates: [Float] = []
  private var seconds: [Float] = []

  private static let longestGap = 1 << 20

  init(of run: RunID, _ range: Range<Int>, in db: Database) throws {
    let statement = try db.cachedStatement(
      sql: """
        SELECT step, loss, gradientNorm, learningRate, seconds FROM steps
        WHERE run = ? AND step >= ? AND step < ? AND typeof(step) = 'integer' ORDER BY step
        """)
    for path in [\Self.losses, \.gradientNorms, \.learningRates, \.seconds] {
      self[keyPath: path].reserveCapacity(min(range.count, 1 << 20))
    }
    let rows = try Row.fetchCursor(statement, arguments: [run, range.lowerBound, range.upperBound])
    while let row = try rows.next() {
      let place = (row[0] as Int) - range.lowerBound
      // A gap shows as one; one wild number must not ask for memory for all steps that are not there.
      guard place - losses.count < Self.longestGap else { break }
      while losses.count < place { append(.null, .null, .null, .null) }
      append(row[1], row[2], row[3], row[4])
    }
  }

  private mutating func append(
    _ loss: DatabaseValue, _ norm: DatabaseValue, _ rate: DatabaseValue, _ time: DatabaseValue
  ) {
    losses.append(loss.float)
    gradientNorms.append(norm.float)
    learningRates.append(rate.float)
    seconds.append(Float(time.number ?? 0))
  }

  /// Seconds of training at the end of each step.
  func elapsed(after start: Float) -> [Float] {
    var elapsed = start
    return seconds.map { seconds in
      elapsed += seconds
      return elapsed
    }
  }
}

/// A run's steps, read from the store when a chart, a report or the run itself first asks for one of their series.
final class StoredSeries: Sendable {
  private let run: RunID
  private let count: Int
  private let reader: any DatabaseReader
  private let path: String
  private let steps = Mutex<StoredSteps?>(nil)

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
    run.gradientNorms = MetricSeries(count: count, newest: nil) { stored.read()?.gradientNorms }
    run.learningRates = MetricSeries(count: count, newest: nil) { stored.read()?.learningRates }
    run.elapsed = MetricSeries(count: count, newest: nil) { stored.read()?.elapsed(after: 0) }
  }

  /// Nil where the store cannot be read now.
  private func read() -> StoredSteps? {
    steps.withLock { known in
      if let known { return known }
      known = (try? reader.unsafeReentrantRead(fetch)) ?? fetchAlone()
      return known
    }
  }

  /// A run may be looked at when its engine has ended and the pool is closed.
  private func fetchAlone() -> StoredSteps? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    var configuration = Configuration()
    configuration.readonly = true
    return try? DatabaseQueue(path: path, configuration: configuration).read(fetch)
  }

  private func fetch(_ db: Database) throws -> StoredSteps { try StoredSteps(of: run, 1..<count + 1, in: db) }
}
