import Fuzzing
import Text

/// A GGUF file to be: what another holds, with changes.
struct GGUFDraft {
  var magic = Array("GGUF".utf8)
  var version: UInt32 = 3
  var values: [(key: String, value: GGUFValue)]
  var tensors: [(name: String, type: UInt32, shape: [UInt64], offset: UInt64)]
  private let data: [UInt8]

  init(path: String) throws {
    let file = try GGUFFile(path: path)
    values = file.keys.compactMap { key in file[key].map { (key, $0) } }
    let start = file.tensors.map(\.byteRange.lowerBound).min() ?? file.file.size
    tensors = file.tensors.map {
      ($0.name, $0.type.code, $0.shape.reversed().map(UInt64.init), UInt64($0.byteRange.lowerBound - start))
    }
    data = try file.file.bytes(at: start, count: file.file.size - start)
  }

  /// Nil removes the value.
  mutating func set(_ key: String, _ value: GGUFValue?) {
    values.removeAll { $0.key == key }
    if let value { values.append((key, value)) }
  }

  mutating func rename(_ name: String, to other: String) {
    for index in tensors.indices where tensors[index].name == name { tensors[index].name = other }
  }

  /// A value of the metadata or an entry of the directory becomes another.
  mutating func change(_ mutation: inout Mutation) {
    let others: [GGUFValue] = [
      .integer(0), .integer(-1), .integer(1), .integer(7), .integer(1 << 24), .integer(.max), .number(0), .number(-1),
      .number(.infinity), .number(.nan), .flag(true), .flag(false), .text(""), .text("yarn"), .text("linear"),
      .text("a\nb"), .integers([]), .integers([1, 2, 3]), .numbers([0.5]), .texts(["a", "b"]), .lists([.integers([1])]),
    ]
    guard tensors.isEmpty || mutation.below(3) > 0 else {
      let place = mutation.below(tensors.count)
      switch mutation.below(4) {
      case 0: tensors[place].type = UInt32(mutation.below(45))
      case 1: tensors[place].offset = mutation.generator.next() >> UInt64(mutation.below(64))
      case 2: tensors[place].shape = tensors[place].shape.map { $0 + UInt64(mutation.below(3)) }
      default: tensors[place].name = tensors[mutation.below(tensors.count)].name
      }
      return
    }
    guard !values.isEmpty else { return }
    let place = mutation.below(values.count)
    switch mutation.below(4) {
    case 0: values.remove(at: place)
    case 1: values[place].value = values[mutation.below(values.count)].value
    default: values[place].value = others[mutation.below(others.count)]
    }
  }

  var bytes: [UInt8] {
    var out = magic
    Self.append(version, to: &out)
    Self.append(UInt64(tensors.count), to: &out)
    Self.append(UInt64(values.count), to: &out)
    for (key, value) in values {
      Self.append(key, to: &out)
      Self.append(Self.code(value), to: &out)
      Self.append(value, to: &out)
    }
    for tensor in tensors {
      Self.append(tensor.name, to: &out)
      Self.append(UInt32(tensor.shape.count), to: &out)
      for size in tensor.shape { Self.append(size, to: &out) }
      Self.append(tensor.type, to: &out)
      Self.append(tensor.offset, to: &out)
    }
    while out.count % 32 != 0 { out.append(0) }
    return out + data
  }

  static func append<Value: FixedWidthInteger>(_ value: Value, to out: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { out += $0 }
  }

  private static func append(_ text: String, to out: inout [UInt8]) {
    append(UInt64(text.utf8.count), to: &out)
    out += Array(text.utf8)
  }

  private static func code(_ value: GGUFValue) -> UInt32 {
    switch value {
    case .integer: 11
    case .number: 12
    case .flag: 7
    case .text, .undecodable: 8
    case .integers, .numbers, .flags, .texts, .lists: 9
    }
  }

  private static func append(_ value: GGUFValue, to out: inout [UInt8]) {
    switch value {
    case .integer(let value): append(Int64(value), to: &out)
    case .number(let value): append(value.bitPattern, to: &out)
    case .flag(let value): append(UInt8(value ? 1 : 0), to: &out)
    case .text(let value): append(value, to: &out)
    case .undecodable:
      append(UInt64(1), to: &out)
      out.append(0xFF)
    case .integers(let values):
      append(header: 11, values.count, to: &out)
      for value in values { append(Int64(value), to: &out) }
    case .numbers(let values):
      append(header: 12, values.count, to: &out)
      for value in values { append(value.bitPattern, to: &out) }
    case .flags(let values):
      append(header: 7, values.count, to: &out)
      for value in values { append(UInt8(value ? 1 : 0), to: &out) }
    case .texts(let values):
      append(header: 8, values.count, to: &out)
      for value in values { append(value, to: &out) }
    case .lists(let values):
      append(header: 9, values.count, to: &out)
      for value in values { append(value, to: &out) }
    }
  }

  private static func append(header code: UInt32, _ count: Int, to out: inout [UInt8]) {
    append(code, to: &out)
    append(UInt64(count), to: &out)
  }
}
