import Foundation
import Recipe

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Copies of a run's files, into a log's folder and out of it: plain files only, and no link is followed.
enum LogFiles {
  private static let chunk = 1 << 20

  /// The plain files of a folder that a log may name, in the order of their names.
  static func names(in folder: URL) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.sorted().filter { name in
      var status = stat()
      return RunLog.isBareName(name) && lstat(folder.appending(path: name).path, &status) == 0
        && status.st_mode & S_IFMT == S_IFREG
    }
  }

  static func isFolder(_ url: URL) -> Bool {
    var status = stat()
    return lstat(url.path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Copies a file and puts it on the disk.
  ///
  /// - Returns: its bytes and their hash; nil where there is no such plain file.
  /// - Throws: `StoreError` where it cannot be read or written.
  static func copy(_ from: URL, to target: URL) throws -> (bytes: Int, hash: String)? {
    let source = open(from.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    if source < 0 {
      if errno == ENOENT || errno == ELOOP || errno == ENOTDIR { return nil }
      throw failure("read", from, errno)
    }
    defer { close(source) }
    var status = stat()
    guard fstat(source, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    let copy = open(target.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard copy >= 0 else { throw failure("write", target, errno) }
    defer { close(copy) }
    var hash = LogHash()
    var total = 0
    var bytes = [UInt8](repeating: 0, count: chunk)
    while true {
      let count = read(source, &bytes, bytes.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw failure("read", from, errno)
      }
      if count == 0 { break }
      hash.add(bytes[..<count])
      total += count
      try write(bytes[..<count], to: copy, target)
    }
    guard fsync(copy) == 0 else { throw failure("write", target, errno) }
    return (total, hash.text)
  }

  static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, _ url: URL) throws {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { buffer in
        #if canImport(Glibc)
          Glibc.write(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
          Musl.write(descriptor, buffer.baseAddress, buffer.count)
        #else
          Darwin.write(descriptor, buffer.baseAddress, buffer.count)
        #endif
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure("write", url, count < 0 ? errno : EIO) }
      rest = rest.dropFirst(count)
    }
  }

  static func makeFolder(_ url: URL) throws {
    do { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) } catch {
      let isFull = (error as? CocoaError)?.code == .fileWriteOutOfSpace
      throw StoreError(
        isFull ? .diskFull : .cannotCreate,
        "cannot create the folder \(OneLine.text(url.path)): \(error.localizedDescription)")
    }
  }

  static func move(_ from: URL, to target: URL) throws {
    guard rename(from.path, target.path) == 0 else { throw failure("move a file to", target, errno) }
    for folder in [from.deletingLastPathComponent(), target.deletingLastPathComponent()] { flush(folder) }
  }

  static func remove(_ url: URL) { unlink(url.path) }

  static func flush(_ folder: URL) {
    let descriptor = open(folder.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  static func failure(_ what: String, _ url: URL, _ code: Int32) -> StoreError {
    let isFull = [ENOSPC, EDQUOT, EFBIG].contains(code)
    let advice = isFull ? "; free some room, and do the same again" : ""
    return StoreError(
      isFull ? .diskFull : .inputOutput,
      "cannot \(what) \(OneLine.text(url.path)): \(String(cString: strerror(code)))\(advice)")
  }
}
