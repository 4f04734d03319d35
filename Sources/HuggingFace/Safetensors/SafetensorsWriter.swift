import Kernels
import Text

/// Writes safetensors files that the reference implementation opens: beside their place first, then renamed.
public enum SafetensorsWriter {
  public enum Element: Sendable {
    case f32, bf16, i64

    var type: SafetensorsType {
      switch self {
      case .f32: .f32
      case .bf16: .bf16
      case .i64: .i64
      }
    }
  }

  /// One tensor to write. Its bytes are made when they are written, a piece at a time.
  public struct Tensor: Sendable {
    public let name: String
    public let element: Element
    public let shape: [Int]
    fileprivate let pieces: @Sendable ((UnsafeRawBufferPointer) throws -> Void) throws -> Void

    /// - Parameter floats: row-major, as many as the shape holds.
    public init(name: String, shape: [Int], floats: [Float], as element: WeightElement = .float32) {
      self.name = name
      self.shape = shape
      self.element = element == .bfloat16 ? .bf16 : .f32
      pieces = { body in
        switch element {
        case .float32: try floats.withUnsafeBytes(body)
        case .bfloat16: try floats.map { HalfPrecision.bfloat16($0).littleEndian }.withUnsafeBytes(body)
        }
      }
    }

    public init(name: String, shape: [Int], integers: [Int64]) {
      self.name = name
      self.shape = shape
      element = .i64
      pieces = { body in try integers.withUnsafeBytes(body) }
    }

    /// A weight in its own type or another; converted row by row.
    ///
    /// - Parameter shape: the file's, where it is not that of the matrix.
    public init(name: String, weight: WeightMatrix, shape: [Int]? = nil, as element: WeightElement) {
      self.name = name
      self.shape = shape ?? [weight.rows, weight.columns]
      self.element = element == .bfloat16 ? .bf16 : .f32
      pieces = { body in
        if weight.element == element {
          try body(UnsafeRawBufferPointer(start: weight.base, count: weight.byteCount))
          return
        }
        var row = [Float](repeating: 0, count: weight.columns)
        for index in 0..<weight.rows {
          row.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { weight.row(index, into: base) }
          }
          switch element {
          case .float32: try row.withUnsafeBytes(body)
          case .bfloat16: try row.map { HalfPrecision.bfloat16($0) }.withUnsafeBytes(body)
          }
        }
      }
    }

    var byteCount: Int { shape.reduce(element.type.byteCount, *) }
  }

  /// - Parameters:
  ///   - tensors: written with wider elements first, then by name, as the reference implementation orders them.
  ///   - metadata: strings only, as the format has it.
  ///   - previous: where the file that is replaced is kept, in the same folder.
  public static func write(
    path: String, tensors: [Tensor], metadata: [String: String] = ["format": "pt"], keeping previous: String? = nil
  ) throws {
    let ordered = tensors.sorted {
      ($1.element.type.byteCount, $0.name) < ($0.element.type.byteCount, $1.name)
    }
    var members: [(String, JSONValue)] = []
    if !metadata.isEmpty {
      let entries = metadata.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
      members.append(("__metadata__", .object(JSONObject(entries))))
    }
    var offset = 0
    for tensor in ordered {
      let end = offset + tensor.byteCount
      members.append(
        (
          tensor.name,
          .object(
            JSONObject([
              ("dtype", .string(tensor.element.type.rawValue)), ("shape", .array(tensor.shape.map { .integer($0) })),
              ("data_offsets", .array([.integer(offset), .integer(end)])),
            ]))
        ))
      offset = end
    }
    var header = Array(JSONWriter.text(.object(JSONObject(members)), indent: nil).utf8)
    while header.count % 8 != 0 { header.append(0x20) }
    var file = try OutputFile(path: path)
    let length = UInt64(header.count).littleEndian
    try withUnsafeBytes(of: length) { try file.append($0) }
    try file.append(header)
    for tensor in ordered {
      var written = 0
      try tensor.pieces { bytes in
        written += bytes.count
        try file.append(bytes)
      }
      precondition(written == tensor.byteCount, "tensor \(tensor.name): \(written) bytes for shape \(tensor.shape)")
    }
    try file.commit(keeping: previous)
  }
}
