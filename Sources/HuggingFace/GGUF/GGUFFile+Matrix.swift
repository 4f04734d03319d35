import Kernels
import Text

extension GGUFFile {
  /// A matrix `[rows, columns]` in its own aligned memory: what is quantised is rounded to BF16 (ties to even), BF16 stays so, F16 and
  /// F32 become FP32. Refuses other shapes and types, and values that are not finite.
  ///
  /// - Parameters:
  ///   - row: where the file has a row of the matrix.
  ///   - exact: what is quantised becomes FP32 instead, not rounded again.
  func matrix(
    _ name: String, rows: Int, columns: Int, row place: (Int) -> Int = { $0 }, exact: Bool = false
  ) throws -> WeightMatrix {
    let tensor = try checked(name, shape: [rows, columns])
    let element = Self.element(of: tensor.type, exact: exact)
    let matrix = WeightMatrix(rows: rows, columns: columns, element: element)
    var target = [Int](repeating: 0, count: rows)
    for index in 0..<rows { target[place(index)] = index }
    try forEachRow(of: tensor, width: columns) { index, values in
      let start = matrix.base + target[index] * columns * element.byteCount
      switch element {
      case .float32: start.copyMemory(from: values, byteCount: 4 * columns)
      case .bfloat16:
        let halves = start.assumingMemoryBound(to: UInt16.self)
        for column in 0..<columns { halves[column] = HalfPrecision.bfloat16(values[column]) }
      }
    }
    return matrix
  }

  /// How a matrix of the type lies in memory.
  static func element(of type: GGUFType, exact: Bool = false) -> WeightElement {
    type == .bf16 || type.isQuantised && !exact ? .bfloat16 : .float32
  }

  /// A vector `[count]` in FP32. Refuses other shapes and types, and values that are not finite.
  func vector(_ name: String, count: Int) throws -> [Float] {
    let tensor = try checked(name, shape: [count])
    var result: [Float] = []
    try forEachRow(of: tensor, width: count) { _, values in
      result = Array(UnsafeBufferPointer(start: values, count: count))
    }
    return result
  }

  /// All values of a tensor, row-major, as the file means them: nothing is rounded.
  package func floats(_ name: String) throws -> [Float] {
    let tensor = try existing(name)
    var result: [Float] = []
    try forEachRow(of: tensor, width: tensor.shape.last ?? 1) { _, values in
      result += UnsafeBufferPointer(start: values, count: tensor.shape.last ?? 1)
    }
    return result
  }

  func existing(_ name: String) throws(GGUFError) -> GGUFTensor {
    guard let tensor = tensor(name) else { throw .tensor(path, name, "is missing; is the file whole?") }
    return tensor
  }

  private func checked(_ name: String, shape: [Int]) throws(GGUFError) -> GGUFTensor {
    let tensor = try existing(name)
    guard tensor.shape == shape else {
      throw .tensor(
        path, name, "has shape \(tensor.shape), and the file's own metadata says \(shape); the file is damaged")
    }
    return tensor
  }

  /// Why a tensor's values cannot be had; nil for those that can.
  func problem(with tensor: GGUFTensor) -> GGUFError? {
    guard !tensor.type.isRead else { return nil }
    return .tensor(
      path, tensor.name,
      "type \(tensor.type.name) is not read, only \(GGUFType.read.map(\.name).joined(separator: ", ")); take another quantisation "
        + "of the model")
  }

  /// Calls `body` with each row of the file and its values, a piece of the file at a time.
  private func forEachRow(
    of tensor: GGUFTensor, width: Int, _ body: (Int, UnsafeMutablePointer<Float>) throws -> Void
  ) throws {
    if let problem = problem(with: tensor) { throw problem }
    guard let layout = tensor.type.layout, width > 0 else { return }
    let rowBytes = width / layout.elements * layout.bytes
    let rows = tensor.elementCount / width
    let atOnce = max(1, min(rows, (1 << 20) / max(1, rowBytes)))
    var piece = [UInt8](repeating: 0, count: atOnce * rowBytes)
    var values = [Float](repeating: 0, count: width)
    for first in stride(from: 0, to: rows, by: atOnce) {
      let count = min(atOnce, rows - first)
      try piece.withUnsafeMutableBytes { bytes in
        let part = UnsafeMutableRawBufferPointer(rebasing: bytes[..<(count * rowBytes)])
        try file.fill(part, from: tensor.byteRange.lowerBound + first * rowBytes)
        try values.withUnsafeMutableBufferPointer { buffer in
          guard let source = part.baseAddress, let target = buffer.baseAddress else { return }
          for index in 0..<count {
            Dequantisation.widen(tensor.type, source + index * rowBytes, count: width, into: target)
            if let column = Self.firstNotFinite(target, width) {
              throw GGUFError.tensor(
                path, tensor.name,
                "element [\(first + index), \(column)] is not a finite number; the weights are damaged")
            }
            try body(first + index, target)
          }
        }
      }
    }
  }

  private static func firstNotFinite(_ values: UnsafeMutablePointer<Float>, _ count: Int) -> Int? {
    var bits: UInt32 = 0
    for index in 0..<count {
      // An exponent of ones carries into the sign's place.
      bits |= (values[index].bitPattern & 0x7F80_0000) &+ 0x0080_0000
    }
    guard bits & 0x8000_0000 != 0 else { return nil }
    return (0..<count).first { !values[$0].isFinite }
  }
}
