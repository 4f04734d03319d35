import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that appears under its name only when it is whole: written beside, flushed to the disk, renamed.
struct OutputFile: ~Copyable {
  let path: String
  private let partialPath: String
  private let descriptor: Int32
  private var finished = false
  private var pending: [UInt8] = []

  init(path: String) throws(FileError) {
    self.path = path
    partialPath = "\(path).partial-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    descriptor = open(partialPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .create(path, code: errno) }
  }

  deinit {
    if !finished {
      close(descriptor)
      unlink(partialPath)
    }
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    if bytes.count < 1 << 16 {
      pending.append(contentsOf: bytes)
      if pending.count >= 1 << 20 { try flush() }
    } else {
      try flush()
      try put(bytes)
    }
  }

  mutating func append(_ bytes: [UInt8]) throws(FileError) {
    pending.append(contentsOf: bytes)
    if pending.count >= 1 << 20 { try flush() }
  }

  /// Makes the file visible under its name.
  consuming func commit() throws(FileError) {
    try flush()
    guard fsync(descriptor) == 0 else { throw .write(path, code: errno) }
    guard rename(partialPath, path) == 0 else { throw .create(path, code: errno) }
    close(descriptor)
    finished = true
  }

  static func save(_ bytes: [UInt8], to path: String) throws(FileError) {
    var file = try OutputFile(path: path)
    try file.append(bytes)
    try file.commit()
  }

  static func makeFolder(_ path: String) throws(FileError) {
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
