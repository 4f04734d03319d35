import Foundation
import GRDB
import Messages

extension RunStore {
  /// Records a new run that waits at the end of the queue.
  public func insert(_ plan: RunPlan, created: Double) async throws -> RunID {
    try await insert([plan], created: created)[0]
  }

  /// Records new runs, in order, in one transaction: all of them or none.
  public func insert(_ plans: [RunPlan], created: Double) async throws -> [RunID] {
    try await write { db in
      // What another program wrote there may be anything.
      let sql = "SELECT max(iif(typeof(queuePosition) = 'integer', min(queuePosition, 1 << 53), id)) FROM runs"
      var position = try Int64.fetchOne(db, sql: sql) ?? 0
      return try plans.map { plan in
        position += 1
        let run = RunSummary(id: 0, plan: plan, state: .waiting, created: created)
        try RunRecord(run: run, queuePosition: position).insert(db)
        return db.lastInsertedRowID
      }
    }
  }

  /// Stores the order of the waiting runs.
  public func setQueue(_ ids: [RunID]) async throws {
    try await write { db in
      for (position, id) in ids.enumerated() {
        try db.execute(
          sql: "UPDATE runs SET queuePosition = ?1 WHERE id = ?2 AND queuePosition IS NOT ?1",
          arguments: [position, id])
      }
    }
  }

  public func setSeriesSlot(_ slot: Int?, of id: RunID) async throws {
    try await write { try $0.execute(sql: "UPDATE runs SET seriesSlot = ? WHERE id = ?", arguments: [slot, id]) }
  }

  /// Keeps the exit status that a run's failure amounts to, until its state changes.
  public func setFailure(_ exitStatus: Int32, of id: RunID) async throws {
    try await write {
      try $0.execute(
        sql: "UPDATE runs SET failureStatus = ? WHERE id = ? AND state = 'failed'", arguments: [exitStatus, id])
    }
  }

  /// The exit statuses of failed runs, where they are known.
  public func failures() async throws -> [RunID: Int32] {
    let sql = "SELECT id, failureStatus FROM live WHERE state = 'failed'"
    let known = try await read { db in
      try db.readable(sql) { values in
        (RunID.fromDatabaseValue(values.next()) ?? 0, Int32(try values.next().integer(in: 0...255).required()))
      }
    }
    return Dictionary(known) { first, _ in first }
  }

  /// Keeps how fast one kind of run goes here, in the place of what was measured before.
  public func save(_ speed: SpeedMeasurement) async throws {
    try await write {
      try $0.execute(
        sql: "INSERT OR REPLACE INTO speeds (key, measurement) VALUES (?, ?)",
        arguments: [try JSON.encode(speed.key), try JSON.encode(speed)])
    }
  }

  /// Every speed that was measured, on whatever machine. What a later version cannot read is left out: it is measured again.
  public func speeds() async throws -> [SpeedMeasurement] {
    try await read { db in
      try db.readable("SELECT measurement FROM speeds") {
        try JSON.decode(SpeedMeasurement.self, $0.next().text().required())
      }
    }
  }

  /// Turns what a kill left in an active state into paused runs, and returns them.
  public func markInterrupted(reason: String) async throws -> [RunID] {
    let active = RunState.allCases.filter { $0.isActive || $0 == .awaitingLatency }.map(\.rawValue)
    return try await write { db in
      let marks = databaseQuestionMarks(count: active.count)
      let ids = try RunID.fetchAll(
        db, sql: "SELECT id FROM live WHERE state IN (\(marks)) ORDER BY id", arguments: StatementArguments(active))
      for id in ids {
        try db.execute(
          sql: "UPDATE runs SET state = ?, reason = ? WHERE id = ?",
          arguments: [RunState.paused.rawValue, reason, id])
      }
      return ids
    }
  }
}
