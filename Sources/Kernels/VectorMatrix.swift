/// The product for decoding: a few rows against a whole weight, which is streamed from memory once.
public enum VectorMatrix {
  /// `y = x·Wᵀ (+ u·Bᵀ)`, or `y += …`, for a small number of rows.
  /// - Parameters:
  ///   - x: `[n, in]`
  ///   - weight: `[out, in]`
  ///   - y: `[n, out]`
  public static func forward(
    _ w: Worker, x: Rows, weight: WeightMatrix, into y: Rows, accumulate: Bool = false, lowRank: LowRankTerm? = nil
  ) {
    MatMul.forward(w, x: x, weight: weight, into: y, accumulate: accumulate, lowRank: lowRank)
  }
}
