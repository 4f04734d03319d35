import CZlib
import CZstd
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

/// What a gzip file holds, of all its members one after the other.
final class GzipSource: ByteSource {
  private let source: any ByteSource
  private let path: String
  /// At one place for as long as zlib knows it.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
  private var isWithinMember = true
  private var isOver = false

  /// - Parameter source: from the first byte of the gzip file on.
  init(_ source: any ByteSource, path: String) throws {
    self.source = source
    self.path = path
    stream.initialize(to: z_stream())
    guard czlib_inflate_begin(stream) == Z_OK else { throw DataError.data(path, "no memory to decompress it") }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let target = buffer.bindMemory(to: UInt8.self)
    let space = min(target.count, 1 << 30)
    stream.pointee.next_out = target.baseAddress
    stream.pointee.avail_out = UInt32(space)
    while !isOver, Int(stream.pointee.avail_out) == space {
      if stream.pointee.avail_in == 0 {
        let count = try source.read(into: input)
        stream.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_in = UInt32(count)
        if count == 0 {
          guard !isWithinMember else { throw truncated }
          isOver = true
          break
        }
      }
      if !isWithinMember {
        // Behind a member stands another, or zeros that fill up a tape's block.
        while stream.pointee.avail_in > 0, stream.pointee.next_in.pointee == 0 {
          stream.pointee.next_in += 1
          stream.pointee.avail_in -= 1
        }
        if stream.pointee.avail_in == 0 { continue }
        inflateReset(stream)
        isWithinMember = true
      }
      switch inflate(stream, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: isWithinMember = false
      default: throw DataError.data(path, "its gzip data is damaged; download or write the file again")
      }
    }
    return space - Int(stream.pointee.avail_out)
  }

  private var truncated: DataError {
    DataError.data(path, "its gzip data ends in the middle; download or write the file again")
  }
}

/// What a Zstandard file holds, of all its frames one after the other.
final class ZstdSource: ByteSource {
  private let source: any ByteSource
  private let path: String
  private let stream: OpaquePointer
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
  private var available = ZSTD_inBuffer(src: nil, size: 0, pos: 0)
  private var isWithinFrame = true

  init(_ source: any ByteSource, path: String) throws {
    guard let stream = ZSTD_createDStream() else { throw DataError.data(path, "no memory to decompress it") }
    self.source = source
    self.path = path
    self.stream = stream
  }

  deinit {
    ZSTD_freeDStream(stream)
    input.deallocate()
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
    while output.pos == 0 {
      if available.pos == available.size {
        let count = try source.read(into: input)
        available = ZSTD_inBuffer(src: input.baseAddress, size: count, pos: 0)
        if count == 0 {
          guard !isWithinFrame else {
            throw DataError.data(path, "its Zstandard data ends in the middle; download or write the file again")
          }
          return 0
        }
      }
      let left = ZSTD_decompressStream(stream, &output, &available)
      guard ZSTD_isError(left) == 0 else {
        let reason = String(cString: ZSTD_getErrorName(left))
        throw DataError.data(path, "its Zstandard data is damaged (\(reason)); download or write the file again")
      }
      isWithinFrame = left != 0
    }
    return output.pos
  }
}
