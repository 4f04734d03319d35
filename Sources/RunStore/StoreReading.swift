import Foundation
import GRDB

/// Opens a store that is only to be read, wherever it lies: a store of an earlier version, or on a medium on which nothing can be
/// written, is read from a copy in memory and left as it is.
enum StoreReading {
  static func open(_ path: String, configuration: Configuration) throws -> any DatabaseReader {
    do {
      let pool = try DatabasePool(path: path, configuration: configuration)
      let migrator = Schema.migrator
      let (isNewer, isComplete) = try pool.read {
        (try migrator.hasBeenSuperseded($0), try migrator.hasCompletedMigrations($0))
      }
      if isNewer { throw RunStore.newer(path) }
      if isComplete { return pool }
      let copy = try upToDate(pool)
      try pool.close()
      return copy
    } catch let error as DatabaseError
      where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode.primaryResultCode)
    {
      // SQLite keeps an index beside a database that it reads; where it cannot, a copy is read.
      guard let copy = try? copied(path) else { throw error }
      return copy
    }
  }

  private static func copied(_ path: String) throws -> any DatabaseReader {
    let files = FileManager.default
    let folder = files.temporaryDirectory.appending(path: "lorascope-\(UUID().uuidString)")
    try files.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? files.removeItem(at: folder) }
    let copy = folder.appending(path: "store.sqlite").path
    try files.copyItem(atPath: path, toPath: copy)
    if files.fileExists(atPath: path + "-wal") { try files.copyItem(atPath: path + "-wal", toPath: copy + "-wal") }
    for name in [copy, copy + "-wal"] { try? files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: name) }
    let queue = try DatabaseQueue(path: copy)
    defer { try? queue.close() }
    return try upToDate(queue)
  }

  private static func upToDate(_ source: any DatabaseReader) throws -> any DatabaseReader {
    let memory = try DatabaseQueue()
    try source.backup(to: memory)
    let migrator = Schema.migrator
    if try memory.read(migrator.hasBeenSuperseded) { throw StoreError(.version, "written by a newer lorascope") }
    try migrator.migrate(memory)
    return memory
  }
}
