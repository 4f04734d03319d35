/// The product for decoding: a few rows against a whole weight, which is streamed from memory once.
///
/// Each output's sum has one order, whatever rows stand beside it: a sequence decodes to the same bits alone or in a
/// batch.
public enum VectorMatrix {
  /// `y = x·Wᵀ (+ u·Bᵀ)`, or `y += …`, for a small number of rows.
  /// - Parameters:
  ///   - x: `[n, in]`
  ///   - weight: `[out, in]`
  ///   - y: `[n, out]`; not `x`
  public static func forward(
    _ w: Worker, x: Rows, weight: WeightMatrix, into y: Rows, accumulate: Bool = false, lowRank: LowRankTerm? = nil
  ) {
    let m = Microkernel.table
    let depth = weight.columns
    let shards = max(1, min(64, weight.rows * depth / 32768))
    // A multiple of the four rows that the inner loop takes at a time.
    let block = ((weight.rows + shards - 1) / shards + 3) & ~3
    guard block > 0 else { return w.barrier() }
    w.claimShards((weight.rows + block - 1) / block) { shard in
      let first = shard * block
      let rows = min(block, weight.rows - first)
      let out = y.base + first
      switch weight.element {
      case .float32:
        let base = weight.base.assumingMemoryBound(to: Float.self) + first * depth
        m.dotRows(depth, x.base, x.stride, x.rows, base, depth, rows, out, y.stride, accumulate)
      case .bfloat16:
        let base = weight.base.assumingMemoryBound(to: UInt16.self) + first * depth
        m.dotRowsHalf(depth, x.base, x.stride, x.rows, base, depth, rows, out, y.stride, accumulate)
      }
      if let lowRank {
        m.dotRows(
          lowRank.u.columns, lowRank.u.base, lowRank.u.stride, x.rows, lowRank.b.row(first), lowRank.b.stride, rows,
          out, y.stride, true)
      }
    }
  }
}
