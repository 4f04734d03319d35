/// Decodes the values of a page.
struct PageValues {
  let type: ParquetType
  let dictionary: [JSONValue]?

  private static let plain = 0
  private static let dictionaries = [2, 8]

  /// - Parameter count: how many values there are, nulls not counted.
  func values(_ bytes: ArraySlice<UInt8>, encoding: Int, count: Int) throws -> [JSONValue] {
    var bits = PageBits(bytes)
    var values: [JSONValue] = []
    values.reserveCapacity(min(count, bytes.count * 8))
    if count == 0 { return values }
    switch encoding {
    case Self.plain: try plain(&bits, count, &values)
    case 3:
      guard type.physical == .boolean else { throw wrong(encoding) }
      var run = PageBits(try bits.take(try bits.length()))
      try run.hybrid(width: 1, count: count) { values.append(.bool($0 != 0)) }
    case 5:
      let isLong = type.physical == .int64
      guard isLong || type.physical == .int32 else { throw wrong(encoding) }
      for number in try DeltaEncoding.integers(&bits, most: count) {
        values.append(type.value(isLong ? number : Int64(Int32(truncatingIfNeeded: number))))
      }
    case 6:
      guard type.physical == .byteArray else { throw wrong(encoding) }
      for slice in try DeltaEncoding.byteArrays(&bits, most: count) { values.append(try value(slice)) }
    case 7:
      guard type.physical == .byteArray || type.physical == .fixed else { throw wrong(encoding) }
      try DeltaEncoding.fronted(&bits, most: count) { bytes in
        guard type.physical == .byteArray || bytes.count == type.size else {
          throw ParquetError.damaged("a value has not its type's length")
        }
        values.append(try type.value(bytes))
      }
    case 9: try split(&bits, count, &values)
    default:
      guard Self.dictionaries.contains(encoding) else { throw wrong(encoding) }
      try looked(&bits, count, &values)
    }
    guard values.count == count else { throw PageBits.tooShort }
    return values
  }

  private func wrong(_ encoding: Int) -> ParquetError {
    let name = [4: "BIT_PACKED"][encoding] ?? "encoding \(encoding)"
    return ParquetError("has \(name) for values, which is not read; write the file again with pyarrow's defaults")
  }

  private func value(_ slice: ArraySlice<UInt8>) throws -> JSONValue {
    try slice.withUnsafeBufferPointer { try type.value($0) }
  }

  private func looked(_ bits: inout PageBits, _ count: Int, _ values: inout [JSONValue]) throws {
    guard let dictionary else { throw ParquetError.damaged("a page refers to a dictionary that is not there") }
    let width = Int(try bits.byte())
    guard width <= 32 else { throw ParquetError.damaged("a page has indices of \(width) bits") }
    try bits.hybrid(width: width, count: count) { index in
      guard index >= 0, Int(index) < dictionary.count else {
        throw ParquetError.damaged("a page refers to a value that its dictionary has not")
      }
      values.append(dictionary[Int(index)])
    }
  }

  private func plain(_ bits: inout PageBits, _ count: Int, _ values: inout [JSONValue]) throws {
    switch type.physical {
    case .boolean:
      try PageBits.unpack(bits.rest, width: 1, count: count) { values.append(.bool($0 != 0)) }
    case .byteArray:
      for _ in 0..<count { values.append(try value(try bits.take(try bits.length()))) }
    default:
      let size = width
      guard count <= bits.rest.count / size else { throw PageBits.tooShort }
      for _ in 0..<count { values.append(try fixed(try bits.take(size))) }
    }
  }

  private var width: Int {
    switch type.physical {
    case .int32, .float: 4
    case .int64, .double: 8
    default: max(1, type.size)
    }
  }

  /// A value of `width` bytes.
  private func fixed(_ bytes: ArraySlice<UInt8>) throws -> JSONValue {
    func pattern() -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    switch type.physical {
    case .int32: return type.value(Int64(Int32(truncatingIfNeeded: pattern())))
    case .int64: return type.value(Int64(bitPattern: pattern()))
    case .float: return ParquetType.number(Float(bitPattern: UInt32(truncatingIfNeeded: pattern())))
    case .double: return ParquetType.number(Double(bitPattern: pattern()))
    default: return try value(bytes)
    }
  }

  /// The first bytes of all values, then the second, and so on.
  private func split(_ bits: inout PageBits, _ count: Int, _ values: inout [JSONValue]) throws {
    guard type.physical != .boolean, type.physical != .byteArray else { throw wrong(9) }
    let size = width
    let streams = bits.rest
    guard count <= streams.count / size else { throw PageBits.tooShort }
    for index in 0..<count {
      values.append(
        try fixed(ArraySlice((0..<size).map { streams[streams.startIndex + $0 * (streams.count / size) + index] })))
    }
  }
}

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
