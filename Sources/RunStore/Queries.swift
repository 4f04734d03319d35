import Foundation
import GRDB
import Messages

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
    let reader = RunReader(reader: self.reader, path: folder.database.path)
    return try await read { db in
      var runs: [RunSummary] = []
      var unreadable: [UnreadableRun] = []
      let rows = try Row.fetchCursor(db, sql: RunReader.sql + " ORDER BY id")
      while let row = try rows.next() {
        do {
          runs.append(try reader.summary(of: row))
        } catch let error as UnreadableColumn {
          unreadable.append(UnreadableRun(id: try RunReader.id(of: row), what: "its \(error.name) cannot be read"))
        }
      }
      return (runs, unreadable)
    }
  }

  /// - Throws: `StoreError` with the reason `unreadable` where its row cannot be read.
  public func run(_ id: RunID) async throws -> RunSummary? {
    let path = folder.database.path
    let reader = RunReader(reader: self.reader, path: path)
    return try await read { db in
      guard let row = try Row.fetchOne(db, sql: RunReader.sql + " WHERE id = ?", arguments: [id]) else { return nil }
      do { return try reader.summary(of: row) } catch let error as UnreadableColumn {
        throw StoreError(
          .unreadable,
          "run \(id) in the store \(path): its \(error.name) cannot be read; `lorascope runs delete \(id)` removes it")
      }
    }
  }

  /// Waiting runs in the order in which they will start.
  public func queue() async throws -> [RunID] {
    try await read {
      try RunID.fetchAll(
        $0, sql: "SELECT id FROM live WHERE state = 'waiting' ORDER BY coalesce(queuePosition, id), id")
    }
  }

  /// Examples that cannot be read are left out.
  public func examples(of id: RunID) async throws -> [ExampleOutcome] {
    try await read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT "index", prompt, expected, output, score, parsed, lenient, outputTokens
          FROM examples WHERE run = ? ORDER BY "index"
          """, arguments: [id])
      var outcomes: [ExampleOutcome] = []
      while let row = try rows.next() {
        let values = StoredValues(row: row)
        do {
          outcomes.append(
            ExampleOutcome(
              index: try values.integer(0, "index").required("index"),
              prompt: try values.text(1, "prompt").required("prompt"),
              expected: try values.text(2, "expected").required("expected"),
              output: try values.text(3, "output").required("output"),
              score: try values.number(4, "score", in: Self.shares) ?? .nan, parsed: try values.flag(5, "parsed"),
              lenient: try values.number(6, "lenient", in: Self.shares) ?? .nan,
              outputTokens: try values.integer(7, "outputTokens").required("outputTokens")))
        } catch is UnreadableColumn { continue }
      }
      return outcomes
    }
  }

  /// The scores of a run's examples without their texts: what a study's comparisons need. Those that cannot be read are left out.
  public func scores(of id: RunID) async throws -> [ExampleScoreRecord] {
    try await read { db in
      let statement = try db.cachedStatement(
        sql: "SELECT \"index\", prompt, expected, score, parsed, lenient FROM examples WHERE run = ? ORDER BY \"index\""
      )
      var records: [ExampleScoreRecord] = []
      let rows = try Row.fetchCursor(statement, arguments: [id])
      while let row = try rows.next() {
        let values = StoredValues(row: row)
        do {
          records.append(
            ExampleScoreRecord(
              index: try values.integer(0, "index").required("index"),
              prompt: try values.text(1, "prompt").required("prompt"),
              expected: try values.text(2, "expected").required("expected"),
              score: try values.number(3, "score", in: Self.shares) ?? .nan, parsed: try values.flag(4, "parsed"),
              lenient: try values.number(5, "lenient", in: Self.shares) ?? .nan))
        } catch is UnreadableColumn { continue }
      }
      return records
    }
  }

  /// Scores are 0 to 1; a metric of a person's own may reach further.
  private static var shares: ClosedRange<Double> { -1e6...1e6 }

  /// In the order in which they were measured; blocks that cannot be read are left out.
  public func latencyBlocks(of id: RunID) async throws -> [LatencyBlock] {
    try await read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT block, isBase, millisecondsPerToken FROM latencyBlocks WHERE run = ? ORDER BY block, isBase DESC
          """, arguments: [id])
      var blocks: [LatencyBlock] = []
      while let row = try rows.next() {
        let values = StoredValues(row: row)
        guard let block = try? values.integer(0, "block"), let isBase = try? values.flag(1, "isBase"),
          let text = try? values.text(2, "millisecondsPerToken"), let times = try? JSON.decode([Double].self, text)
        else { continue }
        blocks.append(LatencyBlock(block: block, isBase: isBase, millisecondsPerToken: times))
      }
      return blocks
    }
  }

  /// The last `limit` notices, newest last.
  public func notices(limit: Int) async throws -> [Notice] {
    try await read { db in
      let rows = try Row.fetchCursor(
        db, sql: "SELECT level, text, time FROM notices ORDER BY id DESC LIMIT ?", arguments: [max(0, limit)])
      var notices: [Notice] = []
      while let row = try rows.next() {
        let values = StoredValues(row: row)
        guard let text = try? values.text(1, "text"), let time = try? values.number(2, "time", in: RunReader.times)
        else { continue }
        let level = (try? values.text(0, "level")).flatMap { $0 }.flatMap(Notice.Level.init)
        notices.append(Notice(level: level ?? .info, text: text, time: time))
      }
      return notices.reversed()
    }
  }

  /// A mark for each run that changes whenever the engine writes something about it; for readers that poll.
  public func marks() async throws -> [RunID: String] {
    try await read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT id, state || ',' || step || ',' || totalSteps || ',' || coalesce(reason, '') || ','
            || coalesce(scoreEstimate, '') || ',' || coalesce(overheadPercent, '') || ',' || coalesce(adapterPath, '')
            || ',' || coalesce(coreShare, '') || ',' || coalesce(lastCheckpointStep, '') || ',' || coalesce(seriesSlot, '') AS mark
          FROM live
          """)
      var marks: [RunID: String] = [:]
      while let row = try rows.next() { marks[try RunReader.id(of: row)] = try? StoredValues(row: row).text(1, "mark") }
      return marks
    }
  }
}
