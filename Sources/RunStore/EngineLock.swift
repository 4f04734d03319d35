import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One engine a store: an advisory lock on a file beside it, which the kernel gives back however the process ends.
///
/// The lock never follows a link, and writes into no file that it did not make.
public final class EngineLock: Sendable {
  /// A program that was killed a moment ago holds its lock until its memory has been given back.
  private static let patience = Duration.seconds(2)
  private static let longestNumber = 32
  private let descriptor: Int32

  /// - Throws: `StoreError.engineRunning` with the holder's process number, or `.cannotCreate`.
  public init(at url: URL, store: URL) throws {
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
