/// Root-mean-square normalisation, Zhang and Sennrich 2019: `y = x · (weightOffset + weight) / sqrt(mean(x²) + ε)`.
///
/// With several heads in a row, each is normalised by itself with the one weight, as Qwen 3 and Gemma 3 do with queries
/// and keys. Gemma stores weights whose offset is 1.
public enum RMSNorm {
  /// - Parameters:
  ///   - x: `[T, heads · d]`
  ///   - weight: `[d]`
  ///   - y: `[T, heads · d]`; may be `x`
  ///   - inverseRMS: `[T, heads]`, what the backward pass needs
  public static func forward(
    _ w: Worker, x: Rows, heads: Int = 1, weight: UnsafePointer<Float>, weightOffset: Float = 0, epsilon: Float,
    into y: Rows, inverseRMS: UnsafeMutablePointer<Float>?
  ) {
    let m = Microkernel.table
    let d = x.columns / heads
    Shards.forEachRow(w, rows: x.rows, columns: x.columns) { t in
      for head in 0..<heads {
        let source = x.row(t) + head * d
        let inverse = 1 / (m.dot(source, source, d) / Float(d) + epsilon).squareRoot()
        inverseRMS?[t * heads + head] = inverse
        m.scaleByWeight(source, weight, weightOffset, inverse, y.row(t) + head * d, d)
      }
    }
  }

  /// With `g = dy · (weightOffset + weight)` and `n = x · inverseRMS`: `dx = inverseRMS · (g − n · mean(g · n))`.
  /// - Parameters:
  ///   - dy: `[T, heads · d]`
  ///   - x: `[T, heads · d]`, the input of the forward pass
  ///   - inverseRMS: `[T, heads]`, from the forward pass
  ///   - dx: `[T, heads · d]`; added to when `accumulate`; may be `dy`
  ///   - dWeight: `[d]`, added to
  public static func backward(
    _ w: Worker, dy: Rows, x: Rows, heads: Int = 1, weight: UnsafePointer<Float>, weightOffset: Float = 0,
    inverseRMS: UnsafePointer<Float>, into dx: Rows, accumulate: Bool, dWeight: UnsafeMutablePointer<Float>?
  ) {
    let m = Microkernel.table
    let d = x.columns / heads
    if let dWeight {
      Shards.forEachColumnBlock(w, columns: d) { columns in
        for t in 0..<x.rows {
          for head in 0..<heads {
            let gradient = dy.row(t) + head * d
            let source = x.row(t) + head * d
            let inverse = inverseRMS[t * heads + head]
            for j in columns { dWeight[j] += gradient[j] * source[j] * inverse }
          }
        }
      }
    }
    Shards.forEachRow(w, rows: x.rows, columns: x.columns) { t in
      for head in 0..<heads {
        m.rmsNormGradient(
          dy.row(t) + head * d, x.row(t) + head * d, weight, weightOffset, inverseRMS[t * heads + head],
          dx.row(t) + head * d, d, accumulate)
      }
    }
  }
}
