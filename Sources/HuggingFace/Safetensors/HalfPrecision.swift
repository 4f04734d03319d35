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

  /// FP32 to bfloat16, to nearest, ties to even; NaN stays NaN.
  @inlinable
  public static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }
}
