import Kernels
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

  /// The tensor's values, row-major, widened to FP32. Refuses what is neither F32, F16 nor BF16.
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
    default: throw SafetensorsError.tensor(path, name, "type \(info.type.rawValue) is not F32, F16 or BF16")
    }
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
    return .tensor(path, info.name, "element [\(element)] is not a finite number; the weights are damaged")
  }
}
