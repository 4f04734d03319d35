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
