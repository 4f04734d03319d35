import Kernels
import Recipe
import Text

/// A safetensors file: the header is read and checked when it is opened, tensors when they are asked for.
///
/// Format: 8 bytes with the header's length, little-endian; a JSON header; the tensors' bytes
/// (https://github.com/huggingface/safetensors).
public struct SafetensorsFile: Sendable {
  public let path: String
  /// In the order of the header.
  public let tensors: [SafetensorsInfo]
  public let metadata: [String: String]
  let file: InputFile
  private let indices: [String: Int]

  /// The reference implementation's limit.
  static let largestHeader = 100_000_000

  /// Opens and checks the header: its length and JSON, every type, shape and range, overlaps, names that occur twice. Gaps
  /// between tensors are tolerated.
  public init(path: String) throws {
    self.path = path
    file = try InputFile(path: path)
    let header = try Self.header(of: file)
    var tensors: [SafetensorsInfo] = []
    var metadata: [String: String] = [:]
    var indices: [String: Int] = [:]
    for member in header.object.members {
      if member.key == "__metadata__" {
        guard let object = member.value.object else {
          throw SafetensorsError.header(path, "__metadata__ is \(member.value.kind), not an object")
        }
        for entry in object.members {
          guard let text = entry.value.string else {
            throw SafetensorsError.header(path, "__metadata__ has a value that is \(entry.value.kind), not a string")
          }
          metadata[entry.key] = text
        }
        continue
      }
      let info = try Self.info(member, path: path, dataStart: header.end, fileSize: file.size)
      guard indices.updateValue(tensors.count, forKey: member.key) == nil else {
        throw SafetensorsError.tensor(path, member.key, "occurs twice in the header; write the file again")
      }
      tensors.append(info)
    }
    try Self.checkOverlaps(tensors, path: path)
    self.tensors = tensors
    self.metadata = metadata
    self.indices = indices
  }

  public var names: [String] { tensors.map(\.name) }

  public func info(_ name: String) -> SafetensorsInfo? { indices[name].map { tensors[$0] } }

  /// The tensor's values, row-major, in FP32: F16 and BF16 widened, F64 rounded to nearest. Refuses other types.
  public func floats(_ name: String) throws -> [Float] {
    let info = try existing(name)
    let count = info.elementCount
    switch info.type {
    case .f32:
      var values = [Float](repeating: 0, count: count)
      try values.withUnsafeMutableBytes { try file.fill($0, from: info.byteRange.lowerBound) }
      return values
    case .bf16, .f16:
      var halves = [UInt16](repeating: 0, count: count)
      try halves.withUnsafeMutableBytes { try file.fill($0, from: info.byteRange.lowerBound) }
      return [Float](unsafeUninitializedCapacity: count) { values, initialized in
        halves.withUnsafeBufferPointer { halves in
          if info.type == .bf16 {
            for index in 0..<count {
              values.initializeElement(at: index, to: Float(bitPattern: UInt32(halves[index]) << 16))
            }
          } else {
            for index in 0..<count { values.initializeElement(at: index, to: HalfPrecision.widen(halves[index])) }
          }
        }
        initialized = count
      }
    case .f64:
      var doubles = [Double](repeating: 0, count: count)
      try doubles.withUnsafeMutableBytes { try file.fill($0, from: info.byteRange.lowerBound) }
      return doubles.map { Float($0) }
    default: throw notRead(info)
    }
  }

  /// For a type that is not among `SafetensorsType.floating`.
  func notRead(_ info: SafetensorsInfo) -> SafetensorsError {
    .tensor(path, info.name, "type \(info.type.rawValue) is not F32, F16, BF16 or F64")
  }

  /// The tensor's bytes as they are.
  public func bytes(_ name: String) throws -> [UInt8] {
    let info = try existing(name)
    return try file.bytes(at: info.byteRange.lowerBound, count: info.byteRange.count)
  }

  /// A vector `[count]` widened to FP32. Refuses other shapes and types, and values that are not finite.
  public func vector(_ name: String, count: Int) throws -> FloatBuffer {
    let info = try existing(name)
    try check(info, shape: [count])
    let values = try floats(name)
    if let place = values.firstIndex(where: { !$0.isFinite }) { throw notFinite(info, place) }
    return FloatBuffer(values)
  }

  func existing(_ name: String) throws(SafetensorsError) -> SafetensorsInfo {
    guard let info = info(name) else { throw .tensor(path, name, "is missing; is this the right file?") }
    return info
  }

  func check(_ info: SafetensorsInfo, shape: [Int]) throws(SafetensorsError) {
    guard info.shape == shape else {
      throw .tensor(
        path, info.name, "has shape \(info.shape), expected \(shape); does config.json belong to these weights?")
    }
  }

  func notFinite(_ info: SafetensorsInfo, _ place: Int) -> SafetensorsError {
    var rest = place
    var indices: [String] = []
    for size in info.shape.reversed() where size > 0 {
      indices.insert(String(rest % size), at: 0)
      rest /= size
    }
    let element = indices.joined(separator: ", ")
    // A double may be beyond FP32's range.
    let kind = info.type == .f64 ? "is not a finite number in FP32" : "is not a finite number"
    return .tensor(path, info.name, "element [\(element)] \(kind); the weights are damaged")
  }
}

/// What a safetensors header says of one tensor.
public struct SafetensorsInfo: Sendable, Equatable {
  public let name: String
  public let type: SafetensorsType
  /// Empty for a scalar.
  public let shape: [Int]
  /// Of its bytes in the file.
  public let byteRange: Range<Int>

