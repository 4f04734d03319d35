/// Parquet's delta encodings.
enum DeltaEncoding {
  /// Whole numbers as differences, in blocks of a few bits each.
  ///
  /// - Parameter most: how many there may be.
  static func integers(_ bits: inout PageBits, most: Int) throws -> [Int64] {
    let blockSize = try bits.unsigned()
    let miniblocks = try bits.unsigned()
    let total = try bits.unsigned()
    let first = try bits.zigzag()
    guard (1...(1 << 20)).contains(blockSize), (1...blockSize).contains(miniblocks), blockSize % miniblocks == 0,
      blockSize / miniblocks % 8 == 0, total <= UInt64(most)
    else { throw ParquetError.damaged("a page has an impossible block of differences") }
    let count = Int(total)
    guard count > 0 else { return [] }
    var values: [Int64] = [first]
    values.reserveCapacity(count)
    var last = first
    let size = Int(blockSize / miniblocks)
    while values.count < count {
      let least = try bits.zigzag()
      let widths = try bits.take(Int(miniblocks))
      for width in widths where values.count < count {
        guard width <= 64 else { throw ParquetError.damaged("a page has differences of \(width) bits") }
        let packed = try bits.take(size / 8 * Int(width))
        try PageBits.unpack(packed, width: Int(width), count: min(size, count - values.count)) { difference in
          last = last &+ least &+ Int64(bitPattern: difference)
          values.append(last)
        }
      }
    }
    return values
  }

  /// Byte arrays behind the list of their lengths.
  static func byteArrays(_ bits: inout PageBits, most: Int) throws -> [ArraySlice<UInt8>] {
    try integers(&bits, most: most).map { length in
      guard length >= 0, length <= Int64(bits.rest.count) else { throw PageBits.tooShort }
      return try bits.take(Int(length))
    }
  }

  private static let largestPage = 1 << 27

  /// Byte arrays as what each has in common with the one before, and the rest of it.
  static func fronted(
    _ bits: inout PageBits, most: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    let prefixes = try integers(&bits, most: most)
    let suffixes = try byteArrays(&bits, most: most)
    guard prefixes.count == suffixes.count else { throw ParquetError.damaged("a page has beginnings without ends") }
    var last: [UInt8] = []
    var bytes = 0
    for (prefix, suffix) in zip(prefixes, suffixes) {
      guard prefix >= 0, prefix <= Int64(last.count) else {
        throw ParquetError.damaged("a value begins as none before it")
      }
      last.removeSubrange(Int(prefix)...)
      last.append(contentsOf: suffix)
      bytes += last.count
      guard bytes <= largestPage else { throw ParquetError("has a page of more than \(largestPage >> 20) MB") }
      try last.withUnsafeBufferPointer(body)
    }
  }
}
