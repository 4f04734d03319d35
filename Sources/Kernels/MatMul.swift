/// Matrix products over packed batches and frozen weights.
///
/// Every worker of the region calls with the same arguments; each product ends with a barrier. Accumulation order is
/// fixed: the bits do not depend on the number of workers.
public enum MatMul {
  /// Several products, stage by stage. Right-hand sides must be there from the start, and left-hand sides of weights and of adapters' own
  /// products; others, and what is added to, may come from an earlier stage. Products of one stage write to different places, and read nothing that one of them writes.
  public static func run(_ w: Worker, _ stages: [[MatMulProduct]]) { MatMulSchedule.run(w, stages) }

  /// `y = x·Wᵀ (+ u·Bᵀ)`, or `y += …`. The low-rank part is one more stretch of depth on the same tiles.
  /// - Parameters:
  ///   - x: `[T, in]`
  ///   - weight: `[out, in]`
  ///   - y: `[T, out]`
  public static func forward(
    _ w: Worker, x: Rows, weight: WeightMatrix, into y: Rows, accumulate: Bool = false, lowRank: LowRankTerm? = nil
  ) {
    run(w, [[.forward(x: x, weight: weight, into: y, accumulate: accumulate, lowRank: lowRank)]])
  }

  /// `dx = dy·W (+ v·A)`, or `dx += …`.
  /// - Parameters:
  ///   - dy: `[T, out]`
  ///   - weight: `[out, in]`
  ///   - dx: `[T, in]`
  public static func backwardInput(
    _ w: Worker, dy: Rows, weight: WeightMatrix, into dx: Rows, accumulate: Bool = false, lowRank: LowRankInput? = nil
  ) {
    run(w, [[.backwardInput([(dy, weight, lowRank)], into: dx, accumulate: accumulate)]])
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
    run(
      w,
      [
        [
          .product(
            a: a, transposeA: transposeA, b: b, transposeB: transposeB, into: c, scale: scale, accumulate: accumulate)
        ]
      ])
  }
}
