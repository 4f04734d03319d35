import Foundation
import GRDBSQLite

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Tells a store from everything else before anything is opened for writing: another program's database is never touched.
enum StoreIdentity {
  /// SQLite's `application_id` of a store: "LoSc".
  static let applicationID: Int32 = 0x4C6F_5363

  /// - Throws: `StoreError.unreadable` for what is there and is no store. Nothing at all, an empty file and a database without
  ///   any table are a store that begins, unless it is only to be read.
  static func check(_ path: String, mode: RunStore.Mode) throws {
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw refusal(path, "it is \(kind(status.st_mode))")
    }
    if status.st_size == 0, !hasLog(path) {
      if mode == .reading { throw refusal(path, "it is empty") }
      return
    }
    if status.st_size > 0 {
      guard let header = header(of: path) else { return }
      guard header.count >= 100, header.starts(with: Array("SQLite format 3\0".utf8)) else {
        throw refusal(path, "it is no SQLite database")
      }
      let id = header[68..<72].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      if id == UInt32(bitPattern: applicationID) { return }
      guard id == 0 else { throw refusal(path, "it is another program's database") }
    }
    // Written by an earlier version, or so new that the mark is still in the log.
    guard let tables = tables(of: path, hasLog: hasLog(path)) else { return }
    if tables.isOurs { return }
    guard tables.count == 0, mode == .engine else {
      throw refusal(path, tables.count == 0 ? "it has no tables" : "it is another program's database")
    }
  }

  static func refusal(_ path: String, _ why: String) -> StoreError {
    StoreError(.unreadable, "\(path) is not a lorascope store: \(why); name another file with --store")
  }

  private static func kind(_ mode: mode_t) -> String {
    switch mode & S_IFMT {
    case S_IFDIR: "a folder"
    case S_IFIFO: "a pipe"
    case S_IFCHR, S_IFBLK: "a device"
    default: "no file"
    }
  }

  private static func hasLog(_ path: String) -> Bool {
    var status = stat()
    return stat(path + "-wal", &status) == 0 && status.st_size > 0
  }

  private static func header(of path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return count < 0 ? nil : Array(bytes[..<count])
  }

  /// How many tables a database has, and whether they are a store's; nil where it cannot be read.
  ///
  /// - Parameter hasLog: without one nobody writes the database now: opened as one that cannot change, SQLite puts no index beside it.
  private static func tables(of path: String, hasLog: Bool) -> (count: Int, isOurs: Bool)? {
    let allowed = CharacterSet(charactersIn: "/").union(.alphanumerics)
    guard let escaped = path.addingPercentEncoding(withAllowedCharacters: allowed) else { return nil }
    var connection: OpaquePointer?
    defer { sqlite3_close_v2(connection) }
    let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
    let name = "file:\(escaped)" + (hasLog ? "" : "?immutable=1")
    guard sqlite3_open_v2(name, &connection, flags, nil) == SQLITE_OK else { return nil }
    func texts(_ sql: String) -> [String]? {
      var statement: OpaquePointer?
      defer { sqlite3_finalize(statement) }
      guard sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK else { return nil }
      var rows: [String] = []
      while true {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: rows.append(sqlite3_column_text(statement, 0).map { String(cString: $0) } ?? "")
        case SQLITE_DONE: return rows
        default: return nil
        }
      }
    }
    // All of these see the same state, whatever an engine writes meanwhile.
    guard texts("BEGIN") != nil else { return nil }
    if texts("PRAGMA application_id") == ["\(applicationID)"] { return (1, true) }
    guard let names = texts("SELECT name FROM sqlite_master WHERE type = 'table'") else { return nil }
    let migrations = "SELECT identifier FROM grdb_migrations ORDER BY identifier"
    if Set(names).isSuperset(of: ["runs", "grdb_migrations"]) {
      return (names.count, texts(migrations)?.first == Schema.first)
    }
    // A kill at its very beginning leaves the list of migrations alone.
    return (names == ["grdb_migrations"] && texts(migrations)?.isEmpty == true ? 0 : names.count, false)
  }
}
