import Foundation
import GRDB
import Messages
import Recipe

/// Searches and what their runs were scored at heats.
extension RunStore {
  /// Records a search that begins now, and returns its number.
  package func insert(_ request: SearchRequest, _ plan: SearchPlan, created: Double, promised: Double?) async throws
    -> SearchID
  {
    try await write { db in
      try db.execute(
        sql: "INSERT INTO searches (created, state, request, plan, secondsPromised) VALUES (?, ?, ?, ?, ?)",
        arguments: [
          created, SearchStatus.running.rawValue, try JSON.encode(request), try JSON.encode(plan), promised,
        ])
      return db.lastInsertedRowID
    }
  }

  /// Makes runs that were trained elsewhere the runs of a search.
  package func attach(_ runs: [RunID], to search: SearchID) async throws {
    try await write { db in
      for run in runs { try db.execute(sql: "UPDATE runs SET search = ? WHERE id = ?", arguments: [search, run]) }
    }
  }

  /// Keeps what a search decides by, before it decides anything.
  package func setPlan(_ plan: SearchPlan, of id: SearchID) async throws {
    try await write { db in
      try db.execute(sql: "UPDATE searches SET plan = ? WHERE id = ?", arguments: [try JSON.encode(plan), id])
    }
  }

  /// Keeps where a search stands; its request and its plan stay what they are.
  package func update(_ search: SearchSummary) async throws {
    try await write { db in
      try db.execute(
        sql: "UPDATE searches SET state = ?, reason = ?, finished = ?, secondsUsed = ?, answer = ? WHERE id = ?",
        arguments: [
          search.status.rawValue, search.reason, search.finished, search.secondsUsed,
          try search.answer.map { try JSON.encode($0) }, search.id,
        ])
    }
  }

  /// In order of id; what cannot be read is left out: its runs are runs like others then.
  package func searches() async throws -> [SearchSummary] {
    let sql = """
      SELECT id, request, plan, state, reason, created, finished, secondsPromised, secondsUsed, answer
      FROM searches ORDER BY id
      """
    return try await read { db in
      // A store of an earlier version that is only read.
      guard try db.tableExists("searches") else { return [] }
      return try db.readable(sql) { values in
        SearchSummary(
          id: try SearchID(values.next().integer().required()),
          request: try JSON.decode(SearchRequest.self, values.next().text().required()),
          plan: try JSON.decode(SearchPlan.self, values.next().text().required()),
          status: try SearchStatus(rawValue: values.next().text().required()).required(),
          reason: try values.next().text(), created: try values.next().number(in: RunColumn.times).required(),
          finished: try values.next().number(in: RunColumn.times),
          secondsPromised: try values.next().number(in: 0...1e12),
          secondsUsed: try values.next().number(in: 0...1e12) ?? 0,
          answer: try values.next().text().map { try JSON.decode(SearchAnswer.self, $0) })
      }
    }
  }

  /// A run's heats in their order; those that cannot be read are left out.
  package func heats(of id: RunID) async throws -> [HeatScores] {
    try await read { try Self.heats(of: id, in: $0) }
  }

  static func heats(of id: RunID, in db: Database) throws -> [HeatScores] {
    try db.readable("SELECT heat, step, scores, groups FROM heats WHERE run = ? ORDER BY heat", [id]) { values in
      HeatScores(
        heat: try values.next().integer().required(), step: try values.next().integer().required(),
        scores: try JSON.decode([Double].self, values.next().text().required()),
        groups: try JSON.decode([String?].self, values.next().text().required()))
    }
  }
}
