import Foundation
import GRDB
import Messages
import Recipe
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Files of an import on their way to the runs' folders: copied and checked in a folder of their own first, then moved in one step
/// each. What was moved is taken back when the import is refused.
final class LogStaging: Sendable {
  private struct Moves {
    /// In the order in which they were made: where something went, and where what was there before is meanwhile.
    var made: [(target: URL, kept: URL?)] = []
    var isThere = false
  }

  private static let mark = ".import-"

  private let place: URL
  private let moves = Mutex(Moves())

  init(_ folder: StoreFolder) {
    place = folder.runs.appending(path: Self.mark + UUID().uuidString, directoryHint: .isDirectory)
  }

  /// Copies what a log names.
  /// - Returns: the adapter's folder and the checkpoint, where there are some.
  /// - Throws: `StoreError` for a file that is missing, or that is not what the log says.
  func stage(_ log: RunLog, _ file: RunLogFile, _ id: RunID) throws -> (adapter: URL?, checkpoint: URL?) {
    guard !log.files.isEmpty else { return (nil, nil) }
    let source = file.files
    guard LogFiles.isFolder(source) else {
      throw StoreError(
        .missing,
        "\(file.place(1)): the folder \(OneLine.text(source.lastPathComponent)) beside it is missing: copy it too")
    }
    // Two logs of one run may be longer than what is stored, one after the other.
    let own = place.appending(path: "\(id)", directoryHint: .isDirectory)
      .appending(path: UUID().uuidString, directoryHint: .isDirectory)
    let adapter = own.appending(path: "adapter", directoryHint: .isDirectory)
    try LogFiles.makeFolder(adapter)
    moves.withLock { $0.isThere = true }
    var (hasAdapter, checkpoint) = (false, URL?.none)
    for wanted in log.files {
      let target = wanted.kind == .adapter ? adapter.appending(path: wanted.name) : own.appending(path: "checkpoint")
      if wanted.kind == .checkpoint, checkpoint != nil {
        throw StoreError(.unreadable, "\(file.place(1)): it names two checkpoints: export the run again")
      }
      guard let copy = try LogFiles.copy(source.appending(path: wanted.name), to: target) else {
        let what = wanted.kind == .adapter ? "the adapter's file" : "the checkpoint"
        throw StoreError(
          .missing,
          "\(file.place(1)): \(what) \(wanted.name) is missing in \(OneLine.text(source.lastPathComponent)): copy it too, "
            + "or export the run again")
      }
      guard copy.bytes == wanted.bytes, copy.hash == wanted.hash else {
        throw StoreError(
          .unreadable,
          "\(file.place(1)): \(wanted.name) in \(OneLine.text(source.lastPathComponent)) is not the file that the log names "
            + "(\(copy.bytes) bytes, not \(wanted.bytes), or other ones): copy it again")
      }
      if wanted.kind == .adapter { hasAdapter = true } else { checkpoint = target }
    }
    LogFiles.flush(adapter)
    return (hasAdapter ? adapter : nil, checkpoint)
  }

  /// Moves something to its place in the folder of a run.
  func put(_ staged: URL, at target: URL) throws {
    try LogFiles.makeFolder(target.deletingLastPathComponent())
    var earlier: URL?
    if FileManager.default.fileExists(atPath: target.path) {
      let kept = place.appending(path: "earlier-\(UUID().uuidString)")
      try LogFiles.move(target, to: kept)
      earlier = kept
    }
    moves.withLock { $0.made.append((target, earlier)) }
    try LogFiles.move(staged, to: target)
  }

  /// The runs' folders as they were.
  func undo() {
    let moves = moves.withLock { $0 }
    let files = FileManager.default
    for (target, kept) in moves.made.reversed() {
      try? files.removeItem(at: target)
      if let kept {
        try? files.moveItem(at: kept, to: target)
      } else {
        // A run that is none has no folder.
        _ = rmdir(target.deletingLastPathComponent().path)
      }
    }
  }

  /// What is left of the import's own folder goes.
  func sweep() {
    guard moves.withLock({ $0.isThere }) else { return }
    try? FileManager.default.removeItem(at: place)
  }

  /// What a kill in the middle of an import has left: its own folder, and folders of runs that have no row. Nobody imports meanwhile, since
  /// who calls this holds the store's lock.
  static func sweepKilled(_ pool: DatabasePool, _ folder: StoreFolder) throws {
    let files = FileManager.default
    for name in (try? files.contentsOfDirectory(atPath: folder.runs.path)) ?? [] where name.hasPrefix(mark) {
      let place = folder.runs.appending(path: name, directoryHint: .isDirectory)
      let ids = ((try? files.contentsOfDirectory(atPath: place.path)) ?? []).compactMap(RunID.init)
      let known = Set(try pool.read { try RunID.fetchAll($0, sql: "SELECT id FROM runs") })
      for id in ids where !known.contains(id) { try? files.removeItem(at: folder.run(id)) }
      try? files.removeItem(at: place)
    }
  }
}
