/// A value of Thrift's compact protocol, in which Parquet writes what it says of itself.
enum ThriftValue {
  case bool(Bool)
  case integer(Int)
  case binary(ArraySlice<UInt8>)
  case list([ThriftValue])
  case structure(ThriftStructure)
  /// What no Parquet structure has: doubles and maps, which are stepped over.
  case other
}

/// The fields of a structure by their numbers.
struct ThriftStructure {
  var fields: [(id: Int, value: ThriftValue)] = []

  subscript(id: Int) -> ThriftValue? { fields.first { $0.id == id }?.value }

  func integer(_ id: Int) -> Int? { if case .integer(let value)? = self[id] { value } else { nil } }
  func bool(_ id: Int) -> Bool? { if case .bool(let value)? = self[id] { value } else { nil } }
  func list(_ id: Int) -> [ThriftValue]? { if case .list(let value)? = self[id] { value } else { nil } }
  func structure(_ id: Int) -> ThriftStructure? { if case .structure(let value)? = self[id] { value } else { nil } }
  func text(_ id: Int) -> String? {
    if case .binary(let value)? = self[id] { String(decoding: value, as: UTF8.self) } else { nil }
  }
}

/// Reads Thrift's compact protocol. A list's length is compared with the bytes that are left before anything is allocated.
struct ThriftReader {
  let bytes: [UInt8]
  private(set) var position: Int
  private static let deepest = 32

  init(_ bytes: [UInt8], from position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  mutating func structure(depth: Int = 0) throws -> ThriftStructure {
    guard depth < Self.deepest else { throw ParquetError.damaged("its description is nested too deep") }
    var result = ThriftStructure()
    var id = 0
    while true {
      let header = try byte()
      let type = header & 0x0F
      if type == 0 { return result }
      let step = Int(header >> 4)
      id = step == 0 ? try integer() : id + step
      guard (0...Int(Int16.max)).contains(id) else { throw ParquetError.damaged("its description has a wrong field") }
      // In a field's header the type says which of the two a truth value is.
      let value: ThriftValue = type <= 2 ? .bool(type == 1) : try self.value(type, depth)
      result.fields.append((id, value))
    }
  }

  private mutating func value(_ type: UInt8, _ depth: Int) throws -> ThriftValue {
    switch type {
    case 1, 2: return .bool(try byte() == 1)
    case 3: return .integer(Int(Int8(bitPattern: try byte())))
    case 4, 5, 6: return .integer(try integer())
    case 7:
      try skip(8)
      return .other
    case 8:
      let count = try length(elementSize: 1)
      defer { position += count }
      return .binary(bytes[position..<(position + count)])
    case 9, 10: return .list(try list(depth + 1))
    case 11:
      try map(depth + 1)
      return .other
    case 12: return .structure(try structure(depth: depth + 1))
    default: throw ParquetError.damaged("its description has an unknown type")
    }
  }

  private mutating func list(_ depth: Int) throws -> [ThriftValue] {
    guard depth < Self.deepest else { throw ParquetError.damaged("its description is nested too deep") }
    let header = try byte()
    var count = Int(header >> 4)
    if count == 15 { count = try length(elementSize: 1) }
    guard count <= bytes.count - position else { throw ParquetError.damaged("its description ends too early") }
    var result: [ThriftValue] = []
    result.reserveCapacity(count)
    for _ in 0..<count { result.append(try value(header & 0x0F, depth)) }
    return result
  }

  private mutating func map(_ depth: Int) throws {
    guard depth < Self.deepest else { throw ParquetError.damaged("its description is nested too deep") }
    let count = try length(elementSize: 1)
    guard count > 0 else { return }
    let types = try byte()
    for _ in 0..<count {
      _ = try value(types >> 4, depth)
      _ = try value(types & 0x0F, depth)
    }
  }

  private mutating func byte() throws -> UInt8 {
    guard position < bytes.count else { throw ParquetError.damaged("its description ends too early") }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func skip(_ count: Int) throws {
    guard count <= bytes.count - position else { throw ParquetError.damaged("its description ends too early") }
    position += count
  }

  private mutating func unsigned() throws -> UInt64 {
    var result: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      let byte = try byte()
      result |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return result }
    }
    throw ParquetError.damaged("its description has a number that does not end")
  }

  /// A zigzag number.
  private mutating func integer() throws -> Int {
    let value = try unsigned()
    return Int(truncatingIfNeeded: value >> 1) ^ -Int(truncatingIfNeeded: value & 1)
  }

  private mutating func length(elementSize: Int) throws -> Int {
    let value = try unsigned()
    guard value <= UInt64((bytes.count - position) / elementSize) else {
      throw ParquetError.damaged("its description claims more than the file holds")
    }
    return Int(value)
  }
}
