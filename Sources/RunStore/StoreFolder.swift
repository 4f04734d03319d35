import Foundation
import Recipe

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where a store keeps what belongs to it: the database, and beside it the runs' files and the trash.
package struct StoreFolder: Hashable, Sendable {
  /// The SQLite file.
  package let database: URL

  package let runs: URL
  package let trash: URL

  package init(database: URL) {
    self.database = database.standardizedFileURL
    let folder = self.database.deletingLastPathComponent()
    // Two stores in one folder must not share files, so that any name but the usual one is part of the folders' names.
    let name = self.database.deletingPathExtension().lastPathComponent
    let prefix = name == "store" ? "" : name + "-"
    runs = folder.appending(path: prefix + "runs", directoryHint: .isDirectory)
    trash = folder.appending(path: prefix + "trash", directoryHint: .isDirectory)
  }

  /// Beside the file itself where the store is named by a link: two names must not mean two engines.
  package var lock: URL {
    let file = database.resolvingSymlinksInPath()
    return file.deletingLastPathComponent().appending(path: file.lastPathComponent + ".lock")
  }
  package func run(_ id: Int64) -> URL { runs.appending(path: String(id), directoryHint: .isDirectory) }
  /// What was deleted under this number.
  package func trash(_ id: Int64) -> URL { trash.appending(path: String(id), directoryHint: .isDirectory) }
  package static let checkpointName = "checkpoint"
  package func checkpoint(_ id: Int64) -> URL { run(id).appending(path: Self.checkpointName) }
  package static let previousCheckpointName = "checkpoint.previous"
  /// The checkpoint before the last one.
  package func previousCheckpoint(_ id: Int64) -> URL { run(id).appending(path: Self.previousCheckpointName) }
  package func adapter(_ id: Int64) -> URL { run(id).appending(path: "adapter", directoryHint: .isDirectory) }
}

/// Why a store cannot be opened, read or written: one line that says what, where and what to do.
package struct StoreError: ExitStatusError, Hashable {
  package enum Reason: String, Hashable, Sendable {
    /// Another engine holds the store's lock.
    case engineRunning
    /// Written by a newer version, or (when only reading) by an older one.
    case version
    case missing
    case cannotCreate
    case unreadable
    case diskFull
    /// Another program held a lock for more than five seconds.
    case locked
    case inputOutput
  }

  package let reason: Reason
  package let description: String

  package init(_ reason: Reason, _ description: String) {
    self.reason = reason
    self.description = description
  }

  /// There is none at a path that was named.
  package static func missing(_ path: String) -> StoreError {
    StoreError(.missing, "no store at \(path): train something first, or name another with --store")
  }

  /// As `sysexits.h`: 65 bad data, 66 missing input, 73 cannot create, 74 input/output.
  package var exitStatus: Int32 {
    switch reason {
    case .version, .unreadable: 65
    case .missing: 66
    case .cannotCreate: 73
    case .engineRunning, .diskFull, .locked, .inputOutput: 74
    }
  }
}

/// One engine a store: an advisory lock on a file beside it, which the kernel gives back however the process ends.
///
/// The lock never follows a link, and writes into no file that it did not make.
package final class EngineLock: Sendable {
  /// A program that was killed a moment ago holds its lock until its memory has been given back.
  private static let patience = Duration.seconds(2)
  private static let longestNumber = 32
  private let descriptor: Int32

  /// - Throws: `StoreError.engineRunning` with the holder's process number, or `.cannotCreate`.
  package init(at url: URL, store: URL) throws {
    let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o644)
    guard descriptor >= 0 else { throw Self.cannotCreate(url, errno) }
    guard Self.isLock(descriptor) else {
      close(descriptor)
      throw StoreError(
        .cannotCreate, "\(url.path) is no lock of lorascope: move it away, or choose another place with --store")
    }
    guard Self.isTaken(descriptor) else {
      let holder = Self.text(descriptor).trimmingCharacters(in: .whitespacesAndNewlines)
      close(descriptor)
      let process = Int32(holder).map { " (process \($0))" } ?? ""
      throw StoreError(
        .engineRunning,
        "another lorascope\(process) trains with the store \(store.path): read it with --read-only, "
          + "or use another one with --store")
    }
    let line = "\(getpid())\n"
    if ftruncate(descriptor, 0) == 0 { _ = line.withCString { pwrite(descriptor, $0, strlen($0), 0) } }
    self.descriptor = descriptor
  }

  private static func cannotCreate(_ url: URL, _ code: Int32) -> StoreError {
    if code == ELOOP {
      return StoreError(
        .cannotCreate, "the lock \(url.path) is a link, which is not followed: remove it, or choose another --store")
    }
    return StoreError(
      .cannotCreate,
      "cannot create the lock \(url.path): \(String(cString: strerror(code))); choose another place with --store")
  }

  /// A plain file of its own, with nothing in it but a process number.
  private static func isLock(_ descriptor: Int32) -> Bool {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size < longestNumber,
      status.st_nlink <= 1
    else { return false }
    return text(descriptor).allSatisfy { $0.isNumber || $0.isNewline }
  }

  private static func text(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: longestNumber)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  private static func isTaken(_ descriptor: Int32) -> Bool {
    let end = ContinuousClock.now + patience
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if ContinuousClock.now >= end { return false }
      usleep(50_000)
    }
    return true
  }

  deinit { close(descriptor) }
}
