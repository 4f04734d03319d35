import Recipe

/// Reads a GGUF header from its beginning to its end, a window of the file at a time. Every length is checked against what is left, so
/// that a number in a damaged file costs no more memory than the file has bytes for.
struct GGUFCursor {
  let file: InputFile
  /// Behind the last byte that may belong to the header.
  let end: Int
  private(set) var position = 0
  private var window: [UInt8] = []
  private var windowStart = 0
  /// Elements of all lists: a vocabulary has a few hundred thousand, and a list of empty texts takes more memory than file.
  private var elements = 0

  private static let windowSize = 1 << 20
  private static let mostElements = 1 << 23
  private static let deepest = 4

  init(file: InputFile, end: Int) {
    self.file = file
    self.end = end
  }

  private var remaining: Int { end - position }

  private func damaged(_ reason: String) -> GGUFError { .header(file.path, reason) }

  /// The place in the window of the next `count` bytes, which are passed.
  private mutating func take(_ count: Int) throws -> Int {
    if position < windowStart || position + count > windowStart + window.count {
      guard count <= remaining else {
        throw damaged(
          end < file.size
            ? "metadata and directory have more than \(end) bytes" : "it ends within its metadata or directory")
      }
      window = try file.bytes(at: position, count: min(remaining, max(count, Self.windowSize)))
      windowStart = position
    }
    defer { position += count }
    return position - windowStart
  }

  mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
    let size = MemoryLayout<Value>.size
    let place = try take(size)
    return window.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: Value.self)) }
  }

  /// How many there are of something of which each has at least so many bytes.
  mutating func count(_ what: String, least: Int) throws -> Int {
    let claimed = try integer(UInt64.self)
    guard claimed <= UInt64(remaining / max(1, least)) else {
      throw damaged("it claims \(claimed) \(what), and has \(remaining) bytes after that")
    }
    return Int(claimed)
  }

  /// Nil for a text that is not UTF-8.
  private mutating func text(_ what: String) throws -> String? {
    let count = try count("bytes for \(what)", least: 1)
    let place = try take(count)
    return String(validating: window[place..<(place + count)], as: UTF8.self)
  }

  mutating func name(_ what: String) throws -> String {
    guard let name = try text(what) else { throw damaged("\(what) is not UTF-8") }
    guard name.utf8.count <= 65_535 else { throw damaged("\(what) has \(name.utf8.count) bytes") }
    return name
  }

  // MARK: Values

  mutating func value(of key: String) throws -> GGUFValue {
    let code = try integer(UInt32.self)
    return try value(code, key, depth: 0)
  }

  private mutating func value(_ code: UInt32, _ key: String, depth: Int) throws -> GGUFValue {
    switch code {
    case 0...5, 10, 11: return Self.integer(try whole(code))
    case 6, 12: return .number(try number(code))
    case 7: return .flag(try integer(UInt8.self) != 0)
    case 8: return try text("metadata \(OneLine.name(key))").map { .text($0) } ?? .undecodable
    case 9: return try list(key, depth: depth)
    default: throw damaged("metadata \(OneLine.name(key)) has the unknown type \(code)")
    }
  }

  private static func integer(_ value: Int?) -> GGUFValue { value.map { .integer($0) } ?? .number(0x1p63) }

  /// Nil beyond 63 bits.
  private mutating func whole(_ code: UInt32) throws -> Int? {
    switch code {
    case 0: Int(try integer(UInt8.self))
    case 1: Int(try integer(Int8.self))
    case 2: Int(try integer(UInt16.self))
    case 3: Int(try integer(Int16.self))
    case 4: Int(try integer(UInt32.self))
    case 5: Int(try integer(Int32.self))
    case 10: Int(exactly: try integer(UInt64.self))
    default: Int(try integer(Int64.self))
    }
  }

  private mutating func number(_ code: UInt32) throws -> Double {
    code == 6 ? Double(Float(bitPattern: try integer(UInt32.self))) : Double(bitPattern: try integer(UInt64.self))
  }

  private mutating func list(_ key: String, depth: Int) throws -> GGUFValue {
    let named = "metadata \(OneLine.name(key))"
    guard depth < Self.deepest else { throw damaged("\(named) has lists in lists in lists") }
    let code = try integer(UInt32.self)
    let least = [0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 8: 8, 9: 12, 10: 8, 11: 8, 12: 8][code]
    guard let least else { throw damaged("\(named) is a list of the unknown type \(code)") }
    let count = try count("elements of \(named)", least: least)
    elements += count
    guard elements <= Self.mostElements else { throw damaged("its lists have more than \(Self.mostElements) elements") }
    switch code {
    case 6, 12:
      var list: [Double] = []
      for _ in 0..<count { list.append(try number(code)) }
      return .numbers(list)
    case 7:
      var list: [Bool] = []
      for _ in 0..<count { list.append(try integer(UInt8.self) != 0) }
      return .flags(list)
    case 8: return try texts(count, named)
    case 9:
      var list: [GGUFValue] = []
      for _ in 0..<count { list.append(try self.list(key, depth: depth + 1)) }
      return .lists(list)
    default:
      var list: [Int] = []
      for _ in 0..<count {
        guard let value = try whole(code) else { throw damaged("\(named) has an integer beyond 63 bits") }
        list.append(value)
      }
      return .integers(list)
    }
  }

  private mutating func texts(_ count: Int, _ named: String) throws -> GGUFValue {
    var list: [String] = []
    var isDecodable = true
    for _ in 0..<count {
      if let text = try text(named) { list.append(text) } else { isDecodable = false }
    }
    return isDecodable ? .texts(list) : .undecodable
  }

  // MARK: Tensors

  /// An entry of the directory, and its offset from the first tensor's place.
  mutating func tensor() throws -> (tensor: GGUFTensor, offset: Int) {
    let name = try name("a tensor's name")
    let rank = try integer(UInt32.self)
    guard rank <= 4 else {
      throw GGUFError.tensor(file.path, name, "has \(rank) dimensions, and at most 4 are possible")
    }
    var shape: [Int] = []
    var product = 1
    for _ in 0..<rank {
      let size = try integer(UInt64.self)
      let (next, overflow) = product.multipliedReportingOverflow(by: Int(clamping: size))
      guard size > 0, size < 1 << 40, !overflow, next < 1 << 50 else {
        throw GGUFError.tensor(file.path, name, "has a dimension of \(size), which no tensor has")
      }
      product = next
      shape.insert(Int(size), at: 0)
    }
    let type = GGUFType(code: try integer(UInt32.self))
    guard let offset = Int(exactly: try integer(UInt64.self)) else {
      throw GGUFError.tensor(file.path, name, "lies beyond the end of any file")
    }
    return (GGUFTensor(name: name, type: type, shape: shape, byteRange: 0..<0), offset)
  }
}
