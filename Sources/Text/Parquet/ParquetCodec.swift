import CSnappy
import CZlib
import CZstd

/// How pages are compressed.
enum ParquetCodec {
  case none, snappy, gzip, zstd

  /// - Throws: `ParquetError` naming a codec that is not read.
  init(number: Int, column: String) throws {
    switch number {
    case 0: self = .none
    case 1: self = .snappy
    case 2: self = .gzip
    case 6: self = .zstd
    default:
      let name = [3: "LZO", 4: "Brotli", 5: "LZ4", 7: "LZ4_RAW"][number] ?? "codec \(number)"
      throw ParquetError(
        "has column \(column) compressed with \(name), which is not read; write it with compression='zstd' (or snappy, gzip)"
      )
    }
  }

  /// A page as it was before it was compressed.
  ///
  /// - Parameter size: what the page's header claims, bounded by the caller.
  func decompressed(_ bytes: ArraySlice<UInt8>, size: Int) throws -> [UInt8] {
    let wrong = ParquetError.damaged("a page cannot be decompressed")
    if size == 0 { return [] }
    return try bytes.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { throw wrong }
      return try [UInt8](unsafeUninitializedCapacity: size) { target, count in
        guard let to = target.baseAddress else { throw wrong }
        switch self {
        case .none:
          guard source.count >= size else { throw wrong }
          to.update(from: start, count: size)
          count = size
        case .snappy:
          let from = UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self)
          var length = 0
          guard snappy_uncompressed_length(from, source.count, &length) == SNAPPY_OK, length == size else {
            throw wrong
          }
          let into = UnsafeMutableRawPointer(to).assumingMemoryBound(to: CChar.self)
          guard snappy_uncompress(from, source.count, into, &length) == SNAPPY_OK else { throw wrong }
          count = length
        case .zstd:
          let length = ZSTD_decompress(to, size, start, source.count)
          guard ZSTD_isError(length) == 0 else { throw wrong }
          count = length
        case .gzip:
          var stream = z_stream()
          stream.next_in = UnsafeMutablePointer(mutating: start)
          stream.avail_in = UInt32(clamping: source.count)
          stream.next_out = to
          stream.avail_out = UInt32(clamping: size)
          let result = withUnsafeMutablePointer(to: &stream) { stream -> Int32 in
            guard czlib_inflate_begin(stream) == Z_OK else { return Z_MEM_ERROR }
            defer { inflateEnd(stream) }
            return inflate(stream, Z_FINISH)
          }
          guard result == Z_STREAM_END else { throw wrong }
          count = size - Int(stream.avail_out)
        }
        guard count == size else { throw wrong }
      }
    }
  }

  /// The check sum that a page's header may carry.
  static func checksum(_ bytes: ArraySlice<UInt8>) -> Int32 {
    bytes.withUnsafeBufferPointer {
      Int32(truncatingIfNeeded: crc32(crc32(0, nil, 0), $0.baseAddress, UInt32(clamping: $0.count)))
    }
  }
}
