import Foundation
import GRDB
import Messages

extension RunStore {
  /// Takes a run out of the store whose row cannot be read: the row as it stands, as JSON, and the run's files go to the trash
  /// folder, where they stay until `purgeUnreadable`.
  public func discardUnreadable(_ id: RunID) async throws {
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
  public func purgeUnreadable(before time: Double) {
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
