import Foundation
import Kernels

extension SafetensorsFile {
  /// A matrix `[rows, columns]` in its own aligned memory, without another copy on the way: BF16 stays so, F16 and F32 become
  /// FP32, and F64 is rounded to it. Refuses other shapes and types, and values that are not finite.
  ///
  /// - Parameters:
  ///   - transposed: the file has it as `[columns, rows]`.
  ///   - shape: the file's, where it has other dimensions of the same product in the same order, as a convolution has.
  public func matrix(
    _ name: String, rows: Int, columns: Int, transposed: Bool = false, shape: [Int]? = nil
  ) throws -> WeightMatrix {
    let info = try existing(name)
    try check(info, shape: shape ?? (transposed ? [columns, rows] : [rows, columns]))
    guard SafetensorsType.floating.contains(info.type) else { throw notRead(info) }
    let matrix = WeightMatrix(rows: rows, columns: columns, element: info.type == .bf16 ? .bfloat16 : .float32)
    if transposed {
      try transpose(info, into: matrix)
    } else if info.type == .f16 {
      try widen(info, into: matrix)
    } else if info.type == .f64 {
      try round(info, into: matrix)
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

  /// Whether a tensor of the file is the same matrix, value for value. Reads a piece at a time.
  func holds(_ matrix: WeightMatrix, as name: String) throws -> Bool {
    let info = try existing(name)
    guard info.shape == [matrix.rows, matrix.columns], SafetensorsType.floating.contains(info.type) else {
      return false
    }
    let rowsAtOnce = max(1, (1 << 20) / max(1, matrix.columns * info.type.byteCount))
    var piece = [UInt8](repeating: 0, count: min(rowsAtOnce, matrix.rows) * matrix.columns * info.type.byteCount)
    var row = [Float](repeating: 0, count: matrix.columns)
    for first in stride(from: 0, to: matrix.rows, by: rowsAtOnce) {
      let count = min(rowsAtOnce, matrix.rows - first)
      let bytes = count * matrix.columns * info.type.byteCount
      let place = info.byteRange.lowerBound + first * matrix.columns * info.type.byteCount
      let isSame = try piece.withUnsafeMutableBytes { buffer -> Bool in
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<bytes])
        try file.fill(part, from: place)
        // The same type in the file and in memory: the same bytes.
        if info.type == (matrix.element == .bfloat16 ? .bf16 : .f32), let base = part.baseAddress {
          return memcmp(base, matrix.base + first * matrix.columns * info.type.byteCount, bytes) == 0
        }
        for index in 0..<count {
          row.withUnsafeMutableBufferPointer { values in
            if let base = values.baseAddress { matrix.row(first + index, into: base) }
          }
          for column in 0..<matrix.columns {
            let element = index * matrix.columns + column
            let value: Float =
              switch info.type {
              case .f16: HalfPrecision.widen(part.loadUnaligned(fromByteOffset: 2 * element, as: UInt16.self))
              case .bf16:
                Float(bitPattern: UInt32(part.loadUnaligned(fromByteOffset: 2 * element, as: UInt16.self)) << 16)
              case .f64: Float(part.loadUnaligned(fromByteOffset: 8 * element, as: Double.self))
              default: part.loadUnaligned(fromByteOffset: 4 * element, as: Float.self)
              }
            if value != row[column] { return false }
          }
        }
        return true
      }
      if !isSame { return false }
    }
    return true
  }

  /// F16 to FP32, a piece of the file at a time.
  private func widen(_ info: SafetensorsInfo, into matrix: WeightMatrix) throws {
    let target = matrix.base.assumingMemoryBound(to: Float.self)
    let most = 1 << 19
    var piece = [UInt16](repeating: 0, count: min(most, info.elementCount))
    for first in stride(from: 0, to: info.elementCount, by: most) {
      let count = min(most, info.elementCount - first)
      try piece.withUnsafeMutableBytes { bytes in
        try file.fill(
          UnsafeMutableRawBufferPointer(rebasing: bytes[..<(2 * count)]), from: info.byteRange.lowerBound + 2 * first)
      }
      piece.withUnsafeBufferPointer {
        HalfPrecision.widen(UnsafeBufferPointer(rebasing: $0[..<count]), into: target + first)
      }
    }
  }

  /// F64 to FP32, to nearest, a piece of the file at a time.
  private func round(_ info: SafetensorsInfo, into matrix: WeightMatrix) throws {
    let target = matrix.base.assumingMemoryBound(to: Float.self)
    let most = 1 << 17
    var piece = [Double](repeating: 0, count: min(most, info.elementCount))
    for first in stride(from: 0, to: info.elementCount, by: most) {
      let count = min(most, info.elementCount - first)
      try piece.withUnsafeMutableBytes { bytes in
        try file.fill(
          UnsafeMutableRawBufferPointer(rebasing: bytes[..<(8 * count)]), from: info.byteRange.lowerBound + 8 * first)
      }
      for index in 0..<count { target[first + index] = Float(piece[index]) }
    }
  }

