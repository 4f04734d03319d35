/// Matrix products over packed batches and frozen weights.
///
/// Every worker of the region calls with the same arguments; each product ends with a barrier. Accumulation order is
/// fixed: the bits do not depend on the number of workers.
public enum MatMul {
  /// `y = x·Wᵀ (+ u·Bᵀ)`, or `y += …`. The low-rank part is one more stretch of depth on the same tiles.
  /// - Parameters:
  ///   - x: `[T, in]`
  ///   - weight: `[out, in]`
  ///   - y: `[T, out]`
  public static func forward(
    _ w: Worker, x: Rows, weight: WeightMatrix, into y: Rows, accumulate: Bool = false, lowRank: LowRankTerm? = nil
  ) {
    MatMulCore.run(
      w, MatMulTerm(a: x, weight: weight, transposed: true),
      lowRank.map { MatMulTerm(a: $0.u, aTransposed: false, b: $0.b, bTransposed: true) }, into: y, scale: 1,
      accumulate: accumulate)
  }

  /// `dx = dy·W (+ v·A)`, or `dx += …`.
  /// - Parameters:
  ///   - dy: `[T, out]`
  ///   - weight: `[out, in]`
  ///   - dx: `[T, in]`
  public static func backwardInput(
    _ w: Worker, dy: Rows, weight: WeightMatrix, into dx: Rows, accumulate: Bool = false, lowRank: LowRankInput? = nil
  ) {
    MatMulCore.run(
      w, MatMulTerm(a: dy, weight: weight, transposed: false),
      lowRank.map { MatMulTerm(a: $0.v, aTransposed: false, b: $0.a, bTransposed: false) }, into: dx, scale: 1,
      accumulate: accumulate)
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
    MatMulCore.run(
      w, MatMulTerm(a: a, aTransposed: transposeA, b: b, bTransposed: transposeB), nil, into: c, scale: scale,
      accumulate: accumulate)
  }
}
