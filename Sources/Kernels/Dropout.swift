/// Inverted dropout from a counter-based generator: the mask of an element follows from the seed, the step, the stream
/// and the element's place alone, so that the backward pass applies the same mask to the gradient by calling again.
public enum Dropout {
  /// `output = x · mask / (1 − rate)`, `mask` zero with probability `rate`.
  /// - Parameters:
  ///   - x: `[T, d]`
  ///   - output: `[T, d]`; may be `x`
  ///   - rate: in `0..<1`
  ///   - stream: which of a step's dropouts this is
  ///   - firstRow: rows of the same dropout before these
  public static func apply(
    _ w: Worker, _ x: Rows, into output: Rows, rate: Float, seed: UInt64, step: UInt64, stream: UInt64,
    firstRow: Int = 0
  ) {
    let key = mix(mix(mix(seed) ^ step) ^ stream)
    let keep = 1 / (1 - rate)
    let threshold = UInt64(Double(rate) * 0x1p32)
    Shards.forEachRow(w, rows: x.rows, columns: x.columns) { t in
      let source = x.row(t)
      let out = output.row(t)
      let first = UInt64(firstRow + t) &* UInt64(x.columns)
      for j in 0..<x.columns {
        let random = mix(key &+ (first &+ UInt64(j)) &* 0x9E37_79B9_7F4A_7C15) >> 32
        out[j] = random < threshold ? 0 : source[j] * keep
      }
    }
  }

  /// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
  @inline(__always)
  static func mix(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