  /// Reads a piece of the file's rows at a time, and puts each element where it belongs.
  private func transpose(_ info: SafetensorsInfo, into matrix: WeightMatrix) throws {
    let (fileRows, fileColumns) = (matrix.columns, matrix.rows)
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
            let place = column * fileRows + first + row
            switch info.type {
            case .bf16:
              matrix.base.storeBytes(
                of: part.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self), toByteOffset: 2 * place,
                as: UInt16.self)
            case .f16:
              let half = part.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
              matrix.base.storeBytes(of: HalfPrecision.widen(half), toByteOffset: 4 * place, as: Float.self)
            case .f64:
              let value = part.loadUnaligned(fromByteOffset: 8 * index, as: Double.self)
              matrix.base.storeBytes(of: Float(value), toByteOffset: 4 * place, as: Float.self)
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
    let bytes = UnsafeRawBufferPointer(start: matrix.base, count: matrix.byteCount)
    switch matrix.element {
    case .float32:
      let clean = cleanBytes(bytes, exponents: 0x7F80_0000, lowest: 0x0080_0000)
      let values = UnsafeBufferPointer(start: matrix.base.assumingMemoryBound(to: UInt32.self), count: count)
      return values[(clean / 4)...].firstIndex { $0 & 0x7F80_0000 == 0x7F80_0000 }
    case .bfloat16:
      // Two of them in a word.
      let clean = cleanBytes(bytes, exponents: 0x7F80_7F80, lowest: 0x0080_0080)
      let values = UnsafeBufferPointer(start: matrix.base.assumingMemoryBound(to: UInt16.self), count: count)
      return values[(clean / 2)...].firstIndex { $0 & 0x7F80 == 0x7F80 }
    }
  }

  /// How many of the first bytes hold no exponent of ones, in blocks: a model has hundreds of millions of values.
  ///
  /// - Parameters:
  ///   - exponents: the bits of the exponents in a word.
  ///   - lowest: the lowest of each. Added to an exponent of ones it carries into the sign's place, and to no other.
  private static func cleanBytes(_ bytes: UnsafeRawBufferPointer, exponents: UInt32, lowest: UInt32) -> Int {
    let width = MemoryLayout<SIMD16<UInt32>>.size
    let block = 64 * width
    var done = 0
    while done + block <= bytes.count {
      var carries = SIMD16<UInt32>.zero
      for place in stride(from: done, to: done + block, by: width) {
        let words = bytes.loadUnaligned(fromByteOffset: place, as: SIMD16<UInt32>.self)
        carries |= (words & exponents) &+ lowest
      }
      let eight = carries.lowHalf | carries.highHalf
      let four = eight.lowHalf | eight.highHalf
      guard (four.x | four.y | four.z | four.w) & (exponents &+ lowest) & ~exponents == 0 else { break }
      done += block
    }
    return done
  }
}

/// Conversions between FP32 and the two 16-bit formats, by bits: the same on every processor.
public enum HalfPrecision {
  /// IEEE 754 binary16 to FP32, exact.
  @inlinable
  public static func widen(_ half: UInt16) -> Float {
    let sign = UInt32(half & 0x8000) << 16
    let exponent = UInt32(half >> 10) & 0x1F
    let fraction = UInt32(half & 0x3FF)
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      return Float(bitPattern: magnitude.bitPattern | sign)
    case 0x1F: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }

  /// The same for many: `destination` has room for as many values.
  ///
  /// Without branches, so that it becomes vector instructions: a half's exponent and fraction in FP32's places are its value
  /// times 2⁻¹¹² (subnormal halves too), and an exponent of ones is made one of FP32.
  static func widen(_ halves: UnsafeBufferPointer<UInt16>, into destination: UnsafeMutablePointer<Float>) {
    let source = UnsafeRawBufferPointer(halves)
    let target = UnsafeMutableRawPointer(destination)
    let lanes = 16
    var index = 0
    while index + lanes <= halves.count {
      let half = SIMD16<UInt32>(
        truncatingIfNeeded: source.loadUnaligned(fromByteOffset: 2 * index, as: SIMD16<UInt16>.self))
      let scaled = unsafeBitCast((half & 0x7FFF) &<< 13, to: SIMD16<Float>.self) * 0x1p112
      // An exponent of ones carries into the sign's place, 0x8000, and 0x8000 · 0xFF00 is FP32's exponent of ones.
      let special = (((half & 0x7C00) &+ 0x400) & 0x8000) &* 0xFF00
      let bits = unsafeBitCast(scaled, to: SIMD16<UInt32>.self) | special | (half & 0x8000) &<< 16
      target.storeBytes(of: bits, toByteOffset: 4 * index, as: SIMD16<UInt32>.self)
      index += lanes
    }
    while index < halves.count {
      destination[index] = widen(halves[index])
      index += 1
    }
  }

  /// FP32 to IEEE 754 binary16, to nearest, ties to even; beyond 65 504 infinity, NaN stays NaN.
  public static func float16(_ value: Float) -> UInt16 {
    let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000
    if value.isNaN { return sign | 0x7E00 }
    let magnitude = abs(value)
    // Halfway between the largest half and the next that there would be.
    if magnitude >= 65_520 { return sign | 0x7C00 }
    // The step between halves of this size: whole numbers of it are exact in FP32, and round() is the processor's.
    let exponent = max(magnitude == 0 ? -14 : Int(magnitude.exponent), -14)
    let steps = UInt16(
      (magnitude * Float(sign: .plus, exponent: 10 - exponent, significand: 1)).rounded(.toNearestOrEven))
    // A half's bits count on through the exponents.
    return sign | ((UInt16(exponent + 14) << 10) + steps)
  }

  /// FP32 to bfloat16, to nearest, ties to even; NaN stays NaN.
  @inlinable
  public static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }
}
