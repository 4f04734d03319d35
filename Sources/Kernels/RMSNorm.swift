/// Root-mean-square normalisation, Zhang and Sennrich 2019: `y = x · weight / sqrt(mean(x²) + ε)`.
public enum RMSNorm {
  /// - Parameters:
  ///   - x: `[T, d]`
  ///   - weight: `[d]`
  ///   - y: `[T, d]`; may be `x`
  ///   - inverseRMS: `[T]`, what the backward pass needs
  public static func forward(
    _ w: Worker, x: Rows, weight: UnsafePointer<Float>, epsilon: Float, into y: Rows,
    inverseRMS: UnsafeMutablePointer<Float>?
  ) {
    let m = Microkernel.table
    let d = x.columns
    Shards.forEachRow(w, rows: x.rows, columns: d) { t in
      let source = x.row(t)
      let inverse = 1 / (m.dot(source, source, d) / Float(d) + epsilon).squareRoot()
      inverseRMS?[t] = inverse
      m.scaleByWeight(source, weight, inverse, y.row(t), d)
    }
  }

  /// With `g = dy · weight` and `n = x · inverseRMS`: `dx = inverseRMS · (g − n · mean(g · n))`.
  /// - Parameters:
  ///   - dy: `[T, d]`
  ///   - x: `[T, d]`, the input of the forward pass
  ///   - inverseRMS: `[T]`, from the forward pass
  ///   - dx: `[T, d]`; added to when `accumulate`; may be `dy`
  ///   - dWeight: `[d]`, added to
  public static func backward(
    _ w: Worker, dy: Rows, x: Rows, weight: UnsafePointer<Float>, inverseRMS: UnsafePointer<Float>, into dx: Rows,
    accumulate: Bool, dWeight: UnsafeMutablePointer<Float>?
  ) {
    let m = Microkernel.table
    let d = x.columns
    if let dWeight {
      let block = 32
      w.claimShards((d + block - 1) / block) { shard in
        let columns = shard * block..<min(d, (shard + 1) * block)
        for t in 0..<x.rows {
          let gradient = dy.row(t)
          let source = x.row(t)
          for j in columns { dWeight[j] += gradient[j] * source[j] * inverseRMS[t] }
        }
      }
    }
    Shards.forEachRow(w, rows: x.rows, columns: d) { t in
      m.rmsNormGradient(dy.row(t), x.row(t), weight, inverseRMS[t], dx.row(t), d, accumulate)
    }
  }
}
