import Text

/// The values of GGUF's types in FP32, bit for bit as the `gguf` Python package's `dequantize` gives them.
///
/// A block of a quantised type holds one or two FP16 scales and whole numbers of a few bits; those of the `K` types hold 256 values with
/// a scale of their own for each 16 or 32 (https://github.com/ggml-org/llama.cpp/blob/master/gguf-py/gguf/quants.py).
enum Dequantisation {
  /// - Parameters:
  ///   - type: one of `GGUFType.read`; others give zeros.
  ///   - source: whole blocks: `count` values of the type.
  ///   - values: room for `count` values.
  static func widen(
    _ type: GGUFType, _ source: UnsafeRawPointer, count: Int, into values: UnsafeMutablePointer<Float>
  ) {
    let block: (UnsafeRawPointer, UnsafeMutablePointer<Float>) -> Void
    switch type {
    // Without blocks: a call for each value would take longer than the value.
    case .f32:
      for index in 0..<count {
        values[index] = Float(bitPattern: source.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
      }
      return
    case .f16:
      for index in 0..<count { values[index] = half(source, 2 * index) }
      return
    case .bf16:
      for index in 0..<count {
        let bits = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
        values[index] = Float(bitPattern: UInt32(bits) << 16)
      }
      return
    case .q8x0: block = q8x0
    case .q4x0: block = q4x0
    case .q4x1: block = q4x1
    case .q5x0: block = q5x0
    case .q5x1: block = q5x1
    case .q4k: block = q4k
    case .q5k: block = q5k
    case .q6k: block = q6k
    default: return values.update(repeating: 0, count: count)
    }
    guard let layout = type.layout else { return }
    for index in 0..<(count / layout.elements) {
      block(source + index * layout.bytes, values + index * layout.elements)
    }
  }

  @inline(__always)
  private static func half(_ source: UnsafeRawPointer, _ offset: Int) -> Float {
    HalfPrecision.widen(source.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  @inline(__always)
  private static func byte(_ source: UnsafeRawPointer, _ offset: Int) -> UInt8 {
    source.load(fromByteOffset: offset, as: UInt8.self)
  }

  // MARK: Blocks of 32

  /// Scale; 32 signed bytes.
  private static func q8x0(_ source: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
    let scale = half(source, 0)
    for index in 0..<32 { values[index] = Float(Int8(bitPattern: byte(source, 2 + index))) * scale }
  }

  /// Scale; four bits each, the first sixteen values in the low halves of the bytes, eight less.
  private static func q4x0(_ source: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
    let scale = half(source, 0)
    for index in 0..<16 {
      let pair = byte(source, 2 + index)
      values[index] = scale * Float(Int(pair & 15) - 8)
      values[index + 16] = scale * Float(Int(pair >> 4) - 8)
    }
  }

  /// Scale, least value; four bits each.
  private static func q4x1(_ source: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
    let (scale, least) = (half(source, 0), half(source, 2))
    for index in 0..<16 {
      let pair = byte(source, 4 + index)
      values[index] = scale * Float(pair & 15) + least
      values[index + 16] = scale * Float(pair >> 4) + least
    }
  }

  /// Scale; a word of the fifth bits; four bits each, sixteen less.
  private static func q5x0(_ source: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
    let scale = half(source, 0)
    let high = source.loadUnaligned(fromByteOffset: 2, as: UInt32.self)
    for index in 0..<16 {
      let pair = byte(source, 6 + index)
      let first = Int(pair & 15) | Int(high >> UInt32(index) & 1) << 4
      let second = Int(pair >> 4) | Int(high >> UInt32(index + 16) & 1) << 4
      values[index] = scale * Float(first - 16)
      values[index + 16] = scale * Float(second - 16)
    }
  }

  /// Scale, least value; a word of the fifth bits; four bits each.
  private static func q5x1(_ source: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
    let (scale, least) = (half(source, 0), half(source, 2))
    let high = source.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
    for index in 0..<16 {
      let pair = byte(source, 8 + index)
      let first = Int(pair & 15) | Int(high >> UInt32(index) & 1) << 4
      let second = Int(pair >> 4) | Int(high >> UInt32(index + 16) & 1) << 4
      values[index] = scale * Float(first) + least
      values[index + 16] = scale * Float(second) + least
    }
  }

  // MARK: Blocks of 256

  /// Scale and minimum of the group of 32, six bits each: those of the first four lie whole in a byte, of the others four bits in the
  /// last bytes and two above those of the first.
  @inline(__always)
  private static func scales(_ source: UnsafeRawPointer, _ group: Int) -> (scale: Float, least: Float) {
    if group < 4 { return (Float(byte(source, group) & 63), Float(byte(source, group + 4) & 63)) }
    let low = byte(source, group + 4)
    let scale = low & 15 | (byte(source, group - 4) >> 6) << 4
    let least = low >> 4 | (byte(source, group) >> 6) << 4
    return (Float(scale), Float(least))
  }

  /// Scale of the scales, of the minima; twelve bytes of those; four bits each, two groups of 32 in the halves of 32 bytes.
  private static func q4k(_ source: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
    let (scale, least) = (half(source, 0), half(source, 2))
    for group in 0..<8 {
      let own = scales(source + 4, group)
      let (step, offset) = (scale * own.scale, least * own.least)
      let codes = source + 16 + group / 2 * 32
      let shift = UInt8(group & 1) * 4
      for index in 0..<32 { values[32 * group + index] = step * Float(byte(codes, index) >> shift & 15) - offset }
    }
  }

  /// The same with a fifth bit of each value: bit g of 32 bytes belongs to group g.
  private static func q5k(_ source: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
    let (scale, least) = (half(source, 0), half(source, 2))
    for group in 0..<8 {
      let own = scales(source + 4, group)
      let (step, offset) = (scale * own.scale, least * own.least)
      let codes = source + 48 + group / 2 * 32
      let shift = UInt8(group & 1) * 4
      for index in 0..<32 {
        let high = byte(source, 16 + index) >> UInt8(group) & 1
        values[32 * group + index] = step * Float(byte(codes, index) >> shift & 15 | high << 4) - offset
      }
    }
  }

  /// Four low bits each, two high bits each, a signed scale for each sixteen values, the scale of those; 32 less.
  private static func q6k(_ source: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
    let scale = half(source, 208)
    for group in 0..<8 {
      // Of 128 values the first 64 lie in the low halves of 64 bytes; of their high bits each 32 in two bits of 32 bytes.
      let (part, place) = (group / 4, group % 4)
      let low = source + 64 * part + place % 2 * 32
      let high = source + 128 + 32 * part
      let (lowShift, highShift) = (UInt8(place / 2) * 4, UInt8(place) * 2)
      for index in 0..<32 {
        let code = byte(low, index) >> lowShift & 15 | (byte(high, index) >> highShift & 3) << 4
        let step = scale * Float(Int8(bitPattern: byte(source, 192 + 2 * group + index / 16)))
        values[32 * group + index] = step * Float(Int(code) - 32)
      }
    }
  }
}
