import Foundation
import GRDB
import Messages

/// Deleting is a mark on the run's row, so that it is one transaction and brings everything back when it is taken away; the
/// run's files go to the trash folder with it. A row says where its files belong: what a kill leaves in the other place is moved at
/// the next start.
extension RunStore {
  /// Marks runs as deleted, all or none, and moves their files to the trash folder. They stay there until `purgeTrash`.
  package func moveToTrash(_ ids: [RunID], now: Double) async throws {
    try await write { db in
      for id in ids {
        try db.execute(
          sql: "UPDATE runs SET deleted = ? WHERE id = ? AND deleted IS NULL", arguments: [now, id])
      }
    }
    // Files that cannot be moved now are moved at the next start: the run is deleted all the same.
    for id in ids { try? TrashFiles(folder: folder).discard(id) }
  }

  /// Runs in the trash, newest deletion last; those that cannot be read are left out.
  package func trashed() async throws -> [DeletedRun] {
    let sql = "SELECT id, plan, deleted, scoreEstimate FROM runs WHERE deleted IS NOT NULL ORDER BY deleted, id"
    return try await read { db in
      try db.readable(sql) { values in
        DeletedRun(
          id: RunID.fromDatabaseValue(values.next()) ?? 0,
          plan: try JSON.decode(RunPlan.self, values.next().text().required()),
          deleted: try values.next().number.required(), score: values.next().number)
      }
    }
  }

  /// Brings deleted runs back under their numbers, which no other run ever gets, with all that belonged to them.
  /// - Returns: the runs as they are in the store now.
  /// - Throws: `StoreError` for a number that is not in the trash, before anything is changed.
  package func restoreFromTrash(_ ids: [RunID]) async throws -> [RunSummary] {
    let known = Set(
      try await read { try RunID.fetchAll($0, sql: "SELECT id FROM runs WHERE deleted IS NOT NULL") })
    for id in ids where !known.contains(id) {
      throw StoreError(.missing, "run \(id) is not in the trash \(folder.trash.path)")
    }
    // Files first: a run that is listed has its adapter.
    let files = TrashFiles(folder: folder)
    do {
      for id in ids { try files.bringBack(id) }
    } catch {
      for id in ids { try? files.discard(id) }
      throw StoreError(
        .inputOutput, "runs cannot be brought back from \(folder.trash.path): \(error)")
    }
    try await write { db in
      for id in ids {
        // Another run may have taken its place among the curves.
        try db.execute(
          sql: "UPDATE runs SET seriesSlot = NULL WHERE id = ? AND seriesSlot IN (SELECT seriesSlot FROM live)",
          arguments: [id])
        try db.execute(sql: "UPDATE runs SET deleted = NULL WHERE id = ?", arguments: [id])
      }
    }
    var restored: [RunSummary] = []
    for id in ids { if let run = try await run(id) { restored.append(run) } }
    return restored
  }

  /// Removes for good what was deleted before `time` (seconds since 1970).
  package func purgeTrash(before time: Double) async throws {
    let ids = try await read {
      try RunID.fetchAll($0, sql: "SELECT id FROM runs WHERE deleted < ?", arguments: [time])
    }
    let files = TrashFiles(folder: folder)
    // Files first: what has a row is looked at again.
    for id in ids { files.remove(id) }
    try await write { db in
      for id in ids { try db.execute(sql: "DELETE FROM runs WHERE id = ? AND deleted < ?", arguments: [id, time]) }
    }
    let known = Set(try await read { try RunID.fetchAll($0, sql: "SELECT id FROM runs") })
    for id in files.numbers(in: folder.trash) where !known.contains(id) { files.remove(id, ifOlderThan: time) }
  }

  // MARK: At the start

