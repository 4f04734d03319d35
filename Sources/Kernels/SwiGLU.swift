#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// The gated activation of Shazeer 2020: `silu(gate) · up`, `silu(z) = z / (1 + e^−z)`.
public enum SwiGLU {
  /// - Parameters:
  ///   - gate: `[T, m]`
  ///   - up: `[T, m]`
  ///   - output: `[T, m]`; may be `gate` or `up`
  public static func forward(_ w: Worker, gate: Rows, up: Rows, into output: Rows) {
    Shards.forEachRow(w, rows: gate.rows, columns: gate.columns) { t in
      let z = gate.row(t)
      let u = up.row(t)
      let out = output.row(t)
      for j in 0..<gate.columns { out[j] = z[j] / (1 + expf(-z[j])) * u[j] }
    }
  }

  /// - Parameters:
  ///   - dy: `[T, m]`
  ///   - dGate: `[T, m]`; may be `gate`
  ///   - dUp: `[T, m]`; may be `up`
  public static func backward(_ w: Worker, dy: Rows, gate: Rows, up: Rows, dGate: Rows, dUp: Rows) {
    Shards.forEachRow(w, rows: gate.rows, columns: gate.columns) { t in
      let gradient = dy.row(t)
      let z = gate.row(t)
      let u = up.row(t)
      let gateOut = dGate.row(t)
      let upOut = dUp.row(t)
      for j in 0..<gate.columns {
        let value = z[j]
        let sigmoid = 1 / (1 + expf(-value))
        let silu = value * sigmoid
        let g = gradient[j]
        let other = u[j]
        upOut[j] = g * silu
        gateOut[j] = g * other * (sigmoid + silu * (1 - sigmoid))
      }
    }
  }
}
