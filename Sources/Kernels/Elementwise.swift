/// Operations on whole views, element by element. Shapes must agree.
public enum Elementwise {
  /// `target += source`
  public static func add(_ w: Worker, into target: Rows, _ source: Rows) {
    let m = Microkernel.table
    Shards.forEachRow(w, rows: target.rows, columns: target.columns) { t in
      m.addScaled(1, source.row(t), target.row(t), target.columns)
    }
  }

  /// Adds one row, a bias, to every row: `target[t] += row`.
  public static func add(_ w: Worker, into target: Rows, row: UnsafePointer<Float>) {
    let m = Microkernel.table
    Shards.forEachRow(w, rows: target.rows, columns: target.columns) { t in
      m.addScaled(1, row, target.row(t), target.columns)
    }
  }

  /// `x *= factor`
  public static func scale(_ w: Worker, _ x: Rows, _ factor: Float) {
    let m = Microkernel.table
    Shards.forEachRow(w, rows: x.rows, columns: x.columns) { t in m.scale(factor, x.row(t), x.columns) }
  }

  /// `target = source`
  public static func copy(_ w: Worker, from source: Rows, into target: Rows) {
    Shards.forEachRow(w, rows: target.rows, columns: target.columns) { t in
      target.row(t).update(from: source.row(t), count: target.columns)
    }
  }

  /// `x = value`
  public static func fill(_ w: Worker, _ x: Rows, _ value: Float) {
    Shards.forEachRow(w, rows: x.rows, columns: x.columns) { t in
      x.row(t).update(repeating: value, count: x.columns)
    }
  }
}
