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
