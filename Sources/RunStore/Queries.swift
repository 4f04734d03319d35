import Foundation
import GRDB
import Messages
import Recipe

/// A run whose row this version cannot read: it is left out of everything, and can be deleted.
public struct UnreadableRun: Hashable, Sendable {
  public var id: RunID
  /// What of it cannot be read.
  public var what: String
}

extension RunStore {
  /// All runs in order of id that can be read; their series are read when they are asked for.
  public func runs() async throws -> [RunSummary] { try await readableRuns().runs }

  /// All runs in order of id, those apart whose rows cannot be read: one of them must not close the store.
  public func readableRuns() async throws -> (runs: [RunSummary], unreadable: [UnreadableRun]) {
    let reader = runReader()
    return try await read { db in
      var runs: [RunSummary] = []
      var unreadable: [UnreadableRun] = []
      let rows = try Row.fetchCursor(db, sql: RunReader.sql + " ORDER BY id")
      while let row = try rows.next() {
        do {
          runs.append(try reader.summary(of: row))
        } catch let error as UnreadableColumn {
          unreadable.append(UnreadableRun(id: row[0], what: "its \(error.name) cannot be read"))
        }
      }
      return (runs, unreadable)
    }
  }

  /// - Throws: `StoreError` with the reason `unreadable` where its row cannot be read.
  public func run(_ id: RunID) async throws -> RunSummary? {
    try await read { [reader = runReader(), path = folder.database.path] db in
      try Self.run(id, reader, in: db, path: path)
    }
  }

  static func run(_ id: RunID, _ reader: RunReader, in db: Database, path: String) throws -> RunSummary? {
    guard let row = try Row.fetchOne(db, sql: RunReader.sql + " WHERE id = ?", arguments: [id]) else { return nil }
    do { return try reader.summary(of: row) } catch let error as UnreadableColumn {
      throw StoreError(
        .unreadable,
        "run \(id) in the store \(path): its \(error.name) cannot be read; `lorascope runs delete \(id)` removes it")
    }
  }

  func runReader() -> RunReader { RunReader(reader: reader, path: folder.database.path) }

  /// Waiting runs in the order in which they will start.
  public func queue() async throws -> [RunID] {
    try await read {
      try RunID.fetchAll(
        $0, sql: "SELECT id FROM live WHERE state = 'waiting' ORDER BY coalesce(queuePosition, id), id")
    }
  }

  /// Examples that cannot be read are left out.
  public func examples(of id: RunID) async throws -> [ExampleOutcome] {
    let sql = """
      SELECT "index", prompt, expected, output, score, parsed, lenient, outputTokens
      FROM examples WHERE run = ? ORDER BY "index"
      """
    return try await read { db in
      try db.readable(sql, [id]) { values in
        ExampleOutcome(
          index: try values.next().integer().required(), prompt: try values.next().text().required(),
          expected: try values.next().text().required(), output: try values.next().text().required(),
          score: try values.next().number(in: Self.shares) ?? .nan, parsed: try values.next().flag(),
          lenient: try values.next().number(in: Self.shares) ?? .nan,
          outputTokens: try values.next().integer().required())
      }
    }
  }

  /// The scores of a run's examples without their texts: what a study's comparisons need. Those that cannot be read are left out.
  public func scores(of id: RunID) async throws -> [ExampleScoreRecord] {
    let sql = """
      SELECT "index", prompt, expected, score, parsed, lenient FROM examples WHERE run = ? ORDER BY "index"
      """
    return try await read { db in
      try db.readable(sql, [id]) { values in
        ExampleScoreRecord(
          index: try values.next().integer().required(), prompt: try values.next().text().required(),
          expected: try values.next().text().required(),
          score: try values.next().number(in: Self.shares) ?? .nan, parsed: try values.next().flag(),
          lenient: try values.next().number(in: Self.shares) ?? .nan)
      }
    }
  }

  /// Scores are 0 to 1; a metric of a person's own may reach further.
  private static var shares: ClosedRange<Double> { -1e6...1e6 }

  /// In the order in which they were measured; blocks that cannot be read are left out.
  public func latencyBlocks(of id: RunID) async throws -> [LatencyBlock] {
    let sql = "SELECT block, isBase, millisecondsPerToken FROM latencyBlocks WHERE run = ? ORDER BY block, isBase DESC"
    return try await read { db in
      try db.readable(sql, [id]) { values in
        LatencyBlock(
          block: try values.next().integer().required(), isBase: try values.next().flag(),
          millisecondsPerToken: try JSON.decode([Double].self, values.next().text().required()))
      }
    }
  }

  /// The last `limit` notices, newest last.
  public func notices(limit: Int) async throws -> [Notice] {
    try await read { db in
      try db.readable("SELECT level, text, time FROM notices ORDER BY id DESC LIMIT ?", [max(0, limit)]) { values in
        Notice(
          level: (try? values.next().text()).flatMap { $0 }.flatMap(Notice.Level.init) ?? .info,
          text: try values.next().text().required(), time: try values.next().number(in: RunColumn.times).required())
      }.reversed()
    }
  }
}
