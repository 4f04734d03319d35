import GRDB
import Messages

/// For a reader that polls what another engine writes.
extension RunStore {
  /// The version of each run's row, which changes whenever the engine writes something about the run.
  package func marks() async throws -> [RunID: Int64] {
    try await read { db in
      var marks: [RunID: Int64] = [:]
      let rows = try Row.fetchCursor(db, sql: "SELECT id, CAST(version AS INTEGER) FROM live")
      while let row = try rows.next() { marks[row[0]] = row[1] }
      return marks
    }
  }

  /// A run as it is now, on the series that are known already: only the steps that are new are read, and its curves stay what
  /// they are. Where the known steps are not the stored ones any more (the run went back and took others), all are
  /// read when they are asked for.
  package func run(_ id: RunID, continuing known: RunSummary?) async throws -> RunSummary? {
    guard let known, let last = known.losses.last else { return try await run(id) }
    let count = known.losses.count
    let (found, more) = try await read { [reader = runReader(), path = folder.database.path] db in
      guard let run = try Self.run(id, reader, in: db, path: path) else {
        return (nil as RunSummary?, nil as StoredSteps?)
      }
      let sql = "SELECT loss FROM steps WHERE run = ? AND step = ?"
      let same = try DatabaseValue.fetchOne(db, sql: sql, arguments: [id, count])?.float
      guard run.losses.count >= count, let same, same.bitPattern == last.bitPattern || same.isNaN && last.isNaN else {
        return (run, nil)
      }
      return (run, try StoredSteps(of: id, count + 1..<run.losses.count + 1, in: db))
    }
    guard var run = found, let more else { return found }
    func go(on path: WritableKeyPath<RunSummary, MetricSeries>, with values: [Float]) {
      run[keyPath: path] = known[keyPath: path]
      for value in values { run[keyPath: path].append(value) }
    }
    go(on: \.losses, with: more.losses)
    go(on: \.gradientNorms, with: more.gradientNorms)
    go(on: \.learningRates, with: more.learningRates)
    go(on: \.elapsed, with: more.elapsed(after: known.elapsed.last ?? 0))
    go(on: \.tokenCounts, with: more.tokenCounts(after: known.tokenCounts.last ?? 0))
    go(on: \.tokenRates, with: more.tokenRates)
    go(on: \.memory, with: more.memory)
    return run
  }
}
