/// The product for decoding: a few rows against a whole weight, which is streamed from memory once.
///
/// Each output's sum has one order, whatever rows stand beside it: a sequence decodes to the same bits alone or in a
/// batch. ``StreamedLinears`` does the same for several weights at a time, with what lies around them.
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
    let input = StreamedInput(w, x: x, norm: nil, splits: weight.element == .bfloat16)
    let block = StreamedLinears.rowsPerShard(rows: weight.rows, rowBytes: depth * weight.element.byteCount)
    w.streamShards((weight.rows + block - 1) / block) { shard in
      let first = shard * block
      let rows = min(block, weight.rows - first)
      let out = y.base + first
      switch weight.element {
      case .float32:
        let base = weight.base.assumingMemoryBound(to: Float.self) + first * depth
        m.dotRows(depth, x.base, x.stride, x.rows, base, depth, rows, out, y.stride, accumulate)
      case .bfloat16:
        let base = weight.base.assumingMemoryBound(to: UInt16.self) + first * depth
        m.dotRowsHalf(depth, input.split, input.stride, x.rows, base, depth, rows, out, y.stride, accumulate)
      }
      if let lowRank {
        m.dotRows(
          lowRank.u.columns, lowRank.u.base, lowRank.u.stride, x.rows, lowRank.b.row(first), lowRank.b.stride, rows,
          out, y.stride, true)
      }
    }
  }
}
