import Foundation

/// Where a store keeps what belongs to it: the database, and beside it the runs' files and the trash.
public struct StoreFolder: Hashable, Sendable {
  /// The SQLite file.
  public let database: URL

  public init(database: URL) { self.database = database.standardizedFileURL }

  private var folder: URL { database.deletingLastPathComponent() }

  /// Two stores in one folder must not share files, so that any name but the usual one is part of the folders' names.
  private var prefix: String {
    let name = database.deletingPathExtension().lastPathComponent
    return name == "store" ? "" : name + "-"
  }

  public var runs: URL { folder.appending(path: prefix + "runs", directoryHint: .isDirectory) }
  public var trash: URL { folder.appending(path: prefix + "trash", directoryHint: .isDirectory) }
  /// Beside the file itself where the store is named by a link: two names must not mean two engines.
  public var lock: URL {
    let file = database.resolvingSymlinksInPath()
    return file.deletingLastPathComponent().appending(path: file.lastPathComponent + ".lock")
  }
  public func run(_ id: Int64) -> URL { runs.appending(path: String(id), directoryHint: .isDirectory) }
  /// What was deleted under this number.
  public func trash(_ id: Int64) -> URL { trash.appending(path: String(id), directoryHint: .isDirectory) }
  public func checkpoint(_ id: Int64) -> URL { run(id).appending(path: "checkpoint") }
  /// The checkpoint before the last one.
  public func previousCheckpoint(_ id: Int64) -> URL { run(id).appending(path: "checkpoint.previous") }
  public func adapter(_ id: Int64) -> URL { run(id).appending(path: "adapter", directoryHint: .isDirectory) }
}
