/// Layer normalisation, Ba et al. 2016: `y = (x − mean) / sqrt(variance + ε) · weight + bias`.
public enum LayerNorm {
  /// - Parameters:
  ///   - x: `[T, d]`
  ///   - weight: `[d]`
  ///   - bias: `[d]`
  ///   - y: `[T, d]`; may be `x`
  ///   - statistics: `[T, 2]`, mean and inverse deviation, what the backward pass needs
  public static func forward(
    _ w: Worker, x: Rows, weight: UnsafePointer<Float>, bias: UnsafePointer<Float>, epsilon: Float, into y: Rows,
    statistics: UnsafeMutablePointer<Float>?
  ) {
    let m = Microkernel.table
    let d = x.columns
    let own = w.scratch(floats: 2)
    Shards.forEachRow(w, rows: x.rows, columns: d) { t in
      let moments = statistics.map { $0 + 2 * t } ?? own
      m.moments(x.row(t), d, moments)
      moments[1] = 1 / (moments[1] + epsilon).squareRoot()
      m.normalise(x.row(t), weight, bias, moments[0], moments[1], y.row(t), d)
    }
  }

  /// With `g = dy · weight` and `n = (x − mean) · inverse`: `dx = inverse · (g − mean(g) − n · mean(g · n))`.
  /// - Parameters:
  ///   - dy: `[T, d]`
  ///   - x: `[T, d]`, the input of the forward pass
  ///   - statistics: `[T, 2]`, from the forward pass
  ///   - dx: `[T, d]`; added to when `accumulate`; may be `dy`
  ///   - dWeight: `[d]`, added to
  ///   - dBias: `[d]`, added to
  public static func backward(
    _ w: Worker, dy: Rows, x: Rows, weight: UnsafePointer<Float>, statistics: UnsafePointer<Float>, into dx: Rows,
    accumulate: Bool, dWeight: UnsafeMutablePointer<Float>?, dBias: UnsafeMutablePointer<Float>?
  ) {
    let m = Microkernel.table
    let d = x.columns
    if dWeight != nil || dBias != nil {
      Shards.forEachColumnBlock(w, columns: d) { columns in
        for t in 0..<x.rows {
          let gradient = dy.row(t)
          let source = x.row(t)
          let mean = statistics[2 * t]
          let inverse = statistics[2 * t + 1]
          if let dWeight { for j in columns { dWeight[j] += gradient[j] * (source[j] - mean) * inverse } }
          if let dBias { for j in columns { dBias[j] += gradient[j] } }
        }
      }
    }
    Shards.forEachRow(w, rows: x.rows, columns: d) { t in
      m.layerNormGradient(
        dy.row(t), x.row(t), weight, statistics[2 * t], statistics[2 * t + 1], dx.row(t), d, accumulate)
    }
  }
}
