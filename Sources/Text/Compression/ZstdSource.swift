import CZstd

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
