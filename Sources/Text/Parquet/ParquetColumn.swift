import CSnappy
import CZlib
import CZstd

/// A column of a row group, read a page at a time: levels that say where values stand, and the values.
final class ParquetColumn {
  let leaf: ParquetLeaf
  private let chunk: ParquetFooter.Chunk
  private let bytes: [UInt8]
  private var position = 0
  /// Values and nulls in pages that are still to come.
  private var waiting: Int
  private var dictionary: [JSONValue]?
  // The page that is being read; a column that neither repeats nor may be null has no levels.
  private var definitions: [UInt8] = []
  private var repetitions: [UInt8] = []
  private var values: [JSONValue] = []
  private var count = 0
  private var entry = 0
  private var value = 0

  /// What any page may have; larger ones must at least come from so many bytes.
  private static let usualPage = 1 << 26
  /// The most that deflate makes of a byte, with some room.
  private static let expansion = 1100

  /// - Parameter bytes: the pages.
  init(_ leaf: ParquetLeaf, _ chunk: ParquetFooter.Chunk, bytes: [UInt8]) {
    self.leaf = leaf
    self.chunk = chunk
    self.bytes = bytes
    waiting = chunk.values
  }

  /// Whether there is another entry: a value, a null, or a list without elements.
  func hasNext() throws -> Bool {
    while entry == count {
      guard waiting > 0 else { return false }
      try nextPage()
    }
    return true
  }

  /// The definition level of the next entry.
  func definition() throws -> Int {
    guard try hasNext() else { throw ParquetError.damaged("it has fewer values than rows") }
    return definitions.isEmpty ? leaf.node.definition : Int(definitions[entry])
  }

  /// The repetition level of the next entry; nil where there is none.
  func repetition() throws -> Int? {
    guard try hasNext() else { return nil }
    return repetitions.isEmpty ? 0 : Int(repetitions[entry])
  }

  /// Takes the next entry: its value, or nil where it has none.
  @discardableResult
  func take() throws -> JSONValue? {
    let isValue = try definition() == leaf.node.definition
    entry += 1
    guard isValue else { return nil }
    defer { value += 1 }
    return values[value]
  }

  // MARK: Pages

  private func nextPage() throws {
    var reader = ThriftReader(bytes, from: position)
    let header = try reader.structure()
    let start = reader.position
    guard let compressed = header.integer(3), (0...(bytes.count - start)).contains(compressed),
      let size = header.integer(2), (0...Int(Int32.max)).contains(size),
      size <= max(Self.usualPage, compressed * Self.expansion)
    else { throw ParquetError.damaged("a page claims more bytes than there are") }
    let page = bytes[start..<(start + compressed)]
    position = start + compressed
    if let sum = header.integer(4), Int32(truncatingIfNeeded: sum) != ParquetCodec.checksum(page) {
      throw ParquetError.damaged("a page's check sum is wrong")
    }
    switch header.integer(1) {
    case 0: try first(header.structure(5), page, size)
    case 1: break
    case 2: try dictionary(header.structure(7), page, size)
    case 3: try second(header.structure(8), page, size)
    default: throw ParquetError.damaged("a page is of no known kind")
    }
  }

  private func number(_ header: ThriftStructure?) throws -> (count: Int, header: ThriftStructure) {
    guard let header, let count = header.integer(1), count >= 0 else {
      throw ParquetError.damaged("a page has no number of values")
    }
    return (count, header)
  }

  private func dictionary(_ header: ThriftStructure?, _ page: ArraySlice<UInt8>, _ size: Int) throws {
    let (count, header) = try number(header)
    let data = try chunk.codec.decompressed(page, size: size)
    guard [0, 2].contains(header.integer(2) ?? 0), count <= max(1, data.count) * 8 else {
      throw ParquetError.damaged("a dictionary claims more values than it has")
    }
    dictionary = try PageValues(type: leaf.type, dictionary: nil).values(data[...], encoding: 0, count: count)
  }

  /// A page whose levels are compressed with its values.
  private func first(_ header: ThriftStructure?, _ page: ArraySlice<UInt8>, _ size: Int) throws {
    let header = try begin(header)
    var bits = PageBits(try chunk.codec.decompressed(page, size: size)[...])
    func levels(_ most: Int, _ encoding: Int) throws -> [UInt8] {
      guard most > 0 else { return [] }
      if encoding == 4 { return try checked(bits.packedLevels(width: Self.width(most), count: count), most) }
      return try Self.levels(try bits.take(try bits.length()), most, count)
    }
    repetitions = try levels(leaf.node.repetitionLevel, header.integer(4) ?? 3)
    definitions = try levels(leaf.node.definition, header.integer(3) ?? 3)
    try finish(bits.rest, header.integer(2))
  }

  /// A page whose levels stand before its values and are never compressed.
  private func second(_ header: ThriftStructure?, _ page: ArraySlice<UInt8>, _ size: Int) throws {
    let header = try begin(header)
    var bits = PageBits(page)
    let repeated = try bits.take(header.integer(6) ?? 0)
    let defined = try bits.take(header.integer(5) ?? 0)
    repetitions = try Self.levels(repeated, leaf.node.repetitionLevel, count)
    definitions = try Self.levels(defined, leaf.node.definition, count)
    guard size >= repeated.count + defined.count else {
      throw ParquetError.damaged("a page is smaller than its levels")
    }
    let isCompressed = header.bool(7) ?? true
    let data =
      isCompressed && !bits.rest.isEmpty
      ? try chunk.codec.decompressed(bits.rest, size: size - repeated.count - defined.count)[...] : bits.rest
    try finish(data, header.integer(4))
  }

  private func begin(_ header: ThriftStructure?) throws -> ThriftStructure {
    let (count, header) = try number(header)
    guard count <= waiting else { throw ParquetError.damaged("its pages have more values than it says") }
    waiting -= count
    self.count = count
    entry = 0
    value = 0
    return header
  }

  private func finish(_ data: ArraySlice<UInt8>, _ encoding: Int?) throws {
    let full = UInt8(leaf.node.definition)
    let present = definitions.isEmpty ? count : definitions.count { $0 == full }
    values = try PageValues(type: leaf.type, dictionary: dictionary).values(
      data, encoding: encoding ?? -1, count: present)
  }

  private static func width(_ most: Int) -> Int { Int.bitWidth - most.leadingZeroBitCount }

  private static func levels(_ bytes: ArraySlice<UInt8>, _ most: Int, _ count: Int) throws -> [UInt8] {
    guard most > 0 else { return [] }
    var bits = PageBits(bytes)
    var levels: [UInt8] = []
    levels.reserveCapacity(count)
    try bits.hybrid(width: width(most), count: count) { level in
      guard level >= 0, Int(level) <= most else { throw ParquetError.damaged("a page has a level that is too high") }
      levels.append(UInt8(level))
    }
    return levels
  }

  private func checked(_ levels: [UInt8], _ most: Int) throws -> [UInt8] {
    guard levels.allSatisfy({ Int($0) <= most }) else {
      throw ParquetError.damaged("a page has a level that is too high")
    }
    return levels
  }
}

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
