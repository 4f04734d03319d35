import Foundation
import Synchronization
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that appears under its name only when it is whole: written beside, flushed to the disk, renamed, and the folder
/// flushed too, so that the new name survives a power cut.
package struct OutputFile: ~Copyable {
  package let path: String
  private let partialPath: String
  private let descriptor: Int32
  private var finished = false
  private var pending: [UInt8] = []

  /// What a killed process has left of the same file is removed.
  package init(path: String) throws(FileError) {
    self.path = path
    let (folder, name) = Self.split(path)
    Leftovers.sweep(folder, of: [name])
    let partial = Leftovers.partialName(of: name)
    partialPath = folder + "/" + partial
    descriptor = open(partialPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      let code = errno
      Leftovers.finished(partial)
      throw .create(path, code: code)
    }
  }

  deinit {
    if !finished {
      close(descriptor)
      unlink(partialPath)
    }
    Leftovers.finished(Self.split(partialPath).name)
  }

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
  }

  package mutating func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    if bytes.count < 1 << 16 {
      pending.append(contentsOf: bytes)
      if pending.count >= 1 << 20 { try flush() }
    } else {
      try flush()
      try put(bytes)
    }
  }

  package mutating func append(_ bytes: [UInt8]) throws(FileError) {
    pending.append(contentsOf: bytes)
    if pending.count >= 1 << 20 { try flush() }
  }

  /// Makes the file visible under its name.
  ///
  /// - Parameter previous: where the file that is replaced is kept, in the same folder.
  package consuming func commit(keeping previous: String? = nil) throws(FileError) {
    try flush()
    guard fsync(descriptor) == 0 else { throw .write(path, code: errno) }
    if let previous {
      guard rename(path, previous) == 0 || errno == ENOENT else { throw .create(path, code: errno) }
    }
    guard rename(partialPath, path) == 0 else { throw .create(path, code: errno) }
    close(descriptor)
    finished = true
    try Self.flushFolder(Self.split(path).folder)
  }

  package static func save(_ bytes: [UInt8], to path: String) throws(FileError) {
    var file = try OutputFile(path: path)
    try file.append(bytes)
    try file.commit()
  }

  /// Makes renames in a folder survive a power cut. Some file systems cannot flush a folder and say so: what is in it is in
  /// place all the same.
  package static func flushFolder(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      // A folder may be written without being readable.
      if errno == EACCES { return }
      throw .write(path, code: errno)
    }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS else {
      throw .write(path, code: errno)
    }
  }

  package static func makeFolder(_ path: String) throws(FileError) {
    var done = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      done += "/" + part
      guard mkdir(done, 0o777) != 0 else { continue }
      let code = errno
      var status = stat()
      guard stat(done, &status) == 0 else { throw .create(path, code: code) }
      guard status.st_mode & S_IFMT == S_IFDIR else { throw .create(path, code: ENOTDIR) }
    }
  }

  private mutating func flush() throws(FileError) {
    guard !pending.isEmpty else { return }
    let bytes = pending
    pending.removeAll(keepingCapacity: true)
    do {
      try bytes.withUnsafeBytes { try put($0) }
    } catch let error as FileError {
      throw error
    } catch {
      throw .write(path, code: EIO)
    }
  }

  private static func systemWrite(_ descriptor: Int32, _ base: UnsafeRawPointer?, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, base, count)
    #elseif canImport(Musl)
      Musl.write(descriptor, base, count)
    #else
      Darwin.write(descriptor, base, count)
    #endif
  }

  private func put(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let count = Self.systemWrite(
        descriptor, bytes.baseAddress.map { $0 + done }, min(bytes.count - done, 1 << 30))
      if count >= 0 {
        done += count
      } else if errno != EINTR {
        throw .write(path, code: errno)
      }
    }
  }
}

/// What processes that were killed have left of files that they were writing: `NAME.partial-PID-N`.
///
/// Only what bears this program's form of name, is a plain file or a folder of such files, and whose process has ended
/// is removed.
package enum Leftovers {
  /// What this process is writing at the moment: its own number says nothing of it.
  private static let open = Mutex<Set<String>>([])

  /// A name beside `name` that no other process takes.
  package static func partialName(of name: String) -> String {
    let partial = "\(name).partial-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    _ = open.withLock { $0.insert(partial) }
    return partial
  }

  package static func finished(_ partial: String) { _ = open.withLock { $0.remove(partial) } }

  /// The name that a leftover was to get; nil for any other name, and for what is still being written.
  package static func target(of name: String) -> String? {
    guard let mark = name.range(of: ".partial-", options: .backwards) else { return nil }
    let parts = name[mark.upperBound...].split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let process = Int32(parts[0]), process > 0, UInt32(parts[1]) != nil else { return nil }
    if process == getpid() {
      if open.withLock({ $0.contains(name) }) { return nil }
    } else if kill(process, 0) == 0 || errno != ESRCH {
      return nil
    }
    let target = String(name[..<mark.lowerBound])
    // A file that is linked to its name was itself written beside that.
    return self.target(of: target) ?? target
  }

  /// Removes leftovers from a folder.
  ///
  /// - Parameter names: files that are about to be written there; nil means every leftover, in folders that are this
  ///   program's own.
  package static func sweep(_ folder: String, of names: Set<String>? = nil) {
    guard let entries = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return }
    for entry in entries {
      guard let target = target(of: entry), names?.contains(target) ?? true else { continue }
      remove(folder + "/" + entry)
    }
  }

  /// A file, or a folder with nothing in it but files; never what lies behind a link.
  private static func remove(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    switch status.st_mode & S_IFMT {
    case S_IFREG: unlink(path)
    case S_IFDIR:
      for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
        var inner = stat()
        let file = path + "/" + name
        if lstat(file, &inner) == 0, inner.st_mode & S_IFMT == S_IFREG { unlink(file) }
      }
      rmdir(path)
    default: break
    }
  }
}