  /// Moves files to where the rows say, takes in what earlier versions have in the trash, and keeps the numbers of runs whose
  /// rows are gone from being given again.
  /// - Returns: numbers of runs that have files and no row, where that was not known before.
  static func putRight(_ pool: DatabasePool, folder: StoreFolder) throws -> [RunID] {
    let files = TrashFiles(folder: folder)
    files.sweepLogs()
    let trash = files.numbers(in: folder.trash)
    let kept = files.numbers(in: folder.runs)
    let (live, deleted) = try pool.read { db in
      (
        Set(try RunID.fetchAll(db, sql: "SELECT id FROM runs WHERE deleted IS NULL")),
        Set(try RunID.fetchAll(db, sql: "SELECT id FROM runs WHERE deleted IS NOT NULL"))
      )
    }
    for id in trash {
      if live.contains(id) {
        try? files.bringBack(id)
      } else if !deleted.contains(id), let record = files.record(of: id) {
        try pool.write { try record.insert(into: $0) }
        files.forgetRecord(of: id)
      } else if deleted.contains(id) {
        files.forgetRecord(of: id)
      }
    }
    for id in kept where deleted.contains(id) { try? files.discard(id) }
    let unknown = kept.filter { !live.contains($0) && !deleted.contains($0) }.sorted()
    guard let most = (kept + trash).max() else { return [] }
    return try pool.write { db in
      let given = try RunID.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'runs'")
      if let given, given >= most { return [] }
      if given == nil {
        try db.execute(sql: "INSERT INTO sqlite_sequence (name, seq) VALUES ('runs', ?)", arguments: [most])
      } else {
        try db.execute(sql: "UPDATE sqlite_sequence SET seq = ? WHERE name = 'runs'", arguments: [most])
      }
      return unknown.filter { $0 > given ?? 0 }
    }
  }
}

extension RunStore {
  /// Takes a run out of the store whose row cannot be read: the row as it stands, as JSON, and the run's files go to the trash
  /// folder, where they stay until `purgeUnreadable`.
  package func discardUnreadable(_ id: RunID) async throws {
    let found = try await read { db -> [String: String]? in
      guard let row = try Row.fetchOne(db, sql: "SELECT * FROM runs WHERE id = ?", arguments: [id]) else { return nil }
      return Dictionary(row.map { ($0, Self.text(of: $1)) }) { first, _ in first }
    }
    guard let columns = found else { return }
    let files = FileManager.default
    // A number is never used twice, but a run may have lain in the trash before.
    let place = folder.trash.appending(
      path: "unreadable-\(id)-\(UUID().uuidString.prefix(8))", directoryHint: .isDirectory)
    do {
      try files.createDirectory(at: place, withIntermediateDirectories: true)
      try Data(JSON.encode(columns).utf8).write(to: place.appending(path: Self.rowFile), options: .atomic)
    } catch {
      throw StoreError(.inputOutput, "run \(id) cannot be moved to \(folder.trash.path): \(error.localizedDescription)")
    }
    // The row goes first: files without a row are litter, a row without its files would be a loss.
    try await write { try $0.execute(sql: "DELETE FROM runs WHERE id = ?", arguments: [id]) }
    let own = folder.run(id)
    if files.fileExists(atPath: own.path) { try? files.moveItem(at: own, to: place.appending(path: "files")) }
  }

  /// Removes for good what was thrown away unread before `time` (seconds since 1970).
  package func purgeUnreadable(before time: Double) {
    let files = FileManager.default
    for name in (try? files.contentsOfDirectory(atPath: folder.trash.path)) ?? [] where name.hasPrefix("unreadable-") {
      let place = folder.trash.appending(path: name)
      let row = place.appending(path: Self.rowFile).path
      guard let written = try? files.attributesOfItem(atPath: row)[.modificationDate] as? Date else { continue }
      if written.timeIntervalSince1970 < time { try? files.removeItem(at: place) }
    }
  }

  private static let rowFile = "row.json"

  private static func text(of value: DatabaseValue) -> String {
    switch value.storage {
    case .null: "null"
    case .int64(let number): "\(number)"
    case .double(let number): "\(number)"
    case .string(let text): text
    case .blob(let data): data.base64EncodedString()
    }
  }
}
