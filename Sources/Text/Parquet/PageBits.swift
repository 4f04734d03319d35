/// Numbers of a few bits, packed one behind the other.
struct PageBits {
  let bytes: ArraySlice<UInt8>
  private(set) var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  var rest: ArraySlice<UInt8> { bytes[position...] }

  mutating func byte() throws -> UInt8 {
    guard position < bytes.endIndex else { throw Self.tooShort }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.endIndex - position else { throw Self.tooShort }
    defer { position += count }
    return bytes[position..<(position + count)]
  }

  mutating func unsigned() throws -> UInt64 {
    var result: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      let byte = try byte()
      result |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return result }
    }
    throw ParquetError.damaged("a page has a number that does not end")
  }

  mutating func zigzag() throws -> Int64 {
    let value = try unsigned()
    return Int64(truncatingIfNeeded: value >> 1) ^ -Int64(truncatingIfNeeded: value & 1)
  }

  /// Four bytes, the lowest first.
  mutating func length() throws -> Int {
    let four = try take(4)
    return four.reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  static let tooShort = ParquetError.damaged("a page ends too early")

  /// Runs and bit-packed groups, in turn: `count` numbers of `width` bits (0 to 32), each given to `body`.
  mutating func hybrid(width: Int, count: Int, _ body: (Int32) throws -> Void) throws {
    var left = count
    while left > 0 {
      // Of no bits there is nothing to be read.
      if width == 0, position == bytes.endIndex {
        for _ in 0..<left { try body(0) }
        return
      }
      let header = try unsigned()
      if header & 1 == 0 {
        var value: UInt32 = 0
        for (place, byte) in try take((width + 7) / 8).enumerated() { value |= UInt32(byte) << UInt32(8 * place) }
        let run = Int(clamping: header >> 1)
        guard run > 0 else { throw ParquetError.damaged("a page has an empty run") }
        for _ in 0..<min(run, left) { try body(Int32(bitPattern: value)) }
        left -= min(run, left)
      } else {
        let groups = Int(clamping: header >> 1)
        guard groups > 0 else { throw ParquetError.damaged("a page has an empty run") }
        let values = min(left, groups > left / 8 + 1 ? left : groups * 8)
        // The last group may be cut where nothing of it is used.
        let needed = (values * width + 7) / 8
        let whole = groups > bytes.count ? bytes.count : groups * width
        let packed = try take(max(needed, min(whole, bytes.endIndex - position)))
        try Self.unpack(packed, width: width, count: values) { try body(Int32(truncatingIfNeeded: $0)) }
        left -= values
      }
    }
  }

  /// Numbers of `width` bits (0 to 64), the lowest bit first; `bytes` hold at least so many.
  static func unpack(
    _ bytes: ArraySlice<UInt8>, width: Int, count: Int, _ body: (UInt64) throws -> Void
  ) throws {
    guard bytes.count >= (width * count + 7) / 8 else { throw tooShort }
    let mask: UInt64 = width == 64 ? .max : (1 << UInt64(width)) - 1
    try bytes.withUnsafeBytes { raw in
      for index in 0..<count {
        let place = index * width / 8
        let shift = UInt64(index * width % 8)
        var value: UInt64 = 0
        if place + 8 <= raw.count {
          value = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)) >> shift
          if Int(shift) + width > 64 { value |= UInt64(raw[place + 8]) << (64 - shift) }
        } else {
          for (step, byte) in raw[min(place, raw.count)...].enumerated() { value |= UInt64(byte) << UInt64(8 * step) }
          value >>= shift
        }
        try body(value & mask)
      }
    }
  }

  /// The levels of early files: the highest bit first, with nothing before them.
  mutating func packedLevels(width: Int, count: Int) throws -> [UInt8] {
    let packed = try take((count * width + 7) / 8)
    return (0..<count).map { index in
      (0..<width).reduce(UInt8(0)) { value, bit in
        let place = index * width + bit
        return value << 1 | (packed[packed.startIndex + place / 8] >> UInt8(7 - place % 8)) & 1
      }
    }
  }
}
