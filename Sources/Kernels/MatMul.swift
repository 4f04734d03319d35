/// Matrix products over packed batches and frozen weights.
///
/// Every worker of the region calls with the same arguments; each product ends with a barrier. Accumulation order is
/// fixed: the bits do not depend on the number of workers.
public enum MatMul {
  /// `y = x·Wᵀ (+ u·Bᵀ)`, or `y += …`.
  /// - Parameters:
  ///   - x: `[T, in]`
  ///   - weight: `[out, in]`
  ///   - y: `[T, out]`
  public static func forward(
    _ w: Worker, x: Rows, weight: WeightMatrix, into y: Rows, accumulate: Bool = false, lowRank: LowRankTerm? = nil
  ) {
    let scratch = w.scratch(floats: weight.columns)
    w.claimShards(weight.rows) { o in
      weight.row(o, into: scratch)
      for t in 0..<x.rows {
        var sum = dot(x.row(t), scratch, weight.columns)
        if let lowRank { sum += dot(lowRank.u.row(t), lowRank.b.row(o), lowRank.u.columns) }
        y.row(t)[o] = accumulate ? y.row(t)[o] + sum : sum
      }
    }
  }

  /// `dx = dy·W (+ v·A)`, or `dx += …`.
  /// - Parameters:
  ///   - dy: `[T, out]`
  ///   - weight: `[out, in]`
  ///   - dx: `[T, in]`
  public static func backwardInput(
    _ w: Worker, dy: Rows, weight: WeightMatrix, into dx: Rows, accumulate: Bool = false, lowRank: LowRankInput? = nil
  ) {
    let scratch = w.scratch(floats: weight.columns)
    let block = 32
    w.claimShards((dy.rows + block - 1) / block) { shard in
      let rows = shard * block..<min(dy.rows, (shard + 1) * block)
      if !accumulate { for t in rows { dx.row(t).update(repeating: 0, count: dx.columns) } }
      for o in 0..<weight.rows {
        weight.row(o, into: scratch)
        for t in rows { addScaled(dy.row(t)[o], scratch, dx.row(t), dx.columns) }
      }
      if let lowRank {
        for t in rows {
          for r in 0..<lowRank.a.rows { addScaled(lowRank.v.row(t)[r], lowRank.a.row(r), dx.row(t), dx.columns) }
        }
      }
    }
  }

  /// `c = scale · op(a)·op(b)`, or `c += …`, all FP32; `op` transposes where asked.
  /// - Parameters:
  ///   - a: `[M, K]`, or `[K, M]` with `transposeA`
  ///   - b: `[K, N]`, or `[N, K]` with `transposeB`
  ///   - c: `[M, N]`
  public static func product(
    _ w: Worker, a: Rows, transposeA: Bool, b: Rows, transposeB: Bool, into c: Rows, scale: Float = 1,
    accumulate: Bool = false
  ) {
    let depth = transposeA ? a.rows : a.columns
    w.claimShards(c.rows) { i in
      let out = c.row(i)
      if !accumulate { out.update(repeating: 0, count: c.columns) }
      if transposeB {
        for j in 0..<c.columns {
          var sum: Float = 0
          for k in 0..<depth { sum += (transposeA ? a.row(k)[i] : a.row(i)[k]) * b.row(j)[k] }
          out[j] += scale * sum
        }
      } else {
        for k in 0..<depth { addScaled(scale * (transposeA ? a.row(k)[i] : a.row(i)[k]), b.row(k), out, c.columns) }
      }
    }
  }

  @inline(__always)
  static func dot(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int) -> Float {
    var sum = SIMD8<Float>()
    var k = 0
    while k + 8 <= count {
      let a = UnsafeRawPointer(x + k).loadUnaligned(as: SIMD8<Float>.self)
      let b = UnsafeRawPointer(y + k).loadUnaligned(as: SIMD8<Float>.self)
      sum += a * b
      k += 8
    }
    var total = sum.sum()
    while k < count {
      total += x[k] * y[k]
      k += 1
    }
    return total
  }

  @inline(__always)
  static func addScaled(
    _ factor: Float, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    for k in 0..<count { y[k] += factor * x[k] }
  }
}
