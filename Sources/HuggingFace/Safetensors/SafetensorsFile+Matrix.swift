import Kernels

extension SafetensorsFile {
  /// A matrix `[rows, columns]` in its own aligned memory, without another copy on the way: BF16 stays so, F16 and F32 become
  /// FP32. Refuses other shapes and types, and values that are not finite.
  ///
  /// - Parameters:
  ///   - transposed: the file has it as `[columns, rows]`.
  ///   - shape: the file's, where it has other dimensions of the same product in the same order, as a convolution has.
  public func matrix(
    _ name: String, rows: Int, columns: Int, transposed: Bool = false, shape: [Int]? = nil
  ) throws -> WeightMatrix {
    let info = try existing(name)
    try check(info, shape: shape ?? (transposed ? [columns, rows] : [rows, columns]))
    guard [.f32, .f16, .bf16].contains(info.type) else {
      throw SafetensorsError.tensor(path, name, "type \(info.type.rawValue) is not F32, F16 or BF16")
    }
    let matrix = WeightMatrix(rows: rows, columns: columns, element: info.type == .bf16 ? .bfloat16 : .float32)
    if transposed || info.type == .f16 {
      try rearrange(info, transposed: transposed, into: matrix)
    } else {
      try file.fill(
        UnsafeMutableRawBufferPointer(start: matrix.base, count: matrix.byteCount), from: info.byteRange.lowerBound)
    }
    if let place = Self.firstNotFinite(matrix) {
      let (row, column) = (place / columns, place % columns)
      throw notFinite(info, transposed ? column * rows + row : place)
    }
    return matrix
  }

  /// Reads a piece of the file's rows at a time, and puts each element where it belongs.
  private func rearrange(_ info: SafetensorsInfo, transposed: Bool, into matrix: WeightMatrix) throws {
    let (fileRows, fileColumns) =
      transposed ? (matrix.columns, matrix.rows) : (matrix.rows, matrix.columns)
    let width = fileColumns * info.type.byteCount
    let most = max(1, (1 << 20) / max(1, width))
    var piece = [UInt8](repeating: 0, count: min(most, fileRows) * width)
    for first in stride(from: 0, to: fileRows, by: most) {
      let count = min(most, fileRows - first)
      try piece.withUnsafeMutableBytes { bytes in
        let part = UnsafeMutableRawBufferPointer(rebasing: bytes[..<(count * width)])
        try file.fill(part, from: info.byteRange.lowerBound + first * width)
        for row in 0..<count {
          for column in 0..<fileColumns {
            let index = row * fileColumns + column
            let place = transposed ? column * fileRows + first + row : first * fileColumns + index
            switch info.type {
            case .bf16:
              matrix.base.storeBytes(
                of: part.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self), toByteOffset: 2 * place,
                as: UInt16.self)
            case .f16:
              let half = part.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
              matrix.base.storeBytes(of: HalfPrecision.widen(half), toByteOffset: 4 * place, as: Float.self)
            default:
              matrix.base.storeBytes(
                of: part.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self), toByteOffset: 4 * place,
                as: UInt32.self)
            }
          }
        }
      }
    }
  }

  /// The place of the first infinity or NaN: an exponent of ones.
  private static func firstNotFinite(_ matrix: WeightMatrix) -> Int? {
    let count = matrix.rows * matrix.columns
    switch matrix.element {
    case .float32:
      let values = UnsafeBufferPointer(start: matrix.base.assumingMemoryBound(to: UInt32.self), count: count)
      return first(in: values, exponent: 0x7F80_0000, SIMD16<UInt32>.self)
    case .bfloat16:
      let values = UnsafeBufferPointer(start: matrix.base.assumingMemoryBound(to: UInt16.self), count: count)
      return first(in: values, exponent: 0x7F80, SIMD32<UInt16>.self)
    }
  }

  @inline(__always)
  private static func first<Bits: FixedWidthInteger & SIMDScalar, Vector: SIMD>(
    in values: UnsafeBufferPointer<Bits>, exponent: Bits, _: Vector.Type
  ) -> Int? where Vector.Scalar == Bits {
    let raw = UnsafeRawBufferPointer(values)
    let mask = Vector(repeating: exponent)
    var index = 0
    // 64 bytes at a time: a model has hundreds of millions of them.
    while index + Vector.scalarCount <= values.count {
      let vector = raw.loadUnaligned(fromByteOffset: index * MemoryLayout<Bits>.stride, as: Vector.self)
      if any((vector & mask) .== mask) { break }
      index += Vector.scalarCount
    }
    return values[index...].firstIndex { $0 & exponent == exponent }
  }
}
