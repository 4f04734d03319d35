import Foundation
import GRDB
import Messages

extension RunStore {
  /// All runs in order of id, with their series.
  public func runs() async throws -> [RunSummary] {
    let path = folder.database.path
    return try await read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM live ORDER BY id").map { try Self.summary(of: $0, in: db, path: path) }
    }
  }

  public func run(_ id: RunID) async throws -> RunSummary? {
    let path = folder.database.path
    return try await read { db in
      try Row.fetchOne(db, sql: "SELECT * FROM live WHERE id = ?", arguments: [id])
        .map { try Self.summary(of: $0, in: db, path: path) }
    }
  }

  /// Waiting runs in the order in which they will start.
  public func queue() async throws -> [RunID] {
    try await read {
      try RunID.fetchAll(
        $0, sql: "SELECT id FROM live WHERE state = 'waiting' ORDER BY coalesce(queuePosition, id), id")
    }
  }

  public func examples(of id: RunID) async throws -> [ExampleOutcome] {
    try await read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM examples WHERE run = ? ORDER BY \"index\"", arguments: [id]).map {
        ExampleOutcome(
          index: $0["index"], prompt: $0["prompt"], expected: $0["expected"], output: $0["output"],
          score: $0["score"] ?? .nan, parsed: $0["parsed"], lenient: $0["lenient"] ?? .nan,
          outputTokens: $0["outputTokens"])
      }
    }
  }

  /// The scores of a run's examples without their texts: what a study's comparisons need.
  public func scores(of id: RunID) async throws -> [ExampleScoreRecord] {
    try await read { db in
      let statement = try db.cachedStatement(
        sql: "SELECT \"index\", prompt, expected, score, parsed, lenient FROM examples WHERE run = ? ORDER BY \"index\""
      )
      var records: [ExampleScoreRecord] = []
      let rows = try Row.fetchCursor(statement, arguments: [id])
      while let row = try rows.next() {
        let index: Int = row[0]
        records.append(
          ExampleScoreRecord(
            index: index, prompt: row[1], expected: row[2], score: (row[3] as Double?) ?? .nan, parsed: row[4],
            lenient: (row[5] as Double?) ?? .nan))
      }
      return records
    }
  }

  /// In the order in which they were measured.
  public func latencyBlocks(of id: RunID) async throws -> [LatencyBlock] {
    try await read { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM latencyBlocks WHERE run = ? ORDER BY block, isBase DESC", arguments: [id]
      ).map {
        LatencyBlock(
          block: $0["block"], isBase: $0["isBase"],
          millisecondsPerToken: try JSON.decode([Double].self, $0["millisecondsPerToken"]))
      }
    }
  }

  /// The last `limit` notices, newest last.
  public func notices(limit: Int) async throws -> [Notice] {
    try await read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM notices ORDER BY id DESC LIMIT ?", arguments: [max(0, limit)])
        .reversed().map {
          Notice(level: Notice.Level(rawValue: $0["level"]) ?? .info, text: $0["text"], time: $0["time"])
        }
    }
  }

  /// A mark for each run that changes whenever the engine writes something about it; for readers that poll.
  public func marks() async throws -> [RunID: String] {
    try await read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT id, state || ',' || step || ',' || totalSteps || ',' || coalesce(reason, '') || ','
            || coalesce(scoreEstimate, '') || ',' || coalesce(overheadPercent, '') || ',' || coalesce(adapterPath, '')
            || ',' || coalesce(lastCheckpointStep, '') || ',' || coalesce(seriesSlot, '') AS mark
          FROM live
          """)
      return Dictionary(uniqueKeysWithValues: rows.map { ($0["id"], $0["mark"]) })
    }
  }

  private static func summary(of row: Row, in db: Database, path: String) throws -> RunSummary {
    let id: RunID = row["id"]
    func decoded<T: Decodable>(_ type: T.Type, _ column: String) throws -> T? {
      guard let text: String = row[column] else { return nil }
      do { return try JSON.decode(type, text) } catch {
        throw StoreError(.unreadable, "run \(id) in the store \(path): its \(column) cannot be read; delete the run")
      }
    }
    guard let plan = try decoded(RunPlan.self, "plan"), let state = RunState(rawValue: row["state"]) else {
      throw StoreError(.unreadable, "run \(id) in the store \(path): its state cannot be read; delete the run")
    }
    var run = RunSummary(id: id, plan: plan, state: state, created: row["created"])
    run.reason = row["reason"]
    run.step = row["step"]
    run.totalSteps = row["totalSteps"]
    run.prepared = try decoded(PreparedRun.self, "prepared")
    run.score = try decoded(ScoreSummary.self, "score")
    run.latency = try decoded(LatencySummary.self, "latency")
    run.peakMemoryBytes = row["peakMemoryBytes"]
    run.tokensPerSecond = row["tokensPerSecond"]
    run.wallSeconds = row["wallSeconds"]
    run.phases = try decoded(PhaseSeconds.self, "phases")
    run.started = row["started"]
    run.finished = row["finished"]
    run.adapterPath = row["adapterPath"]
    run.lastCheckpointStep = row["lastCheckpointStep"]
    run.seriesSlot = row["seriesSlot"]
    try readSeries(into: &run, from: db)
    return run
  }

  private static func readSeries(into run: inout RunSummary, from db: Database) throws {
    let statement = try db.cachedStatement(
      sql: "SELECT loss, gradientNorm, learningRate, seconds FROM steps WHERE run = ? ORDER BY step")
    let rows = try Row.fetchCursor(statement, arguments: [run.id])
    var losses: [Float] = []
    var norms: [Float] = []
    var rates: [Float] = []
    var elapsed: [Float] = []
    // SQLite has no not-a-number: it stores one as NULL.
    while let row = try rows.next() {
      losses.append(row[0] ?? .nan)
      norms.append(row[1] ?? .nan)
      rates.append(row[2] ?? .nan)
      elapsed.append((elapsed.last ?? 0) + Float((row[3] as Double?) ?? 0))
    }
    run.losses = MetricSeries(losses)
    run.gradientNorms = MetricSeries(norms)
    run.learningRates = MetricSeries(rates)
    run.elapsed = MetricSeries(elapsed)
  }
}
