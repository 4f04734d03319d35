/// The activation functions of the models' feed-forward layers, by the names of their configurations, and that of gates.
public enum ActivationKind: String, Sendable, Codable, CaseIterable {
  /// `x / (1 + e^−x)`
  case silu
  /// `x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³)))`, which GPT-2's configuration calls `gelu_new`
  case geluTanh = "gelu_pytorch_tanh"
  /// `x · Φ(x)`
  case gelu
  /// `1 / (1 + e^−x)`, of the gates of attention's output.
  case sigmoid

  /// The number that the inner loops know it by.
  var index: Int {
    switch self {
    case .silu: 0
    case .geluTanh: 1
    case .gelu: 2
    case .sigmoid: 3
    }
  }
}

/// An activation function, value by value.
public enum Activation {
  /// `output = f(x)`
  /// - Parameters:
  ///   - x: `[T, m]`
  ///   - output: `[T, m]`; may be `x`
  public static func forward(_ w: Worker, kind: ActivationKind, x: Rows, into output: Rows) {
    let m = Microkernel.table
    Shards.forEachRow(w, rows: x.rows, columns: x.columns) { t in
      m.activation(kind.index, x.row(t), nil, output.row(t), x.columns)
    }
  }

  /// `dx = dy · f′(x)`
  /// - Parameters:
  ///   - dy: `[T, m]`
  ///   - x: `[T, m]`, the input of the forward pass
  ///   - dx: `[T, m]`; may be `dy` or `x`
  public static func backward(_ w: Worker, kind: ActivationKind, dy: Rows, x: Rows, into dx: Rows) {
    let m = Microkernel.table
    Shards.forEachRow(w, rows: x.rows, columns: x.columns) { t in
      m.activationGradient(kind.index, dy.row(t), x.row(t), nil, dx.row(t), nil, x.columns)
    }
  }
}

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

/// Soft-capping of logits, as in Gemma 2: `x = cap · tanh(x / cap)`.
///
/// For decoding and scoring; training has it within ``CrossEntropy/forwardBackward(_:logits:targets:scale:losses:softCap:)``.
public enum SoftCap {
  /// In place.
  public static func apply(_ w: Worker, x: Rows, cap: Float) {
    let m = Microkernel.table
    Shards.forEachRow(w, rows: x.rows, columns: x.columns) { t in m.softCap(x.row(t), x.columns, 1, cap) }
  }
}
