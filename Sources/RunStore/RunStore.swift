import Foundation
import GRDB
import Messages
import Synchronization

/// Runs and everything they produced, in one SQLite file (WAL): one engine writes, any number of programs read.
///
/// Every method that touches the file is `async`, so that no thread of the cooperative pool waits for the disk.
public final class RunStore: Sendable {
  public enum Mode: Sendable {
    /// Takes the engine lock, creates the file and brings older versions up to date.
    case engine
    /// Reads only: possible while an engine trains.
    case reading
  }

  public let folder: StoreFolder
  public let mode: Mode
  let pool: DatabasePool
  private let lock: Mutex<EngineLock?>

  /// Opens the store at `url`; an engine's store and its folder are created where they are missing.
  /// - Parameter patience: seconds for which another program's lock is waited for.
  /// - Throws: `StoreError`, one line each.
  public init(at url: URL, mode: Mode, patience: Double = 5) throws {
    let folder = StoreFolder(database: url)
    let path = folder.database.path
    switch mode {
    case .engine:
      do {
        try FileManager.default.createDirectory(
          at: folder.database.deletingLastPathComponent(), withIntermediateDirectories: true)
      } catch {
        throw StoreError(
          .cannotCreate,
          "cannot create the folder of the store \(path): \(error.localizedDescription); choose another with --store")
      }
      lock = Mutex(try EngineLock(at: folder.lock, store: folder.database))
    case .reading:
      guard FileManager.default.fileExists(atPath: path) else {
        throw StoreError(.missing, "no store at \(path): train something first, or name another with --store")
      }
      lock = Mutex(nil)
    }
    var configuration = Configuration()
    configuration.readonly = mode == .reading
    configuration.busyMode = .timeout(patience)
    configuration.label = "lorascope.store"
    do {
      let pool = try DatabasePool(path: path, configuration: configuration)
      try Self.bringUpToDate(pool, path: path, mode: mode)
      self.pool = pool
    } catch let error as StoreError {
      throw error
    } catch {
      throw Self.explained(error, path: path)
    }
    self.folder = folder
    self.mode = mode
  }

  private static func bringUpToDate(_ pool: DatabasePool, path: String, mode: Mode) throws {
    let migrator = Schema.migrator
    let (isNewer, isComplete) = try pool.read {
      (try migrator.hasBeenSuperseded($0), try migrator.hasCompletedMigrations($0))
    }
    if isNewer {
      throw StoreError(
        .version,
        "the store \(path) was written by a newer lorascope: update this one, or use another store with --store")
    }
    if isComplete { return }
    switch mode {
    case .engine: try migrator.migrate(pool)
    case .reading:
      throw StoreError(
        .version,
        "the store \(path) was written by an older lorascope: open it once without --read-only to bring it up to date")
    }
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
    case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
      return StoreError(
        .cannotCreate, "cannot open the store \(path) (\(message)): check the permissions of its folder")
    default: return StoreError(.inputOutput, "the store \(path): \(message)")
    }
  }

  func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
    do { return try await pool.read(body) } catch { throw Self.explained(error, path: folder.database.path) }
  }

  func write<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
    do { return try await pool.write(body) } catch { throw Self.explained(error, path: folder.database.path) }
  }

  /// Makes the database refuse to grow beyond what it is now, as a full disk does; nil lifts that. For tests.
  package func limitGrowth(_ isLimited: Bool) async throws {
    try await pool.writeWithoutTransaction { db in
      let pages = isLimited ? try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 1 : 1_000_000_000
      try db.execute(sql: "PRAGMA max_page_count = \(pages)")
    }
  }

  /// Pretends that a version after this one has written the store. For tests.
  package func markAsNewer() async throws {
    try await pool.write {
      try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('999 from the future')")
    }
  }

  /// Makes a run's plan unreadable, as a later version or another program might. For tests.
  package func damage(_ id: RunID) async throws {
    try await write { try $0.execute(sql: "UPDATE runs SET plan = '{}' WHERE id = ?", arguments: [id]) }
  }

  /// Ends the connections and gives the engine lock back; what was written is in the file.
  public func close() throws {
    defer { lock.withLock { $0 = nil } }
    try pool.close()
  }
}
