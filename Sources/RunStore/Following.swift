import GRDB
import Messages

/// A stretch of a run's steps as they are stored; what is not finite is NaN.
public struct StoredSteps: Sendable {
  public var losses: [Float] = []
  public var gradientNorms: [Float] = []
  public var learningRates: [Float] = []
  public var seconds: [Double] = []
}

extension RunStore {
  /// The steps of a run from one on, for a reader that has those before it.
  public func steps(of id: RunID, from first: Int) async throws -> StoredSteps {
    try await read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT loss, gradientNorm, learningRate, seconds FROM steps WHERE run = ? AND step >= ? ORDER BY step
          """)
      var steps = StoredSteps()
      let rows = try Row.fetchCursor(statement, arguments: [id, first])
      // SQLite has no not-a-number: it stores one as NULL.
      while let row = try rows.next() {
        func number(_ column: Int) -> Double? { Double.fromDatabaseValue(row[column] as DatabaseValue) }
        steps.losses.append(number(0).map { Float($0) } ?? .nan)
        steps.gradientNorms.append(number(1).map { Float($0) } ?? .nan)
        steps.learningRates.append(number(2).map { Float($0) } ?? .nan)
        steps.seconds.append(number(3) ?? 0)
      }
      return steps
    }
  }
}
