/// The gated activations of Shazeer 2020, `f(gate) · up`: SwiGLU with ``ActivationKind/silu``, GeGLU with a GELU.
public enum GatedActivation {
  /// - Parameters:
  ///   - gate: `[T, m]`
  ///   - up: `[T, m]`
  ///   - output: `[T, m]`; may be `gate` or `up`
  public static func forward(_ w: Worker, kind: ActivationKind, gate: Rows, up: Rows, into output: Rows) {
    let m = Microkernel.table
    Shards.forEachRow(w, rows: gate.rows, columns: gate.columns) { t in
      m.activation(kind.index, gate.row(t), up.row(t), output.row(t), gate.columns)
    }
  }

  /// - Parameters:
  ///   - dy: `[T, m]`
  ///   - gate: `[T, m]`, of the forward pass
  ///   - up: `[T, m]`, of the forward pass
  ///   - dGate: `[T, m]`; may be `gate`
  ///   - dUp: `[T, m]`; may be `up`
  public static func backward(
    _ w: Worker, kind: ActivationKind, dy: Rows, gate: Rows, up: Rows, dGate: Rows, dUp: Rows
  ) {
    let m = Microkernel.table
    Shards.forEachRow(w, rows: gate.rows, columns: gate.columns) { t in
      m.activationGradient(kind.index, dy.row(t), gate.row(t), up.row(t), dGate.row(t), dUp.row(t), gate.columns)
    }
  }
}
