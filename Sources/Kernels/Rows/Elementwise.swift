/// Operations on whole views, element by element. Shapes must agree.
public enum Elementwise {
  /// `target += source`
  public static func add(_ w: Worker, into target: Rows, _ source: Rows) {
    let m = Microkernel.table
    Shards.forEachRow(w, rows: target.rows, columns: target.columns) { t in
      m.addScaled(1, source.row(t), target.row(t), target.columns)
    }
  }

  /// Adds one row, a bias, to every row: `target[t] += row`.
  public static func add(_ w: Worker, into target: Rows, row: UnsafePointer<Float>) {
    let m = Microkernel.table
    Shards.forEachRow(w, rows: target.rows, columns: target.columns) { t in
      m.addScaled(1, row, target.row(t), target.columns)
    }
  }

  /// Sums over the rows, a bias's gradient: `sums[j] = Σ source[t][j]`, or `+=`, in the order of the rows.
  public static func columnSums(
    _ w: Worker, _ source: Rows, into sums: UnsafeMutablePointer<Float>, accumulate: Bool = false
  ) {
    let m = Microkernel.table
    Shards.forEachColumnBlock(w, columns: source.columns) { columns in
      let place = sums + columns.lowerBound
      if !accumulate { place.update(repeating: 0, count: columns.count) }
      for t in 0..<source.rows { m.addScaled(1, source.row(t) + columns.lowerBound, place, columns.count) }
    }
  }

  /// `x *= factor`
  public static func scale(_ w: Worker, _ x: Rows, _ factor: Float) {
    let m = Microkernel.table
    Shards.forEachRow(w, rows: x.rows, columns: x.columns) { t in m.scale(factor, x.row(t), x.columns) }
  }

  /// `target = source`
  public static func copy(_ w: Worker, from source: Rows, into target: Rows) {
    Shards.forEachRow(w, rows: target.rows, columns: target.columns) { t in
      target.row(t).update(from: source.row(t), count: target.columns)
    }
  }

  /// `x = value`
  public static func fill(_ w: Worker, _ x: Rows, _ value: Float) {
    Shards.forEachRow(w, rows: x.rows, columns: x.columns) { t in
      x.row(t).update(repeating: value, count: x.columns)
    }
  }
}

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
  package static func mix(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
