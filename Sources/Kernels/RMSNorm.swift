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
    let d = x.columns
    Shards.forEachRow(w, rows: x.rows, columns: d) { t in
      let source = x.row(t)
      let inverse = 1 / (MatMul.dot(source, source, d) / Float(d) + epsilon).squareRoot()
      inverseRMS?[t] = inverse
      let out = y.row(t)
      for j in 0..<d { out[j] = source[j] * inverse * weight[j] }
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
      let gradient = dy.row(t)
      let source = x.row(t)
      let inverse = inverseRMS[t]
      var projection: Float = 0
      for j in 0..<d { projection += gradient[j] * weight[j] * source[j] }
      let factor = projection * inverse * inverse / Float(d)
      let out = dx.row(t)
      for j in 0..<d {
        let value = inverse * (gradient[j] * weight[j] - source[j] * factor)
        out[j] = accumulate ? out[j] + value : value
      }
    }
  }
}
