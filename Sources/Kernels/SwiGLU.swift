/// ``GatedActivation`` with ``ActivationKind/silu``, which most models have.
public enum SwiGLU {
  /// `output = silu(gate) · up`, all `[T, m]`.
  public static func forward(_ w: Worker, gate: Rows, up: Rows, into output: Rows) {
    GatedActivation.forward(w, kind: .silu, gate: gate, up: up, into: output)
  }

  /// Gradients of both inputs, all `[T, m]`; `dGate` may be `gate`, and `dUp` may be `up`.
  public static func backward(_ w: Worker, dy: Rows, gate: Rows, up: Rows, dGate: Rows, dUp: Rows) {
    GatedActivation.backward(w, kind: .silu, dy: dy, gate: gate, up: up, dGate: dGate, dUp: dUp)
  }
}
