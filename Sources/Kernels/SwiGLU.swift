/// The gated activation of Shazeer 2020: `silu(gate) · up`, `silu(z) = z / (1 + e^−z)`.
public enum SwiGLU {
  /// - Parameters:
  ///   - gate: `[T, m]`
  ///   - up: `[T, m]`
  ///   - output: `[T, m]`; may be `gate` or `up`
  public static func forward(_ w: Worker, gate: Rows, up: Rows, into output: Rows) {
    let m = Microkernel.table
    Shards.forEachRow(w, rows: gate.rows, columns: gate.columns) { t in
      m.swiGLU(gate.row(t), up.row(t), output.row(t), gate.columns)
    }
  }

  /// - Parameters:
  ///   - dy: `[T, m]`
  ///   - dGate: `[T, m]`; may be `gate`
  ///   - dUp: `[T, m]`; may be `up`
  public static func backward(_ w: Worker, dy: Rows, gate: Rows, up: Rows, dGate: Rows, dUp: Rows) {
    let m = Microkernel.table
    Shards.forEachRow(w, rows: gate.rows, columns: gate.columns) { t in
      m.swiGLUGradient(dy.row(t), gate.row(t), up.row(t), dGate.row(t), dUp.row(t), gate.columns)
    }
  }
}
