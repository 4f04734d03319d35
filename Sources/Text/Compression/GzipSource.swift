import CZlib

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
