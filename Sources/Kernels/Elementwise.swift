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

  /// Sums over the rows, a bias's gradient: `sums[j] = Σ source[t][j]`, or `+=`, in the order of the rows.
  public static func columnSums(
    _ w: Worker, _ source: Rows, into sums: UnsafeMutablePointer<Float>, accumulate: Bool = false
  ) {
    let m = Microkernel.table
    Shards.forEachColumnBlock(w, columns: source.columns) { columns in
      let place = sums + columns.lowerBound
      if !accumulate { place.update(repeating: 0, count: columns.count) }
      for t in 0..<source.rows { m.addScaled(1, source.row(t) + columns.lowerBound, place, columns.count) }
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
