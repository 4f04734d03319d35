import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One engine a store: an advisory lock on a file beside it, which the kernel gives back however the process ends.
public final class EngineLock: Sendable {
  /// A program that was killed a moment ago holds its lock until its memory has been given back.
  private static let patience = Duration.seconds(2)
  private let descriptor: Int32

  /// - Throws: `StoreError.engineRunning` with the holder's process number, or `.cannotCreate`.
  public init(at url: URL, store: URL) throws {
    let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw StoreError(
        .cannotCreate,
        "cannot create the lock \(url.path): \(String(cString: strerror(errno))); choose another place with --store")
    }
    guard Self.isTaken(descriptor) else {
      var bytes = [UInt8](repeating: 0, count: 32)
      let count = read(descriptor, &bytes, bytes.count)
      close(descriptor)
      let holder = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
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
