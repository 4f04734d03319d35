import Foundation
import Recipe
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An open regular file, read by position. Devices, pipes, sockets and folders are refused: of them there might be no end,
/// or no beginning.
///
/// Read and not mapped: a mapping whose file is cut short by another program kills the process, a read returns less.
/// Every weight is copied into aligned memory once anyway.
package final class InputFile: Sendable {
  package let path: String
  package let size: Int
  private let descriptor: Int32

  /// What a text of a model or an adapter may have at most: far beyond the largest tokenizer.
  package static let mostTextBytes = 1 << 30
  /// The same of a configuration.
  package static let mostConfigurationBytes = 1 << 26

  package init(path: String) throws(FileError) {
    self.path = path
    // Without waiting: to open a pipe would take until someone writes into it.
    let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard opened >= 0 else { throw .open(path, code: errno) }
    var status = stat()
    guard fstat(opened, &status) == 0 else {
      let code = errno
      close(opened)
      throw .open(path, code: code)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(opened)
      throw .notRegular(path, mode: status.st_mode)
    }
    descriptor = opened
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Fills `buffer` with the bytes from `offset` on.
  package func fill(_ buffer: UnsafeMutableRawBufferPointer, from offset: Int) throws(FileError) {
    guard try read(into: buffer, from: offset) == buffer.count else { throw .shortened(path) }
  }

  /// As many bytes from `offset` on as there are, up to the buffer's own number.
  private func read(into buffer: UnsafeMutableRawBufferPointer, from offset: Int) throws(FileError) -> Int {
    var done = 0
    while done < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress.map { $0 + done }, min(buffer.count - done, 1 << 30), off_t(offset + done))
      if count > 0 {
        done += count
      } else if count == 0 {
        break
      } else if errno != EINTR {
        throw .read(path, code: errno)
      }
    }
    return done
  }

  package func bytes(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count)
    do {
      try result.withUnsafeMutableBytes { try fill($0, from: offset) }
    } catch let error as FileError {
      throw error
    } catch {
      throw .read(path, code: EIO)
    }
    return result
  }

  /// The first bytes, as many as `FileKind` looks at.
  package func prefix() throws(FileError) -> [UInt8] { try bytes(at: 0, count: min(size, FileKind.prefixLength)) }

  /// The whole of it, with room for what it has and no more.
  private func contents() throws(FileError) -> [UInt8] {
    var problem: FileError?
    let result = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      do throws(FileError) {
        count = try read(into: UnsafeMutableRawBufferPointer(buffer), from: 0)
      } catch {
        count = 0
        problem = error
      }
    }
    if let problem { throw problem }
    return result
  }

  /// The whole of a regular file of a model, an adapter or a template.
  ///
  /// - Parameter most: bytes; what has more is not what it is taken for.
  package static func whole(_ path: String, most: Int = mostTextBytes) throws(FileError) -> [UInt8] {
    let file = try InputFile(path: path)
    guard file.size <= most else { throw .tooLong(path, size: file.size, most: most) }
    try checkMemory(file)
    // Of what the system makes up as it is read no size is known.
    if file.size == 0 { return try ByteStream(path: path, descriptor: file.descriptor).contents(most: most) }
    return try file.contents()
  }

  /// The whole of a data file, pipes included; of a stream not more than there is memory for.
  package static func contents(of path: String) throws(FileError) -> [UInt8] {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFIFO {
      let opened = open(path, O_RDONLY | O_CLOEXEC)
      guard opened >= 0 else { throw .open(path, code: errno) }
      defer { close(opened) }
      return try ByteStream(path: path, descriptor: opened).contents()
    }
    let file = try InputFile(path: path)
    try checkMemory(file)
    if file.size == 0 { return try ByteStream(path: path, descriptor: file.descriptor).contents() }
    return try file.contents()
  }

  private static func checkMemory(_ file: InputFile) throws(FileError) {
    do {
      try MemoryShortage.check(file.size, for: "\(file.path): its bytes") { _ in "split the file" }
    } catch {
      throw .memory(error)
    }
  }

  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// A link whose target is not there, as an interrupted download leaves it in a cache.
  package static func isDangling(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK && !exists(path)
  }
}

/// A pipe, or standard input: read to its end, which might not come.
public struct ByteStream: Sendable {
  /// Of the stream, in messages; with what is open for reading.
  let path: String
  let descriptor: Int32

  public init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  /// Everything that comes. The bytes lie twice in memory for a moment, and what is made of them takes as much again, so that a
  /// third of what is free is the most that is taken.
  ///
  /// - Parameter most: bytes at most.
  /// - Throws: `FileError` for a device without an end, for more than that, and for what cannot be read.
  public func contents(most: Int = .max) throws(FileError) -> [UInt8] {
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { throw .open(path, code: EISDIR) }
    let most = min(most, MemoryLimit.current.available / 3)
    var pieces: [[UInt8]] = []
    var total = 0
    var size = 1 << 16
    while true {
      var problem: Int32 = 0
      let piece = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
        filled = 0
        while filled < size {
          let count = Self.systemRead(descriptor, buffer.baseAddress.map { $0 + filled }, size - filled)
          if count > 0 {
            filled += count
          } else if count == 0 {
            break
          } else if errno != EINTR {
            problem = errno
            break
          }
        }
      }
      if problem != 0 { throw .read(path, code: problem) }
      total += piece.count
      guard total <= most else { throw .endless(path, most: most) }
      pieces.append(piece)
      if piece.count < size { break }
      size = min(2 * size, 1 << 24)
    }
    if pieces.count == 1 { return pieces[0] }
    var result: [UInt8] = []
    result.reserveCapacity(total)
    for index in pieces.indices {
      result += pieces[index]
      pieces[index] = []
    }
    return result
  }

  private static func systemRead(_ descriptor: Int32, _ base: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.read(descriptor, base, count)
    #elseif canImport(Musl)
      Musl.read(descriptor, base, count)
    #else
      Darwin.read(descriptor, base, count)
    #endif
  }
}