  public var elementCount: Int { byteRange.count / type.byteCount }
}

/// The element types of safetensors 0.8 that have whole bytes.
public enum SafetensorsType: String, Sendable, CaseIterable {
  case bool = "BOOL"
  case u8 = "U8"
  case i8 = "I8"
  case f8e5m2 = "F8_E5M2"
  case f8e4m3 = "F8_E4M3"
  case f8e8m0 = "F8_E8M0"
  case i16 = "I16"
  case u16 = "U16"
  case f16 = "F16"
  case bf16 = "BF16"
  case i32 = "I32"
  case u32 = "U32"
  case f32 = "F32"
  case f64 = "F64"
  case i64 = "I64"
  case u64 = "U64"
  case c64 = "C64"

  /// Those whose values are read, as FP32 or BF16.
  static let floating: Set<SafetensorsType> = [.f32, .f16, .bf16, .f64]

  public var byteCount: Int {
    switch self {
    case .bool, .u8, .i8, .f8e5m2, .f8e4m3, .f8e8m0: 1
    case .i16, .u16, .f16, .bf16: 2
    case .i32, .u32, .f32: 4
    case .f64, .i64, .u64, .c64: 8
    }
  }
}

extension SafetensorsFile {
  /// The header's JSON, and the offset of the first byte after it.
  static func header(of file: InputFile) throws -> (object: JSONObject, end: Int) {
    let start = try file.prefix()
    if let kind = FileKind(prefix: start), kind != .safetensors {
      throw SafetensorsError(description: "\(file.path): \(kind.sentence)", exitStatus: ExitStatus.badData)
    }
    guard file.size > 0 else {
      throw SafetensorsError(
        description: "\(file.path): is empty; download or write it again", exitStatus: ExitStatus.badData)
    }
    guard file.size >= 8 else {
      throw SafetensorsError.header(file.path, "the file has \(file.size) bytes, the header's length alone needs 8")
    }
    let length = start.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(largestHeader) else {
      throw SafetensorsError.header(file.path, "the header claims \(length) bytes, the limit is \(largestHeader)")
    }
    let count = Int(length)
    guard count <= file.size - 8 else {
      throw SafetensorsError.header(
        file.path, "the header claims \(count) bytes, the file has \(file.size - 8) after it")
    }
    let document: JSONValue
    do {
      document = try JSONParser.parse(try file.bytes(at: 8, count: count))
    } catch let error as JSONError {
      throw SafetensorsError.header(file.path, "the header is not JSON: \(error)")
    }
    guard let object = document.object else {
      throw SafetensorsError.header(file.path, "the header is \(document.kind), not an object")
    }
    return (object, 8 + count)
  }

  static func info(
    _ member: JSONObject.Member, path: String, dataStart: Int, fileSize: Int
  ) throws(SafetensorsError) -> SafetensorsInfo {
    let name = member.key
    guard let object = member.value.object else { throw .tensor(path, name, "is \(member.value.kind), not an object") }
    guard let typeName = object["dtype"]?.string else { throw .tensor(path, name, "has no dtype") }
    guard let type = SafetensorsType(rawValue: typeName) else {
      throw .tensor(path, name, "has the unknown type \(OneLine.name(typeName))")
    }
    guard let sizes = object["shape"]?.array else { throw .tensor(path, name, "has no shape") }
    var shape: [Int] = []
    var bytes = type.byteCount
    for size in sizes {
      guard case .integer(let size) = size, size >= 0 else {
        throw .tensor(path, name, "has a shape that is not a list of sizes")
      }
      shape.append(size)
      let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
      guard !overflow else { throw .tensor(path, name, "has a shape too large for any file: \(shape)") }
      bytes = product
    }
    guard let offsets = object["data_offsets"]?.array, offsets.count == 2,
      case .integer(let begin) = offsets[0], case .integer(let end) = offsets[1]
    else { throw .tensor(path, name, "has no data_offsets of two integers") }
    let available = fileSize - dataStart
    guard 0 <= begin, begin <= end, end <= available else {
      throw .tensor(path, name, "lies at \(begin)..<\(end), the file has \(available) bytes of data; is it cut short?")
    }
    guard end - begin == bytes else {
      throw .tensor(path, name, "has \(end - begin) bytes, its shape \(shape) in \(typeName) needs \(bytes)")
    }
    return SafetensorsInfo(name: name, type: type, shape: shape, byteRange: (dataStart + begin)..<(dataStart + end))
  }

  static func checkOverlaps(_ tensors: [SafetensorsInfo], path: String) throws(SafetensorsError) {
    let ordered = tensors.filter { !$0.byteRange.isEmpty }.sorted { $0.byteRange.lowerBound < $1.byteRange.lowerBound }
    for (before, after) in zip(ordered, ordered.dropFirst())
    where after.byteRange.lowerBound < before.byteRange.upperBound {
      throw .tensor(path, after.name, "overlaps tensor \(OneLine.name(before.name))")
    }
  }
}

/// A safetensors file that cannot be used: file, tensor, reason.
public struct SafetensorsError: ExitStatusError, Equatable {
  public let description: String
  public let exitStatus: Int32

  static func header(_ path: String, _ reason: String) -> SafetensorsError {
    SafetensorsError(
      description: "\(path): not a usable safetensors file: \(reason); download or write it again",
      exitStatus: ExitStatus.badData)
  }

  static func tensor(_ path: String, _ name: String, _ reason: String) -> SafetensorsError {
    SafetensorsError(description: "\(path): tensor \(OneLine.name(name)): \(reason)", exitStatus: ExitStatus.badData)
  }
}
