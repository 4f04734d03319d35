import Foundation
import GRDB
import Messages
import Synchronization

/// Runs and everything they produced, in one SQLite file (WAL): one engine writes, any number of programs read.
///
/// Every method that touches the file is `async`, so that no thread of the cooperative pool waits for the disk.
package final class RunStore: Sendable {
  package enum Mode: Sendable {
    /// Takes the engine lock, creates the file and brings older versions up to date.
    case engine
    /// Reads only: possible while an engine trains.
    case reading
  }

  package let folder: StoreFolder
  package let mode: Mode
  let reader: any DatabaseReader
  /// Nil where the store is only read.
  package let writer: DatabasePool?
  /// Folders of runs that the store does not know: their numbers are not given again.
  package let unknownRuns: [RunID]
  private let lock: Mutex<EngineLock?>

  /// Opens the store at `url`; an engine's store and its folder are created where they are missing.
  /// - Parameter patience: seconds for which another program's lock is waited for.
  /// - Throws: `StoreError`, one line each.
  package init(at url: URL, mode: Mode, patience: Double = 5) throws {
    let folder = StoreFolder(database: url)
    let path = folder.database.path
    try StoreIdentity.check(path, mode: mode)
    var configuration = Configuration()
    configuration.readonly = mode == .reading
    configuration.busyMode = .timeout(patience)
    configuration.label = "lorascope.store"
    // Under `ulimit -f` the log must be emptied before it gets there.
    if let pages = Self.pagesOfLog {
      configuration.prepareDatabase { try $0.execute(sql: "PRAGMA wal_autocheckpoint = \(pages)") }
    }
    // Each of several readers would keep 2 MB of pages that it has read once, and reads few of them again.
    configuration.prepareDatabase { connection in
      if connection.configuration.readonly { try connection.execute(sql: "PRAGMA cache_size = -512") }
    }
    do {
      switch mode {
      case .engine:
        lock = Mutex(try Self.prepareFolder(folder))
        let pool = try DatabasePool(path: path, configuration: configuration)
        if try !Schema.isComplete(in: pool, path: path) { try Schema.migrator.migrate(pool) }
        try LogStaging.sweepKilled(pool, folder)
        unknownRuns = try Self.putRight(pool, folder: folder)
        (reader, writer) = (pool, pool)
      case .reading:
        guard FileManager.default.fileExists(atPath: path) else {
          throw StoreError.missing(path)
        }
        lock = Mutex(nil)
        reader = try StoreReading.open(path, configuration: configuration)
        writer = nil
        unknownRuns = []
      }
    } catch let error as StoreError {
      throw error
    } catch {
      throw Self.explained(error, path: path)
    }
    self.folder = folder
    self.mode = mode
  }

  private static var pagesOfLog: UInt64? {
    var limit = rlimit()
    #if canImport(Glibc)
      let file = __rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue))
    #else
      let file = RLIMIT_FSIZE
    #endif
    guard getrlimit(file, &limit) == 0, limit.rlim_cur < 64 << 20 else { return nil }
    return max(8, UInt64(limit.rlim_cur) / (4 * 4096))
  }

  private static func prepareFolder(_ folder: StoreFolder) throws -> EngineLock {
    do {
      try FileManager.default.createDirectory(
        at: folder.database.deletingLastPathComponent(), withIntermediateDirectories: true)
    } catch {
      throw StoreError(
        .cannotCreate,
        "cannot create the folder of the store \(folder.database.path): \(error.localizedDescription); "
          + "choose another with --store")
    }
    return try EngineLock(at: folder.lock, store: folder.database)
  }

  /// Says in one line what a failed access of the database means for a person.
  static func explained(_ error: any Error, path: String) -> StoreError {
    guard let error = error as? DatabaseError else {
      return error as? StoreError ?? StoreError(.inputOutput, "the store \(path): \(error)")
    }
    let message = error.message ?? "code \(error.resultCode.rawValue)"
    switch error.resultCode.primaryResultCode {
    case .SQLITE_FULL: return StoreError(.diskFull, "no room left on the disk of the store \(path): free some")
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return StoreError(.locked, "another program locks the store \(path): end it, or wait")
    case .SQLITE_NOTADB, .SQLITE_CORRUPT:
      return StoreError(.unreadable, "\(path) is not a lorascope store, or is damaged (\(message)): move it away")
    case .SQLITE_ERROR:
      return StoreError(
        .unreadable, "the store \(path) has other tables than any version of lorascope made (\(message)): move it away")
    case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
      return StoreError(
        .cannotCreate, "cannot open the store \(path) (\(message)): check the permissions of its folder")
    default: return StoreError(.inputOutput, "the store \(path): \(message)")
    }
  }

  func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
    do { return try await reader.read(body) } catch { throw Self.explained(error, path: folder.database.path) }
  }

  func write<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
    guard let writer else {
      throw StoreError(.cannotCreate, "the store \(folder.database.path) is open for reading only")
    }
    do { return try await writer.write(body) } catch { throw Self.explained(error, path: folder.database.path) }
  }

  /// Ends the connections and gives the engine lock back; what was written is in the file.
  package func close() throws {
    defer { lock.withLock { $0 = nil } }
    try reader.close()
  }
}

/// Opens a store that is only to be read, wherever it lies: a store of an earlier version, or on a medium on which nothing can be
/// written, is read from a copy in memory and left as it is.
enum StoreReading {
  static func open(_ path: String, configuration: Configuration) throws -> any DatabaseReader {
    do {
      let pool = try DatabasePool(path: path, configuration: configuration)
      if try Schema.isComplete(in: pool, path: path) { return pool }
      let copy = try upToDate(pool, path: path)
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
    return try upToDate(queue, path: path)
  }

  private static func upToDate(_ source: any DatabaseReader, path: String) throws -> any DatabaseReader {
    let memory = try DatabaseQueue()
    try source.backup(to: memory)
    if try !Schema.isComplete(in: memory, path: path) { try Schema.migrator.migrate(memory) }
    return memory
  }
}
