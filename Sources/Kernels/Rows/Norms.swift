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
