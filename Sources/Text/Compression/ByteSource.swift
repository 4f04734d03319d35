import Foundation

/// Bytes that are read one after the other.
protocol ByteSource: AnyObject {
  /// Fills a part of `buffer`, which is not empty, and returns how many bytes that were: 0 at the end and only there.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

/// A file or pipe.
final class FileByteSource: ByteSource {
  private let path: String
  private let descriptor: Int32
  /// A file, which can be read again and from any place; not a pipe.
  let isRegular: Bool

  /// - Throws: `FileError` for what cannot be opened; `DataError` for a device.
  init(path: String) throws {
    self.path = path
    let opened = open(path, O_RDONLY | O_CLOEXEC)
    guard opened >= 0 else { throw FileError.open(path, code: errno) }
    var status = stat()
    guard fstat(opened, &status) == 0 else {
      let code = errno
      close(opened)
      throw FileError.open(path, code: code)
    }
    let kind = status.st_mode & S_IFMT
    guard kind != S_IFDIR else {
      close(opened)
      throw FileError.open(path, code: EISDIR)
    }
    // A pipe is what a person may well give; a device never ends.
    guard kind == S_IFREG || kind == S_IFIFO else {
      close(opened)
      throw DataError.data(path, "is a device, not a file of data")
    }
    isRegular = kind == S_IFREG
    descriptor = opened
  }

  deinit { close(descriptor) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      #if canImport(Glibc)
        let count = Glibc.read(descriptor, buffer.baseAddress, min(buffer.count, 1 << 30))
      #else
        let count = Darwin.read(descriptor, buffer.baseAddress, min(buffer.count, 1 << 30))
      #endif
      if count >= 0 { return count }
      guard errno == EINTR else { throw FileError.read(path, code: errno) }
    }
  }
}

/// Bytes in memory, or bytes that were read to see what they are before those that are still to be read.
final class MemoryByteSource: ByteSource {
  private let bytes: [UInt8]
  private let rest: (any ByteSource)?
  private var position = 0

  init(_ bytes: [UInt8], then rest: (any ByteSource)? = nil) {
    self.bytes = bytes
    self.rest = rest
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = min(buffer.count, bytes.count - position)
    if count == 0 { return try rest?.read(into: buffer) ?? 0 }
    bytes.withUnsafeBytes {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position..<(position + count)]))
    }
    position += count
    return count
  }
}

extension ByteSource {
  /// The first bytes, fewer than `count` only where there are no more.
  func head(_ count: Int) throws -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let count = try result.withUnsafeMutableBytes { buffer -> Int in
        try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
      }
      if count == 0 { break }
      done += count
    }
    result.removeSubrange(done...)
    return result
  }
}
